// Goal: the built pam_cis2.so is the small thing that docs/DESIGN.md, section 5, promises, whatever build it
// comes from. Read with readelf, nm and strip.
#include "tests/pam/module_path.h"
#include "tests/support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace cis2::testing {
namespace {

using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// The lines that a command prints; fails the test when the command fails.
std::vector<std::string> LinesOf(const std::string& command) {
  std::vector<std::string> lines;
  std::FILE* const pipe = ::popen(("LC_ALL=C " + command).c_str(), "r");
  std::array<char, 4096> line = {};
  while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe) != nullptr) {
    lines.emplace_back(line.data());
    lines.back().pop_back();
  }
  EXPECT_TRUE(pipe != nullptr && ::pclose(pipe) == 0) << command;
  return lines;
}

std::string Quoted(const std::string& path) { return "'" + path + "'"; }

// The dynamic symbols of one kind, without their versions: 'T' what is exported, 'U' what is imported.
std::vector<std::string> DynamicSymbols(const std::string& kind) {
  std::vector<std::string> names;
  for (const std::string& line : LinesOf(CIS2_NM " -D --format=posix " + Quoted(kModulePath))) {
    std::istringstream words(line);
    std::string name;
    std::string type;
    words >> name >> type;
    if (type == kind) {
      names.push_back(name.substr(0, name.find('@')));
    }
  }
  return names;
}

TEST(ModuleFileTest, NeedsLibpamAndLibcAndNothingElse) {
  std::vector<std::string> needed;
  for (const std::string& line : LinesOf(CIS2_READELF " --dynamic --wide " + Quoted(kModulePath))) {
    if (line.find("(NEEDED)") != std::string::npos) {
      needed.push_back(line.substr(line.find('[')));
    }
  }
  EXPECT_THAT(needed, UnorderedElementsAre("[libpam.so.0]", "[libc.so.6]"));
}

TEST(ModuleFileTest, ExportsItsHooksAndNothingElse) {
  std::vector<std::string> defined;
  for (const std::string& line :
       LinesOf(CIS2_NM " -D --defined-only --format=posix " + Quoted(kModulePath))) {
    defined.push_back(line.substr(0, line.find_first_of(" @")));
  }
  EXPECT_THAT(defined, UnorderedElementsAre("pam_sm_authenticate", "pam_sm_setcred", "pam_sm_acct_mgmt",
                                            "pam_sm_open_session", "pam_sm_close_session"));
}

TEST(ModuleFileTest, ImportsOnlyWhatAThinModuleNeeds) {
  // No fork, exec, threads, signals, getenv, setlocale, umask, chdir, openlog, printf to a terminal, new.
  const std::vector<std::string> allowed = {
      "pam_get_data",
      "pam_get_item",
      "pam_get_user",
      "pam_getenv",
      "pam_set_data",
      "pam_syslog",  //
      "socket",
      "connect",
      "getsockopt",
      "setsockopt",
      "send",
      "recv",
      "ppoll",
      "fcntl",
      "close",
      "lstat",  //
      "__lxstat",
      "clock_gettime",
      "getpid",
      "malloc",
      "calloc",
      "free",
      "__errno_location",
      "strerrordesc_np",  //
      "memchr",
      "memcmp",
      "bcmp",
      "memcpy",
      "memmove",
      "memset",
      "strlen",
      "strnlen",
      "strrchr",  //
      "explicit_bzero",
      "__explicit_bzero_chk",
      "__memcpy_chk",
      "__memset_chk",
      "__recv_chk",
      "__stack_chk_fail",
  };
  EXPECT_THAT(DynamicSymbols("U"), IsSubsetOf(allowed));
}

TEST(ModuleFileTest, IsAtMost64KiBWhenStripped) {
  const TempFolder folder;
  LinesOf(CIS2_STRIP " -o " + Quoted(folder.File("stripped.so")) + " " + Quoted(kModulePath));
  EXPECT_LE(std::filesystem::file_size(folder.File("stripped.so")), 64U * 1024U);
}

TEST(ModuleFileTest, KeepsTheAssertionsOfTheStandardLibraryAndTrapsByItself) {
  EXPECT_THAT(LinesOf(CIS2_NM " --demangle " + Quoted(kModulePath)),
              Contains(ContainsRegex(" t std::__glibcxx_assert_fail")));
}

TEST(ModuleFileTest, IsHardened) {
  std::string dynamic;
  for (const std::string& line :
       LinesOf(CIS2_READELF " --dynamic --program-headers --wide " + Quoted(kModulePath))) {
    dynamic += line + "\n";
  }
  EXPECT_THAT(dynamic, HasSubstr("BIND_NOW"));
  EXPECT_THAT(dynamic, HasSubstr("GNU_RELRO"));
  EXPECT_THAT(dynamic, ContainsRegex("GNU_STACK .* RW "));
  EXPECT_THAT(dynamic, Not(HasSubstr("TEXTREL")));
  EXPECT_THAT(dynamic, Not(HasSubstr("RUNPATH")));
  EXPECT_THAT(dynamic, Not(HasSubstr("RPATH")));
  EXPECT_THAT(dynamic, Not(ContainsRegex("  TLS  "))) << "thread-local data is not given back by dlclose";
}

}  // namespace
}  // namespace cis2::testing
