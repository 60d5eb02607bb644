#include "broker/metrics/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::metrics {
namespace {

http::Response Ask(http::Method method, const std::string& path, bool* asked = nullptr) {
  http::ServerRequest request;
  request.method = method;
  request.path = path;
  return Answer(request, [asked] {
    if (asked != nullptr) {
      *asked = true;
    }
    return std::string("cis2_x 1\n");
  });
}

TEST(EndpointTest, TheMetricsAreAtOnePath) {
  for (const http::Method method : {http::Method::kGet, http::Method::kHead}) {
    const http::Response response = Ask(method, "/metrics");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "cis2_x 1\n");
    EXPECT_EQ(http::FindHeader(response.headers, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  }
}

TEST(EndpointTest, EverythingElseIsTurnedAwayWithoutACount) {
  bool asked = false;
  for (const char* path : {"/", "/metrics/", "/Metrics", "/healthz", "/metrics/../metrics"}) {
    EXPECT_EQ(Ask(http::Method::kGet, path, &asked).status, 404) << path;
  }
  for (const http::Method method : {http::Method::kPost, http::Method::kOther}) {
    const http::Response response = Ask(method, "/metrics", &asked);
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(http::FindHeader(response.headers, "Allow"), "GET, HEAD");
  }
  EXPECT_FALSE(asked);
}

}  // namespace
}  // namespace cis2::metrics
