#include "broker/ctl/doctor/check_clocks.h"

#include "broker/config/values.h"
#include "broker/ctl/doctor/settings.h"
#include "broker/ctl/tree.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace cis2::ctl::doctor {
namespace {

using std::chrono::seconds;

constexpr const char* kLoginDefs = "/etc/login.defs";
constexpr int kLoginTimeoutByDefault = 60;
// A login ends so long before the program that waits for it gives up.
constexpr seconds kMargin{5};

// The last value counts, and a file of sudoers.d comes last. sudo reads it only with this mode.
Mend Sudoers(const std::string& line) {
  const std::string file = "/etc/sudoers.d/cis2";
  return Append(file, line, "chmod 0440 " + file + " && visudo -c");
}

// The number behind `label` in "Password prompt timeout: 5.0 minutes".
std::optional<double> NumberBehind(const std::string& text, const std::string& label) {
  const std::size_t at = text.find(label);
  if (at == std::string::npos) {
    return std::nullopt;
  }
  const char* begin = text.c_str() + at + label.size();
  char* end = nullptr;
  const double number = std::strtod(begin, &end);
  return end == begin ? std::nullopt : std::optional(number);
}

// What has the clock kept again.
Mend KeepClock(TimeClient client) {
  switch (client) {
    case TimeClient::kNone:
      return Command("apt-get install systemd-timesyncd");
    case TimeClient::kSwitchedOff:
      return Command("timedatectl set-ntp true");
    case TimeClient::kRuns:
      return Elsewhere(
          "an NTP client runs and hears of no time it trusts (timedatectl timesync-status, or chronyc "
          "sources): "
          "name a server that this host can reach, for systemd-timesyncd as NTP= in "
          "/etc/systemd/timesyncd.conf, and restart it");
    case TimeClient::kUnknown:
      break;
  }
  return Elsewhere("run an NTP client here, such as chrony; in a container, on the machine around it");
}

struct LoginTimeout {
  int seconds = kLoginTimeoutByDefault;
  int line = 0;  // 0: nowhere set
};

LoginTimeout ParseLoginTimeout(const std::string& login_defs) {
  LoginTimeout timeout;
  int number = 0;
  for (const std::string& line : Lines(login_defs)) {
    ++number;
    const std::vector<std::string> words = Words(line);
    if (words.size() >= 2 && words[0] == "LOGIN_TIMEOUT") {
      std::from_chars(words[1].data(), words[1].data() + words[1].size(), timeout.seconds);
      timeout.line = number;  // the last one counts
    }
  }
  return timeout;
}

}  // namespace

Findings JudgeConsole(const config::Config& config, const std::string& login_defs) {
  const LoginTimeout timeout = ParseLoginTimeout(login_defs);
  const seconds lifetime = LifetimeOf(config.host, "login");
  if (timeout.seconds == 0 || lifetime + kMargin <= seconds{timeout.seconds}) {
    return {};
  }
  const std::string line = "LOGIN_TIMEOUT\t\t" + std::to_string((lifetime + kMargin).count());
  return {Problem("login.timeout",
                  "login(1) gives " + config::FormatDuration(seconds{timeout.seconds}) +
                      " in all, and a login by it may last " + config::FormatDuration(lifetime),
                  "The console hangs up while the operator is still in the browser, and says nothing.",
                  timeout.line == 0 ? Append(kLoginDefs, line) : Replace(kLoginDefs, timeout.line, line))};
}

SudoDefaults ParseSudoDefaults(const std::string& text) {
  return {.passwd_timeout = NumberBehind(text, "Password prompt timeout: "),
          .timestamp_timeout = NumberBehind(text, "Authentication timestamp timeout: ")};
}

Findings JudgeSudo(const config::Config& config, const SudoDefaults& sudo) {
  Findings findings;
  const seconds lifetime = LifetimeOf(config.host, "sudo");
  const double waits = sudo.passwd_timeout.value_or(0) * 60;
  if (waits > 0 && waits < static_cast<double>((lifetime + kMargin).count())) {
    findings.push_back(Problem(
        "sudo.passwd_timeout",
        "sudo waits " + std::to_string(static_cast<long>(waits)) +
            " s for an answer, and a login by it may last " + config::FormatDuration(lifetime),
        "sudo gives up while the operator is still in the browser.", Sudoers("Defaults passwd_timeout=0")));
  }
  if (sudo.timestamp_timeout.value_or(0) != 0) {
    findings.push_back(
        Advice("sudo.timestamp",
               *sudo.timestamp_timeout < 0
                   ? std::string("sudo remembers for ever that somebody has signed in")
                   : "sudo asks nobody for " + std::to_string(static_cast<long>(*sudo.timestamp_timeout)) +
                         " minutes after a sign-in",
               "Whoever sits at that terminal then needs no sign-in, and the audit does not hear of it.",
               Sudoers("Defaults timestamp_timeout=0")));
  }
  return findings;
}

TimeClient ParseTimeClient(const std::string& shown) {
  const std::vector<std::string> lines = Lines(shown);
  const auto says = [&lines](const char* line) { return std::ranges::find(lines, line) != lines.end(); };
  if (says("CanNTP=no")) {
    return TimeClient::kNone;
  }
  if (!says("CanNTP=yes")) {
    return TimeClient::kUnknown;
  }
  return says("NTP=yes") ? TimeClient::kRuns : TimeClient::kSwitchedOff;
}

Findings JudgeClock(const config::Config& config, const ClockFacts& facts) {
  Findings findings;
  const long off = facts.behind.value_or(0);
  if (std::abs(off) > config.provider.clock_skew.count()) {
    findings.push_back(
        Problem("clock.skew",
                "the clock of this host is " + std::to_string(std::abs(off)) + " s " +
                    (off > 0 ? "behind" : "ahead of") + " the provider's; [provider] clock_skew allows " +
                    config::FormatDuration(config.provider.clock_skew),
                "The provider refuses our proofs, or we refuse its tokens: every sign-in ends in an error.",
                facts.synchronised
                    ? Elsewhere("this clock is kept by NTP: compare it, and the provider's, with a third one")
                    : KeepClock(facts.client)));
  }
  if (!facts.synchronised) {
    findings.push_back(Advice("clock.not_synchronised", "nothing keeps the clock of this host right (NTP)",
                              "When it has drifted by a minute, no sign-in works any more.",
                              KeepClock(facts.client)));
  }
  return findings;
}

}  // namespace cis2::ctl::doctor
