// The one-time ticket of an allowed login: what ties the account phase to it. Worth a login, so it is wiped
// wherever it was.
#ifndef CIS2_PAM_MODULE_TICKET_H_
#define CIS2_PAM_MODULE_TICKET_H_

#include "pam_module/wire/messages.h"

#include <array>
#include <cstring>
#include <string_view>

namespace cis2::pam_module {

class Ticket {
 public:
  Ticket() = default;
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() { Wipe(); }

  // False, and no ticket, when `text` has not exactly the size of one.
  bool Set(std::string_view text) {
    Wipe();
    is_set_ = text.size() == text_.size();
    if (is_set_) {
      text.copy(text_.data(), text_.size());
    }
    return is_set_;
  }
  void Wipe() {
    is_set_ = false;
    ::explicit_bzero(text_.data(), text_.size());
  }
  // Empty when there is none. Valid until Set or Wipe.
  [[nodiscard]] std::string_view Reveal() const {
    return is_set_ ? std::string_view(text_.data(), text_.size()) : std::string_view();
  }

 private:
  std::array<char, wire::kTicketSize> text_{};
  bool is_set_ = false;
};

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_TICKET_H_
