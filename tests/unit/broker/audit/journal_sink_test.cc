#include "broker/audit/journal_sink.h"

#include "broker/base/fd.h"
#include "tests/unit/broker/audit/io_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace cis2::audit {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

Event Allowed() {
  Event event;
  event.login_id = "L1";
  event.account = "op1";
  event.service = "sshd";
  event.aal = 3;
  event.amr = {"a", "b"};
  event.outcome = Outcome::kAllowed;
  return event;
}

TEST(JournalFieldsTest, CarryTheSentenceAndEveryField) {
  EXPECT_THAT(JournalFields(Allowed()),
              ElementsAre("MESSAGE=the login of op1 by sshd ended: allowed",
                          "MESSAGE_ID=523e2b385ed243a4abd5b0b3c4798fa5", "PRIORITY=6",
                          "SYSLOG_IDENTIFIER=cis2-brokerd", "SYSLOG_FACILITY=10",
                          "CIS2_TIME=1970-01-01T00:00:00.000Z", "CIS2_EVENT=login.outcome",
                          "CIS2_LOGIN_ID=L1", "CIS2_SERVICE=sshd", "CIS2_ACCOUNT=op1", "CIS2_AAL=3",
                          "CIS2_AMR=a b", "CIS2_OUTCOME=allowed"));
}

TEST(JournalFieldsTest, AlarmsAreWarnings) {
  for (const auto kind : {EventKind::kNotMe, EventKind::kOtherBrowser, EventKind::kBreakGlass}) {
    Event event = Allowed();
    event.kind = kind;
    EXPECT_THAT(JournalFields(event), Contains("PRIORITY=4"));
  }
  Event refused = Allowed();
  refused.outcome = Outcome::kRefused;
  EXPECT_THAT(JournalFields(refused), Contains("PRIORITY=5"));
}

TEST(JournalFieldsTest, ForeignTextCannotMakeAFieldOfItsOwn) {
  Event event = Allowed();
  event.account = "op1\nPRIORITY=0";
  EXPECT_THAT(JournalFields(event), Contains("CIS2_ACCOUNT=op1\\x0aPRIORITY\\x3d0"));
  EXPECT_THAT(JournalFields(event), Not(Contains(StartsWith("PRIORITY=0"))));
}

TEST(JournalSinkTest, SendsEveryEventInOrder) {
  IoThread io;
  std::vector<std::vector<std::string>> sent;
  JournalSink sink(io.Post(), [&](const std::vector<std::string>& fields) {
    sent.push_back(fields);
    return true;
  });
  Event other = Allowed();
  other.account = "op2";
  sink.Write(Allowed());
  sink.Write(other);
  sink.Flush();
  EXPECT_THAT(sent, ElementsAre(JournalFields(Allowed()), JournalFields(other)));
}

TEST(JournalSinkTest, WithoutJournalTheEventGoesToTheFallback) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const base::UniqueFd reader(pipe[0]);
  const base::UniqueFd writer(pipe[1]);
  IoThread io;
  JournalSink sink(io.Post(), [](const std::vector<std::string>&) { return false; }, writer.get());
  sink.Write(Allowed());
  sink.Flush();

  std::array<char, 4096> text{};
  const ssize_t size = ::read(reader.get(), text.data(), text.size());
  ASSERT_GT(size, 0);
  EXPECT_EQ(std::string(text.data(), static_cast<std::size_t>(size)),
            "cis2-brokerd audit: " + ToJson(Allowed()) + "\n");
}

TEST(JournalSinkTest, AnswersDurableEventsLater) {
  IoThread io;
  JournalSink sink(io.Post(), [](const std::vector<std::string>&) { return true; });
  int answers = 0;
  sink.WriteDurably(Allowed(), [&](bool ok) { answers += ok ? 1 : 100; });
  EXPECT_EQ(answers, 0);
  io.Run();
  EXPECT_EQ(answers, 1);
}

}  // namespace
}  // namespace cis2::audit
