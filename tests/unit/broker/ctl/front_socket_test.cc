#include "broker/ctl/front_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kListen = {"[::]:8443", "0.0.0.0:8443"};

TEST(FrontSocketTest, SamePortsAreNotWorthAWord) {
  EXPECT_THAT(AdviceOnPorts(kListen,
                            "Listen=0.0.0.0:8443 (Stream)\nListen=[::]:8443 (Stream)\nActiveState=active\n"
                            "UnitFileState=enabled\n"),
              IsEmpty());
}

TEST(FrontSocketTest, OtherPortsOfAUnitInUseAreTold) {
  const std::string ports = "Listen=0.0.0.0:443 (Stream)\n";
  for (const char* state :
       {"ActiveState=active\nUnitFileState=disabled\n", "ActiveState=inactive\nUnitFileState=enabled\n"}) {
    EXPECT_THAT(AdviceOnPorts(kListen, ports + state),
                HasSubstr("cis2-front.socket says, at 0.0.0.0:443, and not at"))
        << state;
  }
}

TEST(FrontSocketTest, UnitThatIsNotUsedSaysNothing) {
  EXPECT_THAT(
      AdviceOnPorts(kListen, "Listen=0.0.0.0:443 (Stream)\nActiveState=inactive\nUnitFileState=disabled\n"),
      IsEmpty());
  EXPECT_THAT(AdviceOnPorts(kListen, "ActiveState=inactive\nUnitFileState=\n"), IsEmpty());
  EXPECT_THAT(AdviceOnPorts(kListen, ""), IsEmpty());
}

}  // namespace
}  // namespace cis2::ctl
