#include "broker/ctl/run_command.h"

#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

TEST(RunCommandTest, HearsBothStreamsAndTheStatus) {
  const CommandResult result =
      RunCommand({"/bin/sh", "-c", "cat; echo out; echo err >&2; echo \"$HOME\"; exit 3"});
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "out\n\n") << "nothing to read, and no environment of ours";
  EXPECT_EQ(result.errors, "err\n");
}

TEST(RunCommandTest, TakesLongOutputAndMissingPrograms) {
  EXPECT_EQ(RunCommand({"/bin/sh", "-c", "head -c 200000 /dev/zero"}).output.size(), 200000U);
  EXPECT_LE(RunCommand({"/bin/sh", "-c", "yes"}).output.size(), 512U * 1024);
  EXPECT_EQ(RunCommand({"/nonexistent/program"}).status, 127);
}

}  // namespace
}  // namespace cis2::ctl
