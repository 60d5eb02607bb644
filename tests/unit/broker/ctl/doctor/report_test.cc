#include "broker/ctl/doctor/report.h"

#include "broker/base/json.h"
#include "broker/ctl/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace cis2::ctl::doctor {
namespace {

using testing::HasSubstr;

CheckResult Result(std::string name, Findings findings, std::string unknown = {}) {
  return {.name = std::move(name),
          .findings = std::move(findings),
          .note = "seen",
          .compare = {},
          .skipped = {},
          .unknown = std::move(unknown)};
}

TEST(ReportTest, PrintsALineACheckThenTheFindings) {
  std::ostringstream out;
  Report report(out, /*json=*/false);
  report.Add(Result("broker", {}));
  EXPECT_EQ(out.str(), "ok      broker         seen\n");
  report.Add({.name = "sudo",
              .findings = {},
              .note = {},
              .compare = "this and that",
              .skipped = "there is none",
              .unknown = {}});
  report.Add(Result("sshd", {Advice("a.small", "This.", "Because.", Append("/f", "line", "go")),
                             Problem("a.big", "That.", "So.", Replace("/g", 3, "other"))}));
  EXPECT_EQ(report.Finish(), kExitNo);
  EXPECT_EQ(out.str(),
            "ok      broker         seen\n"
            "skipped sudo           there is none\n                       this and that\n"
            "PROBLEM sshd           a.small, a.big\n"
            "\nproblem: a.big\n  That.\n  So.\n  To mend it:\n    line 3 of /g becomes:\n      other\n"
            "\nadvice: a.small\n  This.\n  Because.\n  To mend it:\n    at the end of /f:\n      line\n    "
            "then: go\n"
            "\n1 problem, 1 piece of advice. What each id means: /usr/share/doc/cis2-broker/doctor.md. "
            "Commands are for root.\n");
}

TEST(ReportTest, SomeLinesInPlaceOfOne) {
  EXPECT_EQ(MendText(Replace("/f", 3, "one\ntwo", "go"), "  "),
            "  line 3 of /f becomes:\n    one\n    two\n  then: go\n");
}

TEST(ReportTest, TheSameFindingTwiceIsCounted) {
  std::ostringstream out;
  Report report(out, /*json=*/false);
  const Finding twice = Advice("a.twice", "This.", "Because.", Command("x"));
  report.Add(Result("pages", {twice, Advice("a.once", "That.", "So.", Command("y")), twice}));
  EXPECT_EQ(out.str(), "advice  pages          a.twice (2), a.once\n");
}

TEST(ReportTest, TheStatusSaysTheWorst) {
  std::ostringstream out;
  Report fine(out, false);
  fine.Add(Result("sshd", {Advice("a.small", "This.", "Because.", Command("x"))}));
  EXPECT_EQ(fine.Finish(), kExitOk);
  Report unknown(out, false);
  unknown.Add(Result("sshd", {}, "cannot look"));
  EXPECT_EQ(unknown.Finish(), kExitUsage);
  EXPECT_THAT(out.str(), HasSubstr("UNKNOWN sshd           cannot look\n"));
  unknown.Add(Result("x", {Problem("a.b", "This.", "Because.", Command("x"))}));
  EXPECT_EQ(unknown.Finish(), kExitNo);
}

TEST(ReportTest, JsonHasEveryMend) {
  std::ostringstream out;
  Report report(out, /*json=*/true);
  report.Add(Result("sshd", {Problem("a.one", "1", "w", Command("type this")),
                             Problem("a.two", "2", "w", InsertAbove("/f", 1, "top")),
                             Problem("a.three", "3", "w", Append("/f", "end", "then")),
                             Advice("a.four", "4", "w", Elsewhere("ask"))}));
  EXPECT_EQ(report.Finish(), kExitNo);
  EXPECT_EQ(base::Json::parse(out.str()), base::Json::parse(R"({"ok": false,
    "checks": [{"check": "sshd", "state": "problem", "note": ""}],
    "findings": [
      {"id": "a.one", "severity": "problem", "what": "1", "why": "w", "mend": {"command": "type this"}},
      {"id": "a.two", "severity": "problem", "what": "2", "why": "w",
       "mend": {"file": "/f", "action": "insert", "number": 1, "line": "top"}},
      {"id": "a.three", "severity": "problem", "what": "3", "why": "w",
       "mend": {"file": "/f", "action": "append", "line": "end", "then": "then"}},
      {"id": "a.four", "severity": "advice", "what": "4", "why": "w", "mend": {"elsewhere": "ask"}}]})"));
}

TEST(ReportTest, JsonSaysWhatWasSeenOnlyWhereNothingIsWrong) {
  std::ostringstream out;
  Report report(out, /*json=*/true);
  report.Add(Result("fine", {}));
  report.Add(Result("advised", {Advice("a.one", "1", "w", Elsewhere("ask"))}));
  report.Add(Result("unknown", {}, "cannot look"));
  EXPECT_EQ(report.Finish(), kExitUsage);
  EXPECT_EQ(base::Json::parse(out.str())["checks"], base::Json::parse(R"([
    {"check": "fine", "state": "ok", "note": "seen"},
    {"check": "advised", "state": "advice", "note": ""},
    {"check": "unknown", "state": "unknown", "note": "cannot look"}])"));
}

}  // namespace
}  // namespace cis2::ctl::doctor
