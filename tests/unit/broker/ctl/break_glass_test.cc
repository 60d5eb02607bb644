// cis2ctl break-glass: what an administrator does with emergency codes.
#include "broker/base/json.h"
#include "broker/breakglass/store.h"
#include "broker/ctl/cli.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pwd.h>
#include <sstream>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class BreakGlassTest : public testing::Test {
 protected:
  // The broker's user is whoever runs the test. `nobody` is an ordinary account by its uid.
  BreakGlassTest()
      : config_(dir_.Write("broker.toml", "[host]\nuser = \"" +
                                              std::string(::getpwuid(::geteuid())->pw_name) +
                                              "\"\n[break_glass]\nfile = \"" + file_ + "\"\n")) {}

  int Cis2ctl(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    arguments.insert(arguments.begin(), "break-glass");
    arguments.insert(arguments.end(), {"--config", config_});
    return ctl::Run(arguments, {.out = out_, .err = err_});
  }
  base::Json Does(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    EXPECT_EQ(Cis2ctl(arguments), kExitOk) << err_.str();
    return base::ParseJson(out_.str()).value_or(base::Json::object());
  }
  std::string Refuses(const std::vector<std::string>& arguments) {
    EXPECT_EQ(Cis2ctl(arguments), kExitNo);
    EXPECT_THAT(out_.str(), IsEmpty());
    return err_.str();
  }
  [[nodiscard]] breakglass::Ledger Kept() const {
    return breakglass::Store(file_, ::geteuid()).Load().value_or(breakglass::Ledger{});
  }
  std::vector<std::string> StatesListed() {
    std::vector<std::string> states;
    const base::Json listed = Does({"list"});
    for (const base::Json& code : listed["codes"]) {
      states.push_back(*base::StringMember(code, "state"));
    }
    return states;
  }

  tests::TempDir dir_;
  std::string file_ = dir_.path() + "/break-glass.json";
  std::string config_;
  std::ostringstream out_, err_;
};

TEST_F(BreakGlassTest, CodesAreMadeAndShownOnceAndAreGood) {
  const base::Json made = Does({"make", "--account", "nobody", "--count", "2", "--valid", "1h"});
  ASSERT_EQ(made["codes"].size(), 2U);
  EXPECT_EQ(made["account"], "nobody");
  const std::string code = *base::StringMember(made["codes"][0], "code");
  EXPECT_EQ(Kept().size(), 2U);
  EXPECT_EQ(Kept()[0].valid_until - Kept()[0].made, std::chrono::hours{1});

  EXPECT_EQ(Cis2ctl({"list"}), kExitOk);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr(code.substr(0, 5)), HasSubstr("nobody"), HasSubstr("ready")));
  EXPECT_THAT(out_.str(), Not(HasSubstr(code.substr(6, 5))));

  const breakglass::Store store(file_, ::geteuid());
  const auto found = store.Spend("nobody", *breakglass::ParseCode(code), Kept()[0].made);
  EXPECT_EQ(found.value_or(breakglass::Finding::kWrong), breakglass::Finding::kRight);
  EXPECT_THAT(StatesListed(), testing::ElementsAre("used", "ready"));
}

TEST_F(BreakGlassTest, WhoMakesThemIsToldHowToKeepThem) {
  EXPECT_EQ(Cis2ctl({"make", "--account", "nobody", "--count", "1"}), kExitOk);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("shown this once"), HasSubstr("sealed"), HasSubstr("two people"),
                    HasSubstr("cis2ctl break-glass revoke --account nobody"), HasSubstr(Kept()[0].id)));
}

TEST_F(BreakGlassTest, ASystemAccountNeedsAWord) {
  EXPECT_THAT(Refuses({"make", "--account", "root"}),
              HasSubstr("cis2ctl break-glass make --account root --system-account"));
  EXPECT_TRUE(Kept().empty());
  EXPECT_EQ(Cis2ctl({"make", "--account", "root", "--system-account", "--count", "1"}), kExitOk);
  EXPECT_EQ(Kept().size(), 1U);
}

TEST_F(BreakGlassTest, AnAccountThatTheHostDoesNotKnowGetsNone) {
  EXPECT_THAT(Refuses({"make", "--account", "no-such-account"}),
              HasSubstr("knows no account no-such-account"));
}

TEST_F(BreakGlassTest, ATimeIsSaidInDaysHoursMinutesOrSeconds) {
  for (const auto& [text, hours] : {std::pair{"90d", 90 * 24}, {"365d", 365 * 24}, {"12h", 12}}) {
    Does({"make", "--account", "nobody", "--count", "1", "--valid", text});
    EXPECT_EQ(Kept().back().valid_until - Kept().back().made, std::chrono::hours{hours});
  }
  for (const char* text : {"", "0d", "400d", "d", "90", "-1d", "1y", "9999999d"}) {
    EXPECT_THAT(Refuses({"make", "--account", "nobody", "--valid", text}), HasSubstr("90d")) << text;
  }
}

TEST_F(BreakGlassTest, CodesAreRevokedByIdByAccountOrAll) {
  Does({"make", "--account", "nobody", "--count", "2"});
  Does({"make", "--account", "root", "--system-account", "--count", "2"});
  EXPECT_EQ(Does({"revoke", Kept()[0].id})["revoked"].size(), 1U);
  EXPECT_THAT(StatesListed(), testing::ElementsAre("revoked", "ready", "ready", "ready"));
  EXPECT_EQ(Does({"revoke", "--account", "root"})["revoked"].size(), 2U);
  EXPECT_THAT(StatesListed(), testing::ElementsAre("revoked", "ready", "revoked", "revoked"));
  EXPECT_EQ(Does({"revoke", "--all"})["revoked"].size(), 1U);
  EXPECT_EQ(Does({"revoke", "--all"})["revoked"].size(), 0U);
}

TEST_F(BreakGlassTest, WhatIsToBeRevokedMustBeSaid) {
  Does({"make", "--account", "nobody", "--count", "1"});
  const auto before = Kept();
  EXPECT_THAT(Refuses({"revoke"}), HasSubstr("--all"));
  EXPECT_THAT(Refuses({"revoke", "--all", "--account", "nobody"}), HasSubstr("--all"));
  EXPECT_THAT(Refuses({"revoke", Kept()[0].id, "00000"}), HasSubstr("no code 00000"));
  EXPECT_EQ(Kept(), before);
}

TEST_F(BreakGlassTest, AServerWithoutAFileTakesNone) {
  config_ = dir_.Write("none.toml", "[break_glass]\nfile = \"\"\n");
  EXPECT_THAT(Refuses({"list"}), HasSubstr("break_glass.file is empty"));
}

TEST_F(BreakGlassTest, AStoreThatCannotBeReadIsSaid) {
  (void)dir_.Write("break-glass.json", "{}");
  EXPECT_THAT(Refuses({"list"}), HasSubstr(file_));
  EXPECT_THAT(Refuses({"make", "--account", "nobody"}), HasSubstr("move it away"));
}

}  // namespace
}  // namespace cis2::ctl
