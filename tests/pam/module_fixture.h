// The built pam_cis2.so in the real libpam, between a scripted person and a scripted broker.
//
// Each test has its own folder, socket and service files, so that runs side by side do not meet. Whatever a
// test does, afterwards every line of both scripts must have been used, each call must have logged at most
// one line, and none of the lines may hold the answer, the ticket or a text of the broker.
#ifndef CIS2_TESTS_PAM_MODULE_FIXTURE_H_
#define CIS2_TESTS_PAM_MODULE_FIXTURE_H_

#include "tests/pam/module_path.h"
#include "tests/support/fake_broker.h"
#include "tests/support/host_log.h"
#include "tests/support/pam_session.h"
#include "tests/support/scripted_conversation.h"
#include "tests/support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace cis2::testing {

// What tests type, and put into screens and verdicts, where the log must not show it.
inline constexpr char kDigits[] = "482913";
inline constexpr char kPrompt[] = "\nhttps://login.example/l/CANARY-LINK\nCode: ";

class ModuleFixture : public ::testing::Test {
 protected:
  void SetUp() override { TakeHostLog(); }

  void TearDown() override {
    session_.reset();
    EXPECT_THAT(broker().Finish(), ::testing::IsEmpty());
    EXPECT_THAT(person_.Finish(), ::testing::IsEmpty());
    CollectLog();
    EXPECT_LE(log_.size(), calls_) << "more than one line for a call";
    for (const std::string& line : log_) {
      for (const char* canary : {kDigits, "CANARY", FakeBroker::kTicket}) {
        EXPECT_THAT(line, ::testing::Not(::testing::HasSubstr(canary)));
      }
    }
  }

  FakeBroker& broker() { return *broker_; }
  ScriptedConversation& person() { return person_; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

  // Nobody listens from now on, and the socket is gone.
  void RemoveTheBroker() { std::filesystem::remove(broker().socket_path()); }

  // "pam_cis2.so socket=...", with its path, and a timeout that no test reaches.
  [[nodiscard]] std::string Module(const std::string& arguments = "") const {
    return std::string(kModulePath) + " socket=" + broker_->socket_path() + " timeout=60 " + arguments;
  }
  // The same, for a test in which the broker never answers.
  [[nodiscard]] std::string ImpatientModule(const std::string& arguments = "") const {
    return std::string(kModulePath) + " socket=" + broker_->socket_path() + " timeout=2 " + arguments;
  }
  // The service file `service` with these lines, and a handle on it for op1.
  PamSession& Given(const std::vector<std::string>& lines, const std::string& service = "sshd",
                    const char* user = "op1") {
    std::string text;
    for (const std::string& line : lines) {
      text += line + "\n";
    }
    folder_.Write(service, text);
    session_ = std::make_unique<PamSession>(folder_.path(), service, user, person_.conv());
    return *session_;
  }
  // The line that the documentation gives.
  PamSession& GivenTheShippedLine(const std::string& service = "sshd") {
    return Given({"auth requisite " + Module(), "account required " + Module()}, service);
  }

  // One whole login that the broker refuses with "No.".
  void TheBrokerRefuses() {
    broker()
        .Accepts()
        .HearsLogin()
        .ShowsScreen(kPrompt)
        .HearsAnswer(kDigits)
        .Gives(wire::VerdictKind::kRefuse, "No.")
        .Start();
    person().IsAsked(kPrompt, kDigits).IsShown(PAM_ERROR_MSG, "No.");
  }

  int Authenticate(int flags = 0) {
    ++calls_;
    return session_->Authenticate(flags);
  }
  int CheckAccount() {
    ++calls_;
    return session_->CheckAccount();
  }

  // The lines of this module so far.
  const std::vector<std::string>& Log() {
    CollectLog();
    return log_;
  }
  // A module with `debug`, or a second one in the stack, may write that many lines more.
  void ExpectMoreLogLines(std::size_t n) { calls_ += n; }

 private:
  void CollectLog() {
    for (const HostLogLine& line : TakeHostLog()) {
      if (line.text.starts_with("pam_cis2(")) {
        log_.push_back(line.text);
      }
    }
  }

  TempFolder folder_;
  std::unique_ptr<FakeBroker> broker_ = std::make_unique<FakeBroker>(folder_.File("pam.sock"));
  ScriptedConversation person_;
  std::unique_ptr<PamSession> session_;
  std::size_t calls_ = 0;
  std::vector<std::string> log_;
};

}  // namespace cis2::testing

#endif  // CIS2_TESTS_PAM_MODULE_FIXTURE_H_
