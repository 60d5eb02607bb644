// Shows text to the person and asks them, through the conversation function of the application.
//
// Every text is reduced to what a terminal may get (printable.h) before it leaves. It is shown whatever
// PAM_SILENT says: without it nobody can log in, or learn why they cannot.
// One call of the conversation function carries a whole screen: sshd before 10.3 holds information back
// until a prompt follows, and what belongs together must not be torn apart.
// Errors: PAM_CONV_AGAIN, an absent function and an absent answer are failures; nothing is asked twice.
// Ownership: an Answer owns what the application allocated, wipes it and frees it.
// Threads: none.
#ifndef CIS2_PAM_MODULE_CONVERSATION_H_
#define CIS2_PAM_MODULE_CONVERSATION_H_

#include <security/pam_modules.h>

#include <span>
#include <string_view>

namespace cis2::pam_module {

enum class TalkStatus { kOk, kFailed, kNoMemory };

class Answer {
 public:
  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() { Reset(nullptr); }

  // Takes over `text`, made by malloc; wipes and frees what was there before.
  void Reset(char* text);
  [[nodiscard]] bool IsAbsent() const { return text_ == nullptr; }
  // What was typed, cut at wire::kMaxAnswer: longer ones are wrong anyway.
  [[nodiscard]] std::string_view text() const;

 private:
  char* text_ = nullptr;
};

class Conversation {
 public:
  // Borrows the PAM_CONV item for as long as libpam keeps it.
  explicit Conversation(const pam_handle_t* pamh);

  // False when the application gave no conversation function: then do not begin a login at all.
  [[nodiscard]] bool IsPossible() const { return conv_ != nullptr && conv_->conv != nullptr; }

  // Shows `info`, if not empty, and asks `prompt` with echo, in one call. On kOk `answer` holds what was
  // typed.
  TalkStatus Ask(std::string_view info, std::string_view prompt, Answer& answer);

  // Shows an error text, and the reference below it if there is one.
  TalkStatus ShowError(std::string_view text, std::string_view reference);

 private:
  // Calls the conversation function with at most two messages. Keeps the answer to the last one.
  TalkStatus Deliver(std::span<const pam_message> messages, Answer& last_answer);

  const pam_conv* conv_ = nullptr;
};

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_CONVERSATION_H_
