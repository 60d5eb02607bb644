#include "pam_module/conversation.h"

#include "pam_module/printable.h"
#include "pam_module/wire/messages.h"

#include <array>
#include <cstdlib>
#include <cstring>

namespace cis2::pam_module {
namespace {

constexpr std::size_t kMaxMessages = 2;
constexpr std::string_view kReferenceLine = "\nReference: ";

void WipeAndFree(char* text) {
  if (text != nullptr) {
    ::explicit_bzero(text, std::strlen(text));
    std::free(text);
  }
}

}  // namespace

void Answer::Reset(char* text) {
  WipeAndFree(text_);
  text_ = text;
}

std::string_view Answer::text() const {
  if (text_ == nullptr) {
    return {};
  }
  return {text_, ::strnlen(text_, wire::kMaxAnswer)};
}

Conversation::Conversation(const pam_handle_t* pamh) {
  const void* item = nullptr;
  if (pam_get_item(pamh, PAM_CONV, &item) == PAM_SUCCESS) {
    conv_ = static_cast<const pam_conv*>(item);
  }
}

TalkStatus Conversation::Ask(std::string_view info, std::string_view prompt, Answer& answer) {
  TerminalText<wire::kMaxText> info_text;
  TerminalText<wire::kMaxText> prompt_text;
  info_text.Append(info);
  prompt_text.Append(prompt);
  const std::array<pam_message, kMaxMessages> both = {{
      {.msg_style = PAM_TEXT_INFO, .msg = info_text.c_str()},
      {.msg_style = PAM_PROMPT_ECHO_ON, .msg = prompt_text.c_str()},
  }};
  const TalkStatus status = Deliver(std::span(both).subspan(info.empty() ? 1 : 0), answer);
  return status == TalkStatus::kOk && answer.IsAbsent() ? TalkStatus::kFailed : status;
}

TalkStatus Conversation::ShowError(std::string_view text, std::string_view reference) {
  TerminalText<wire::kMaxText + kReferenceLine.size() + wire::kMaxReference> error_text;
  error_text.Append(text);
  if (!reference.empty()) {
    error_text.Append(kReferenceLine);
    error_text.Append(reference);
  }
  const std::array<pam_message, 1> message = {{{.msg_style = PAM_ERROR_MSG, .msg = error_text.c_str()}}};
  Answer none;
  return Deliver(message, none);
}

// The array of pointers runs over an array of messages, so that it is right for both readings of the
// conversation function's second argument (pam_conv(3), BUGS).
TalkStatus Conversation::Deliver(std::span<const pam_message> messages, Answer& last_answer) {
  last_answer.Reset(nullptr);
  if (!IsPossible()) {
    return TalkStatus::kFailed;
  }
  std::array<const pam_message*, kMaxMessages> pointers = {};
  for (std::size_t i = 0; i < messages.size(); ++i) {
    pointers[i] = &messages[i];
  }
  pam_response* responses = nullptr;
  const int code =
      conv_->conv(static_cast<int>(messages.size()), pointers.data(), &responses, conv_->appdata_ptr);
  if (code != PAM_SUCCESS) {
    // What `responses` holds is then undefined (pam_conv(3)): it is left alone, not freed.
    return code == PAM_BUF_ERR ? TalkStatus::kNoMemory : TalkStatus::kFailed;
  }
  if (responses != nullptr) {
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
      WipeAndFree(responses[i].resp);
    }
    last_answer.Reset(responses[messages.size() - 1].resp);
    std::free(responses);
  }
  return TalkStatus::kOk;
}

}  // namespace cis2::pam_module
