#include "tests/support/scripted_conversation.h"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace cis2::testing {

ScriptedConversation& ScriptedConversation::IsShown(int style, const std::string& text) {
  lines_.push_back({.style = style, .text = text});
  return *this;
}

ScriptedConversation& ScriptedConversation::IsAsked(const std::string& prompt, const std::string& answer,
                                                    std::function<void()> meanwhile) {
  lines_.push_back({.style = PAM_PROMPT_ECHO_ON,
                    .text = prompt,
                    .has_answer = true,
                    .answer = answer,
                    .meanwhile = std::move(meanwhile)});
  return *this;
}

ScriptedConversation& ScriptedConversation::IsAskedAndGivesNothing(const std::string& prompt) {
  return IsShown(PAM_PROMPT_ECHO_ON, prompt);
}

ScriptedConversation& ScriptedConversation::IsAskedAndFails(const std::string& prompt, int code) {
  return IsShownAndFails(PAM_PROMPT_ECHO_ON, prompt, code);
}

ScriptedConversation& ScriptedConversation::IsShownAndFails(int style, const std::string& text, int code) {
  lines_.push_back({.style = style, .text = text, .code = code});
  return *this;
}

std::vector<std::string> ScriptedConversation::Finish() {
  for (const Line& line : std::exchange(lines_, {})) {
    problems_.push_back("never shown: \"" + line.text + "\"");
  }
  return problems_;
}

int ScriptedConversation::Converse(int count, const pam_message** messages, pam_response** responses,
                                   void* self) {
  auto& conversation = *static_cast<ScriptedConversation*>(self);
  conversation.calls_.push_back(count);
  auto* const answers =
      static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
  int code = PAM_SUCCESS;
  for (int i = 0; i < count && code == PAM_SUCCESS; ++i) {
    code = conversation.Answer(*messages[i], answers[i]);
  }
  if (code == PAM_SUCCESS) {
    *responses = answers;
    return code;
  }
  for (int i = 0; i < count; ++i) {
    std::free(answers[i].resp);
  }
  std::free(answers);
  return code;
}

int ScriptedConversation::Answer(const pam_message& message, pam_response& response) {
  if (lines_.empty()) {
    problems_.push_back(std::string("shown, but not in the script: \"") + message.msg + "\"");
    return PAM_CONV_ERR;
  }
  const Line line = lines_.front();
  lines_.pop_front();
  if (line.style != message.msg_style || line.text != message.msg) {
    problems_.push_back("shown \"" + std::string(message.msg) + "\" in style " +
                        std::to_string(message.msg_style) + ", not \"" + line.text + "\" in style " +
                        std::to_string(line.style));
    return PAM_CONV_ERR;
  }
  if (line.meanwhile) {
    line.meanwhile();
  }
  if (line.has_answer) {
    response.resp = ::strdup(line.answer.c_str());
  }
  return line.code;
}

}  // namespace cis2::testing
