#include "broker/http/certificate.h"

#include "tests/support/certificates.h"

#include <gtest/gtest.h>

namespace cis2::http {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(FirstCertificateEndsTest, IsThatOfTheServersOwn) {
  const auto own = tests::SelfSigned({.dns_names = {"a.example"}, .ip_addresses = {}, .ends = hours(24)});
  const auto issuer =
      tests::SelfSigned({.dns_names = {"ca.example"}, .ip_addresses = {}, .ends = hours(240)});
  const auto ends = FirstCertificateEnds(own.certificate_pem + issuer.certificate_pem);
  ASSERT_TRUE(ends);
  const auto left = *ends - std::chrono::system_clock::now();
  EXPECT_GT(left, hours(24) - minutes(10));
  EXPECT_LT(left, hours(24) + minutes(10));
}

TEST(FirstCertificateEndsTest, WithoutACertificateThereIsNone) {
  EXPECT_EQ(FirstCertificateEnds(""), std::nullopt);
  EXPECT_EQ(FirstCertificateEnds("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            std::nullopt);
}

}  // namespace
}  // namespace cis2::http
