#include "broker/metrics/endpoint.h"

namespace cis2::metrics {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;

http::Headers HeadersFor(std::string content_type) {
  return {{"Content-Type", std::move(content_type)},
          {"Cache-Control", "no-store"},
          {"X-Content-Type-Options", "nosniff"}};
}

}  // namespace

http::Response Answer(const http::ServerRequest& request, const std::function<std::string()>& text) {
  if (request.path != "/metrics") {
    return PlainAnswer(kNotFound);
  }
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    http::Response response = PlainAnswer(kMethodNotAllowed);
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  return {.status = kOk, .headers = HeadersFor("text/plain; version=0.0.4; charset=utf-8"), .body = text()};
}

http::Response PlainAnswer(int status) {
  return {.status = status,
          .headers = HeadersFor("text/plain; charset=utf-8"),
          .body = status == kNotFound ? "The metrics are at /metrics.\n"
                                      : "This request cannot be answered: " + std::to_string(status) + "\n"};
}

}  // namespace cis2::metrics
