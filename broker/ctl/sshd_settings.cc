#include "broker/ctl/sshd_settings.h"

#include "broker/base/text.h"
#include "broker/ctl/pam_file.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace cis2::ctl {
namespace {

using std::chrono::seconds;

constexpr std::string_view kMaxStartups = "60:30:200";
constexpr long kEnoughStartups = 60;

std::string Get(const SshdSettings& settings, const std::string& keyword) {
  const auto found = settings.find(keyword);
  return found == settings.end() ? "" : found->second;
}

// The number that `text` begins with.
std::optional<long> Number(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

// sshd -T gives seconds; 0 is no limit.
bool GraceIsEnough(const SshdSettings& now, seconds login_grace) {
  const auto have = Number(Get(now, "logingracetime"));
  return have && (*have == 0 || (login_grace > seconds{0} && *have >= login_grace.count()));
}

}  // namespace

std::string SshdBlock(const SshdSettings& now, seconds login_grace) {
  const bool startups = Number(Get(now, "maxstartups")).value_or(0) >= kEnoughStartups;
  const std::string grace =
      GraceIsEnough(now, login_grace) ? Get(now, "logingracetime") : std::to_string(login_grace.count());
  return std::string(kBlockBegin) +
         ": \"cis2ctl disable sshd\" takes it out again\n"
         "# The sign-in is asked for by keyboard-interactive, through PAM.\n"
         "UsePAM yes\n"
         "KbdInteractiveAuthentication yes\n"
         "PasswordAuthentication no\n"
         "# As long as [host] sshd_login_grace in broker.toml, or longer.\n"
         "LoginGraceTime " +
         grace + "\n# People in the browser are logins that are not finished.\nMaxStartups " +
         (startups ? Get(now, "maxstartups") : std::string(kMaxStartups)) + "\n" + std::string(kBlockEnd) +
         "\n";
}

std::vector<std::string> SshdProblems(const SshdSettings& now, seconds login_grace) {
  static constexpr std::array<std::pair<const char*, const char*>, 3> kWanted = {
      {{"usepam", "yes"}, {"kbdinteractiveauthentication", "yes"}, {"passwordauthentication", "no"}}};
  std::vector<std::string> problems;
  for (const auto& [keyword, value] : kWanted) {
    if (Get(now, keyword) != value) {
      problems.push_back("sshd has " + std::string(keyword) + " " + base::Printable(Get(now, keyword)) +
                         ", needed is " + value);
    }
  }
  if (!GraceIsEnough(now, login_grace)) {
    problems.push_back("sshd has logingracetime " + base::Printable(Get(now, "logingracetime")) +
                       ", [host] sshd_login_grace is " + std::to_string(login_grace.count()));
  }
  const std::string methods = Get(now, "authenticationmethods");
  if (!methods.empty() && methods != "any" && methods.find("keyboard-interactive") == std::string::npos) {
    problems.push_back("sshd has authenticationmethods " + base::Printable(methods) +
                       ", so it never asks by keyboard-interactive");
  }
  return problems;
}

}  // namespace cis2::ctl
