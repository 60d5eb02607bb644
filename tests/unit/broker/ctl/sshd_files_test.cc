#include "broker/ctl/sshd_files.h"

#include "tests/unit/broker/ctl/host_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

using testing::ElementsAre;

std::vector<std::string> Shown(const std::vector<SshdLine>& lines) {
  std::vector<std::string> shown;
  for (const SshdLine& line : lines) {
    shown.push_back(line.file.substr(line.file.rfind('/') + 1) + ":" + std::to_string(line.number) + " " +
                    line.keyword + "=" + line.value + (line.in_match ? " in Match" : ""));
  }
  return shown;
}

TEST(SshdFilesTest, ReadsInTheOrderOfSshd) {
  HostTree host;
  host.With("/etc/ssh/sshd_config",
            "# first\nInclude /etc/ssh/sshd_config.d/*.conf\nUsePAM = yes\n\n  Match User op1\n"
            "  MaxAuthTries 2\n")
      .With("/etc/ssh/sshd_config.d/20-b.conf", "UsePAM no\n")
      .With("/etc/ssh/sshd_config.d/10-a.conf",
            "ChallengeResponseAuthentication no\nMatch Group x\nUsePAM yes\n")
      .With("/etc/ssh/sshd_config.d/ignored", "UsePAM no\n");
  EXPECT_THAT(
      Shown(ReadSshdFiles(host.tree())),
      ElementsAre("sshd_config:2 include=/etc/ssh/sshd_config.d/*.conf",
                  "10-a.conf:1 kbdinteractiveauthentication=no", "10-a.conf:2 match=Group x",
                  "10-a.conf:3 usepam=yes in Match", "20-b.conf:1 usepam=no", "sshd_config:3 usepam=yes",
                  "sshd_config:5 match=User op1", "sshd_config:6 maxauthtries=2 in Match"));
}

TEST(SshdFilesTest, AFileThatIncludesItselfComesToAnEnd) {
  HostTree host;
  host.With("/etc/ssh/sshd_config", "Include sshd_config\nUsePAM yes\n");
  const auto lines = ReadSshdFiles(host.tree());
  EXPECT_EQ(lines.back().keyword, "usepam");
  EXPECT_LT(lines.size(), 100U);
}

TEST(SshdFilesTest, TheFirstValueOfADumpCounts) {
  const auto settings = ParseSshdDump("port 22\nusepam yes\nport 23\nemptyvalue\n");
  EXPECT_EQ(settings.at("port"), "22");
  EXPECT_EQ(settings.at("usepam"), "yes");
  EXPECT_EQ(settings.size(), 2U);
}

}  // namespace
}  // namespace cis2::ctl
