// What the module remembers on one PAM handle between its hooks, kept by pam_set_data.
//
//   kOpen --allowed--> kAllowed --account phase--> kSpent
//     |                    \---- authenticate again ----> kOpen
//     \---refused--> kRefused      for as long as the handle lives
//
// The ticket counts in the process that got it and for the account it was given for: sshd forks with handles
// open, and a module further down the stack may change PAM_USER after us.
// Ownership: libpam owns the record; its cleanup wipes and frees it at pam_end, before the module is
// unloaded. Threads: none; a PAM handle has one user.
#ifndef CIS2_PAM_MODULE_LOGIN_RECORD_H_
#define CIS2_PAM_MODULE_LOGIN_RECORD_H_

#include "pam_module/ticket.h"
#include "pam_module/wire/messages.h"

#include <security/pam_modules.h>

#include <array>
#include <string_view>
#include <sys/types.h>

namespace cis2::pam_module {

class LoginRecord {
 public:
  enum class State { kOpen, kRefused, kAllowed, kSpent };

  // The record of the handle: FindOn answers null where there is none, MakeOn only when memory is out.
  static LoginRecord* FindOn(const pam_handle_t* pamh);
  static LoginRecord* MakeOn(pam_handle_t* pamh);

  LoginRecord() = default;
  LoginRecord(const LoginRecord&) = delete;
  LoginRecord& operator=(const LoginRecord&) = delete;

  [[nodiscard]] State state() const { return state_; }

  // A login to `account` begins: what an earlier one left is gone. The name is copied, for the application
  // may set another one while the person is asked.
  void Begin(std::string_view account);
  // A final no.
  void Refuse();
  // Keeps the ticket for this process and the account of Begin.
  void Allow(const Ticket& ticket);
  // Uses the login up. True, with the ticket, only the first time, in the process that was allowed and for
  // the account that was.
  bool Spend(std::string_view account, Ticket& ticket);

 private:
  // Without C++'s delete, which would need libstdc++.
  static void Cleanup(pam_handle_t* pamh, void* data, int error_status);

  State state_ = State::kOpen;
  pid_t process_ = 0;
  std::array<char, wire::kMaxName> account_{};
  std::size_t account_size_ = 0;
  Ticket ticket_;
};

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_LOGIN_RECORD_H_
