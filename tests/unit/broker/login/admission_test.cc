#include "broker/login/admission.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace cis2::login {
namespace {

using reasons::Reason;

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() {
    limits_.pending_per_account_and_address = 2;
    limits_.pending_per_uid = 1;
    limits_.pending_total = 4;
  }
  // Admits and keeps the seat; the limit that is full, or nothing.
  std::optional<Reason> Admit(const Applicant& applicant) {
    auto seat = admission_.Admit(applicant);
    if (!seat) {
      return seat.error();
    }
    seats_.push_back(*std::move(seat));
    return std::nullopt;
  }
  static Applicant Remote(std::string account, std::string address) {
    return {.account = std::move(account), .client_address = std::move(address), .caller = ""};
  }
  static Applicant Local(std::string caller) {
    return {.account = "root", .client_address = "", .caller = std::move(caller)};
  }

  config::Limits limits_;
  Admission admission_{limits_};
  std::vector<Seat> seats_;
};

TEST_F(AdmissionTest, CountsPerAccountAndAddress) {
  EXPECT_EQ(Admit(Remote("op1", "192.0.2.7")), std::nullopt);
  EXPECT_EQ(Admit(Remote("op1", "192.0.2.7")), std::nullopt);
  EXPECT_EQ(Admit(Remote("op1", "192.0.2.7")), Reason::kLimitAccountAddress);
}

TEST_F(AdmissionTest, AStrangerElsewhereCannotFillAnAccount) {
  EXPECT_EQ(Admit(Remote("op1", "192.0.2.7")), std::nullopt);
  EXPECT_EQ(Admit(Remote("op1", "192.0.2.7")), std::nullopt);
  EXPECT_EQ(Admit(Remote("op1", "192.0.2.8")), std::nullopt);
  EXPECT_EQ(Admit(Remote("op2", "192.0.2.7")), std::nullopt);
}

TEST_F(AdmissionTest, OneIpv6NetworkIsOneAddress) {
  EXPECT_EQ(Admit(Remote("op1", "2001:db8::1")), std::nullopt);
  EXPECT_EQ(Admit(Remote("op1", "2001:db8::2")), std::nullopt);
  EXPECT_EQ(Admit(Remote("op1", "2001:db8::3")), Reason::kLimitAccountAddress);
}

TEST_F(AdmissionTest, LocalServicesCountPerCaller) {
  EXPECT_EQ(Admit(Local("op1")), std::nullopt);
  EXPECT_EQ(Admit(Local("op1")), Reason::kLimitLocalUid);
  EXPECT_EQ(Admit(Local("op2")), std::nullopt);
}

TEST_F(AdmissionTest, TheTotalIsALimit) {
  for (const char* account : {"a", "b", "c", "d"}) {
    EXPECT_EQ(Admit(Remote(account, "192.0.2.7")), std::nullopt);
  }
  EXPECT_EQ(Admit(Remote("e", "192.0.2.7")), Reason::kLimitTotal);
}

TEST_F(AdmissionTest, ASeatIsGivenBackWhenItsLoginEnds) {
  EXPECT_EQ(Admit(Local("op1")), std::nullopt);
  seats_.clear();
  EXPECT_EQ(admission_.pending(), 0);
  EXPECT_EQ(Admit(Local("op1")), std::nullopt);
}

}  // namespace
}  // namespace cis2::login
