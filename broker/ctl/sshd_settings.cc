#include "broker/ctl/sshd_settings.h"

#include "broker/ctl/pam_file.h"

#include <charconv>

namespace cis2::ctl {
namespace {

using std::chrono::seconds;

std::string Get(const SshdSettings& settings, const std::string& keyword) {
  const auto found = settings.find(keyword);
  return found == settings.end() ? "" : found->second;
}

}  // namespace

int LeadingNumber(std::string_view text) {
  int number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool IsGraceEnough(seconds of_sshd, seconds login_grace) {
  return of_sshd == seconds{0} || (login_grace > seconds{0} && of_sshd >= login_grace);
}

std::string SshdBlock(const SshdSettings& now, seconds login_grace) {
  const std::string startups = Get(now, "maxstartups");
  const std::string grace = Get(now, "logingracetime");
  const int has = LeadingNumber(grace);
  const bool keeps = has >= 0 && IsGraceEnough(seconds{has}, login_grace);
  return std::string(kBlockBegin) +
         ": \"cis2ctl disable sshd\" takes it out again\n"
         "# The sign-in is asked for by keyboard-interactive, through PAM.\n"
         "UsePAM yes\n"
         "KbdInteractiveAuthentication yes\n"
         "PasswordAuthentication no\n"
         "# As long as [host] sshd_login_grace in broker.toml, or longer.\n"
         "LoginGraceTime " +
         (keeps ? grace : std::to_string(login_grace.count())) +
         "\n# People in the browser are logins that are not finished.\nMaxStartups " +
         (LeadingNumber(startups) >= kEnoughStartups ? startups : std::string(kMaxStartups)) + "\n" +
         std::string(kBlockEnd) + "\n";
}

}  // namespace cis2::ctl
