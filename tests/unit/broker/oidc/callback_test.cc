#include "broker/oidc/callback.h"

#include "tests/unit/broker/oidc/relying_party.h"

#include <gtest/gtest.h>

namespace cis2::oidc {
namespace {

using reasons::Reason;

CallbackFields Good() { return {.code = "code", .error = "", .error_description = "", .iss = std::nullopt}; }

Reason Check(const CallbackFields& fields, bool iss_promised = false) {
  const auto result = CheckCallback(fields, TestSettings(), iss_promised);
  return result ? Reason::kNone : result.error().reason;
}

TEST(CallbackTest, ACodeAloneIsTaken) { EXPECT_EQ(Check(Good()), Reason::kNone); }

TEST(CallbackTest, ExactlyOneOfCodeAndError) {
  CallbackFields both = Good();
  both.error = "access_denied";
  EXPECT_EQ(Check(both), Reason::kCallbackMalformed);
  CallbackFields neither = Good();
  neither.code = "";
  EXPECT_EQ(Check(neither), Reason::kCallbackMalformed);
}

TEST(CallbackTest, ACodeIsPrintableAsciiOfReasonableLength) {
  CallbackFields fields = Good();
  for (const std::string& bad : {std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f"),
                                 std::string("\xc3\xa9"), std::string(4097, 'a')}) {
    fields.code = bad;
    EXPECT_EQ(Check(fields), Reason::kCallbackMalformed) << bad;
  }
  fields.code = std::string(4096, '~');
  EXPECT_EQ(Check(fields), Reason::kNone);
}

// RFC 9207 section 2.4.
TEST(CallbackTest, IssIsComparedByteForByte) {
  CallbackFields fields = Good();
  fields.iss = kIssuer;
  EXPECT_EQ(Check(fields), Reason::kNone);
  EXPECT_EQ(Check(fields, true), Reason::kNone);
  for (const std::string& bad : {std::string(), kIssuer + "/", std::string("https://evil.example")}) {
    fields.iss = bad;
    EXPECT_EQ(Check(fields), Reason::kCallbackIssuerMismatch) << bad;
    EXPECT_EQ(Check(fields, true), Reason::kCallbackIssuerMismatch) << bad;
  }
}

TEST(CallbackTest, IssIsRequiredWhereDiscoveryPromisesIt) {
  EXPECT_EQ(Check(Good(), true), Reason::kCallbackIssuerMissing);
  CallbackFields error = Good();
  error.code = "";
  error.error = "access_denied";
  EXPECT_EQ(Check(error, true), Reason::kCallbackIssuerMissing);
}

TEST(CallbackTest, AccessDeniedHasItsOwnReason) {
  CallbackFields fields = Good();
  fields.code = "";
  fields.error = "access_denied";
  EXPECT_EQ(Check(fields), Reason::kCallbackAccessDenied);
  for (const char* error :
       {"login_required", "invalid_scope", "server_error", "ACCESS_DENIED", "access_denied "}) {
    fields.error = error;
    EXPECT_EQ(Check(fields), Reason::kCallbackProviderError) << error;
  }
}

TEST(CallbackTest, TheDetailIsPrintableAndShort) {
  CallbackFields fields = Good();
  fields.code = "";
  fields.error = "bad\x1b[31m\r\n";
  fields.error_description = std::string(1000, 'd');
  const auto result = CheckCallback(fields, TestSettings(), false);
  EXPECT_EQ(result.error().detail, "bad\\x1b[31m\\x0d\\x0a: " + std::string(120, 'd') + "...");
}

}  // namespace
}  // namespace cis2::oidc
