#include "broker/ctl/doctor/rescue_drill.h"

#include "broker/base/text.h"

#include <security/pam_appl.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cis2::ctl::doctor {
namespace {

constexpr unsigned kPatience = 10;  // seconds

[[noreturn]] void EndWith(DrillEnd end) { ::_exit(static_cast<int>(end)); }

int EndAtTheFirstQuestion(int count, const pam_message** messages, pam_response** /*answers*/,
                          void* /*data*/) {
  for (int i = 0; i < count; ++i) {
    if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF) {
      EndWith(DrillEnd::kPassword);
    }
    if (messages[i]->msg_style == PAM_PROMPT_ECHO_ON) {
      EndWith(DrillEnd::kOtherQuestion);
    }
  }
  return PAM_CONV_ERR;  // a text alone: whoever only has something to say does without
}

[[noreturn]] void Begin(const std::string& service, const std::string& account) {
  ::alarm(kPatience);
  if (const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
    ::dup2(null, STDIN_FILENO);
  }
  const pam_conv conversation = {.conv = EndAtTheFirstQuestion, .appdata_ptr = nullptr};
  pam_handle_t* pamh = nullptr;
  if (::pam_start(service.c_str(), account.c_str(), &conversation, &pamh) != PAM_SUCCESS) {
    EndWith(DrillEnd::kNothing);
  }
  ::pam_set_item(pamh, PAM_TTY, service == "sshd" ? "ssh" : "console");
  if (service == "sshd") {
    ::pam_set_item(pamh, PAM_RHOST, "127.0.0.1");
  }
  EndWith(::pam_authenticate(pamh, 0) == PAM_SUCCESS ? DrillEnd::kLetIn : DrillEnd::kRefused);
}

std::string WhatItDoes(DrillEnd end) {
  switch (end) {
    case DrillEnd::kOtherQuestion:
      return "asks for something else than a password";
    case DrillEnd::kLetIn:
      return "asks for no password, and lets in";
    case DrillEnd::kRefused:
      return "refuses without asking for a password";
    case DrillEnd::kPassword:
    case DrillEnd::kNothing:
      break;
  }
  return "has asked for nothing after " + std::to_string(kPatience) + " s";
}

}  // namespace

DrillEnd Drill(const std::string& service, const std::string& account) {
  const pid_t child = ::fork();
  if (child == 0) {
    Begin(service, account);
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return DrillEnd::kNothing;
    }
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) <= static_cast<int>(DrillEnd::kNothing)
             ? static_cast<DrillEnd>(WEXITSTATUS(status))
             : DrillEnd::kNothing;
}

Findings JudgeDrill(const std::string& service, const std::string& group, const std::string& account,
                    DrillEnd end) {
  if (end == DrillEnd::kPassword) {
    return {};
  }
  return {Problem(
      "rescue.drill",
      "tried just now: for " + base::ShownName(account) + " of the group " + base::ShownName(group) + ", " +
          service + " " + WhatItDoes(end),
      "It is to ask for their password, without the broker and without CIS2. Nobody gets in by it while "
      "these are away.",
      Elsewhere(
          "look at the lines of /etc/pam.d/" + service +
          " above the password's, and at what journalctl -t cis2ctl says of them; then run this again"))};
}

}  // namespace cis2::ctl::doctor
