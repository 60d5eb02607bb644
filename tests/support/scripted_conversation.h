// The person at the terminal, made of a script: the messages that must be shown, in order, and what is typed.
//
//   ScriptedConversation person;
//   person.IsShown(PAM_TEXT_INFO, "...").IsAsked("Code: ", "482913");
//   pam_start_confdir(..., person.conv(), ...);
//   ...
//   EXPECT_THAT(person.Finish(), IsEmpty());
//
// Every line must be used up; a message that does not fit is reported by Finish() and fails the conversation.
// Threads: runs on that of the caller of libpam.
#ifndef CIS2_TESTS_SUPPORT_SCRIPTED_CONVERSATION_H_
#define CIS2_TESTS_SUPPORT_SCRIPTED_CONVERSATION_H_

#include <security/pam_appl.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace cis2::testing {

class ScriptedConversation {
 public:
  ScriptedConversation() = default;
  ScriptedConversation(const ScriptedConversation&) = delete;
  ScriptedConversation& operator=(const ScriptedConversation&) = delete;

  // A text without an answer, of style PAM_TEXT_INFO or PAM_ERROR_MSG.
  ScriptedConversation& IsShown(int style, const std::string& text);
  // A prompt with echo. `meanwhile` runs while the prompt is on the screen.
  ScriptedConversation& IsAsked(const std::string& prompt, const std::string& answer,
                                std::function<void()> meanwhile = {});
  // A prompt to which the application brings success and no answer.
  ScriptedConversation& IsAskedAndGivesNothing(const std::string& prompt);
  // A prompt at which the conversation function fails with `code`.
  ScriptedConversation& IsAskedAndFails(const std::string& prompt, int code);
  ScriptedConversation& IsShownAndFails(int style, const std::string& text, int code);

  [[nodiscard]] const pam_conv* conv() const { return &conv_; }
  // How many messages each call of the conversation function had.
  [[nodiscard]] const std::vector<int>& calls() const { return calls_; }
  std::vector<std::string> Finish();

 private:
  struct Line {
    int style = 0;
    std::string text = {};
    int code = PAM_SUCCESS;
    bool has_answer = false;
    std::string answer = {};
    std::function<void()> meanwhile = {};
  };

  static int Converse(int count, const pam_message** messages, pam_response** responses, void* self);
  int Answer(const pam_message& message, pam_response& response);

  pam_conv conv_ = {.conv = Converse, .appdata_ptr = this};
  std::deque<Line> lines_;
  std::vector<int> calls_;
  std::vector<std::string> problems_;
};

}  // namespace cis2::testing

#endif  // CIS2_TESTS_SUPPORT_SCRIPTED_CONVERSATION_H_
