#include "broker/ctl/control_client.h"

#include "tests/support/temp_dir.h"
#include "tests/unit/broker/ctl/fake_broker_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

using testing::HasSubstr;

class ControlClientTest : public testing::Test {
 protected:
  // The error of asking a broker that sends `answer`.
  [[nodiscard]] std::string ErrorFor(const std::string& answer) const {
    const FakeBrokerControl broker(path_, answer);
    const auto result = Ask(path_, "status");
    return result ? "no error" : result.error().message;
  }

  tests::TempDir dir_;
  std::string path_ = dir_.path() + "/control.sock";
};

TEST_F(ControlClientTest, AsksWithACommandAndReturnsTheResult) {
  std::string request;
  {
    const FakeBrokerControl broker(path_, ControlFrame(R"({"ok":true,"result":{"host":"server"}})"));
    const auto result = Ask(path_, "status");
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(base::StringMember(*result, "host"), "server");
    request = broker.request();
  }
  EXPECT_EQ(request, R"({"command":"status"})");
}

TEST_F(ControlClientTest, SaysThatTheBrokerDoesNotRun) {
  const auto absent = Ask(path_, "status");
  ASSERT_FALSE(absent.has_value());
  EXPECT_THAT(absent.error().message, HasSubstr("it is not running"));
  EXPECT_THAT(absent.error().message, HasSubstr("systemctl status cis2-broker"));
}

TEST_F(ControlClientTest, SaysThatOnlyRootIsServed) {
  EXPECT_THAT(ErrorFor(""), HasSubstr("only root is served"));
}

TEST_F(ControlClientTest, PassesOnWhyTheBrokerRefuses) {
  EXPECT_EQ(ErrorFor(ControlFrame("{\"ok\":false,\"error\":\"no such command\\u001b\"}")),
            "cis2-brokerd refused: no such command\\x1b");
  EXPECT_EQ(ErrorFor(ControlFrame(R"({"ok":true})")), "cis2-brokerd refused: no reason given");
}

TEST_F(ControlClientTest, AnswerThatIsNoneIsAnError) {
  for (const char* text :
       {"", "no json", "[]", R"({"ok":1,"result":{}})", R"({"ok":true,"ok":true,"result":{}})"}) {
    EXPECT_THAT(ErrorFor(ControlFrame(text)), HasSubstr("cannot be read")) << text;
  }
}

TEST_F(ControlClientTest, FramesThatAreTooLongOrCutAreErrors) {
  EXPECT_THAT(ErrorFor(std::string("\x00\x10\x00\x01", 4)), HasSubstr("too long"));
  EXPECT_THAT(ErrorFor(std::string("\x00\x00\x00\x09{", 5)), HasSubstr("without an answer"));
}

TEST_F(ControlClientTest, DoesNotWaitForEver) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const base::UniqueFd silent(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(silent.get(), 1), 0);

  const auto result = Ask(path_, "status", std::chrono::milliseconds{50});
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, HasSubstr("did not answer in time"));
}

TEST_F(ControlClientTest, PathThatCannotBeASocketIsAnError) {
  EXPECT_FALSE(Ask("", "status").has_value());
  EXPECT_FALSE(Ask("/" + std::string(200, 'x'), "status").has_value());
}

}  // namespace
}  // namespace cis2::ctl
