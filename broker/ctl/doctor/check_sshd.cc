#include "broker/ctl/doctor/check_sshd.h"

#include "broker/base/text.h"
#include "broker/config/values.h"
#include "broker/ctl/doctor/settings.h"
#include "broker/ctl/sshd_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace cis2::ctl::doctor {
namespace {

using std::chrono::seconds;

constexpr const char* kReload = "systemctl reload ssh.service";
constexpr const char* kOurDropIn = "/etc/ssh/sshd_config.d/10-cis2.conf";
constexpr const char* kIncludeLine = "Include /etc/ssh/sshd_config.d/*.conf";
// An agent offers its keys one after the other, and each costs a try before the browser is asked.
constexpr int kEnoughTries = 3;

std::string Place(const SshdLine& line) { return line.file + ", line " + std::to_string(line.number); }

std::string_view FileName(const SshdLine& line) {
  const std::string_view path(line.file);
  return path.substr(path.rfind('/') + 1);
}

bool IsDropIn(const SshdLine& line) { return line.file.find("/sshd_config.d/") != std::string::npos; }

// A drop-in with our lines: what cis2ctl enable and README call it.
bool IsForCis2(const SshdLine& line) {
  return IsDropIn(line) && FileName(line).find("cis2") != std::string_view::npos;
}

// "00-10-cis2.conf", or another name that sshd reads before `first`.
std::string EarlierName(std::string_view late, std::string_view first) {
  const std::string name = "00-" + std::string(late);
  return name < first ? name : "0-" + std::string(late);
}

bool IsRequireKey(const policy::Grant& grant) {
  return (grant.require_key || grant.allow_system_account) &&
         std::ranges::find(grant.services, "sshd") != grant.services.end();
}

class Sshd {
 public:
  Sshd(const config::Config& config, const SshdFacts& facts) : c_(config), f_(facts) {}

  Findings JudgeSignIn() {
    CheckMethods();
    CheckGrace();
    return std::move(findings_);
  }

  Findings Judge() {
    CheckMethods();
    CheckGrace();
    CheckStartups();
    CheckTries();
    CheckPenalties();
    CheckKeyFirst();
    CheckInclude();
    CheckOverridden();
    CheckReload();
    return std::move(findings_);
  }

 private:
  [[nodiscard]] std::string Value(const std::string& keyword) const {
    const auto found = f_.settings.find(keyword);
    return found == f_.settings.end() ? "" : found->second;
  }

  // The line that the value comes from: a Match block may replace what stands before it.
  [[nodiscard]] const SshdLine* SourceOf(const std::string& keyword) const {
    const std::string value = Value(keyword);
    const SshdLine* first = nullptr;
    for (const SshdLine& line : f_.lines) {
      if (line.keyword == keyword && base::EqualWithoutCase(line.value, value)) {
        return &line;
      }
      first = first == nullptr && line.keyword == keyword && !line.in_match ? &line : first;
    }
    return first;
  }

  [[nodiscard]] bool HasInclude() const {
    return std::ranges::any_of(f_.lines, [](const SshdLine& line) {
      return line.keyword == "include" && !line.in_match &&
             line.value.find("sshd_config.d/") != std::string::npos;
    });
  }

  // "UsePAM yes" where UsePAM comes from now; where nothing says it, in a drop-in that sshd reads early.
  [[nodiscard]] Mend Set(const std::string& keyword, const std::string& value) const {
    std::string name = keyword;
    std::ranges::transform(name, name.begin(), base::AsciiLower);
    const std::string line = keyword + " " + value;
    if (const SshdLine* source = SourceOf(name); source != nullptr) {
      return Replace(source->file, source->number, line, kReload);
    }
    return InsertAbove(f_.config == kSshdConfig && HasInclude() ? kOurDropIn : f_.config, 1, line, kReload);
  }

  void Add(Finding finding) { findings_.push_back(std::move(finding)); }

  void CheckMethods() {
    if (Value("usepam") != "yes") {
      Add(Problem("sshd.use_pam", "UsePAM is not on",
                  "sshd asks PAM nothing then, and nobody can sign in with CIS2.", Set("UsePAM", "yes")));
    }
    if (Value("kbdinteractiveauthentication") != "yes") {
      Add(Problem("sshd.kbd_interactive", "KbdInteractiveAuthentication is not on",
                  "The link and the question for the six digits reach the operator by this method alone.",
                  Set("KbdInteractiveAuthentication", "yes")));
    }
    if (Value("passwordauthentication") == "yes") {
      Add(Advice("sshd.password", "PasswordAuthentication is on",
                 "ssh asks for a password after a refusal, which cannot succeed here; in a PAM stack with a "
                 "fallback it can while the broker is away.",
                 Set("PasswordAuthentication", "no")));
    }
    const std::string methods = Value("authenticationmethods");
    if (!methods.empty() && methods != "any" && methods.find("keyboard-interactive") == std::string::npos) {
      Add(Problem(
          "sshd.authentication_methods",
          "AuthenticationMethods is " + base::Printable(methods, 200) + ", without keyboard-interactive",
          "A login that sshd admits by these methods never reaches the CIS2 sign-in.",
          Set("AuthenticationMethods", "any")));
    }
  }

  // [host] sshd_login_grace is what the broker believes; a login ends 5 s before that.
  void CheckGrace() {
    const int real = LeadingNumber(Value("logingracetime"));
    const seconds believed = c_.host.sshd_login_grace;
    if (real < 0 || seconds{real} == believed) {
      return;
    }
    const std::string says = "LoginGraceTime of sshd is " +
                             (real == 0 ? std::string("off") : config::FormatDuration(seconds{real})) +
                             ", and [host] sshd_login_grace says " + config::FormatDuration(believed);
    const Mend broker = Setting(c_, "host.sshd_login_grace", Quoted(config::FormatDuration(seconds{real})));
    if (!IsGraceEnough(seconds{real}, believed)) {
      Add(Problem("sshd.login_grace", says,
                  "sshd cuts the connection while the operator is still in the browser, and says nothing.",
                  believed == seconds{0} ? broker : Set("LoginGraceTime", std::to_string(believed.count()))));
      return;
    }
    Add(Advice("sshd.login_grace", says,
               "Logins end earlier than they would have to; the limit of the broker is the shorter one.",
               broker));
  }

  // "start:rate:full" of logins that are not through yet. Each waits for a person here, not for a password.
  void CheckStartups() {
    const std::string value = Value("maxstartups");
    const int start = LeadingNumber(value);
    const int full = LeadingNumber(value.substr(value.rfind(':') + 1));
    if (start >= 0 && start < kEnoughStartups) {
      Add(Advice("sshd.max_startups", "MaxStartups is " + base::Printable(value),
                 "With " + std::to_string(start) +
                     " people in their browsers sshd begins to refuse others at random, who see no reason.",
                 Set("MaxStartups", std::string(kMaxStartups))));
    } else if (full >= c_.limits.pending_total) {
      Add(Advice("sshd.max_startups_total",
                 "MaxStartups lets " + std::to_string(full) + " logins wait, [limits] pending_total " +
                     std::to_string(c_.limits.pending_total),
                 "When they are full, the broker gives up a login that waits in favour of a new one.",
                 Setting(c_, "limits.pending_total", std::to_string(full + 100))));
    }
  }

  void CheckTries() {
    const int tries = LeadingNumber(Value("maxauthtries"));
    if (tries >= 0 && tries < kEnoughTries) {
      Add(Advice("sshd.max_auth_tries", "MaxAuthTries is " + std::to_string(tries),
                 "Each key that an ssh agent offers in vain is one try, so sshd may hang up before it asks "
                 "for the sign-in. Wrong digits cost none; a refused login costs one.",
                 Set("MaxAuthTries", "6")));
    }
  }

  // From OpenSSH 9.8 on.
  void CheckPenalties() {
    const std::string penalties = Value("persourcepenalties");
    const std::string exempt = Value("persourcepenaltyexemptlist");
    if (penalties.empty() || penalties == "no" || (!exempt.empty() && exempt != "none")) {
      return;
    }
    Add(Advice("sshd.penalties", "PerSourcePenalties is on and PerSourcePenaltyExemptList is empty",
               "A few refused or abandoned sign-ins from one address shut everybody out who comes from it: "
               "where many share one (a bastion, NAT), name that address in place of 127.0.0.1.",
               Set("PerSourcePenaltyExemptList", "127.0.0.1")));
  }

  void CheckKeyFirst() {
    const auto grant = std::ranges::find_if(c_.grants, IsRequireKey);
    const std::string methods = Value("authenticationmethods");
    if (grant == c_.grants.end() || methods.find("publickey,keyboard-interactive") != std::string::npos) {
      return;
    }
    Add(Problem(
        "sshd.key_first",
        "grant \"" + base::Printable(grant->name) +
            "\" needs a public key besides the sign-in, and AuthenticationMethods does not ask for both",
        "With a key alone sshd lets people in without a sign-in, and without one this grant never "
        "matches.",
        Set("AuthenticationMethods", "publickey,keyboard-interactive")));
  }

  void CheckInclude() {
    if (f_.config != kSshdConfig || HasInclude()) {
      return;
    }
    Add(Advice("sshd.no_include", std::string(kSshdConfig) + " does not include sshd_config.d",
               "Files in that folder have no effect, those that cis2ctl enable writes among them.",
               InsertAbove(kSshdConfig, 1, kIncludeLine, kReload)));
  }

  // The first value of a keyword counts: a later file cannot change what an earlier one said.
  void CheckOverridden() {
    static constexpr std::array<std::string_view, 6> kKeywords = {
        "usepam",      "kbdinteractiveauthentication", "passwordauthentication", "logingracetime",
        "maxstartups", "authenticationmethods"};
    for (const std::string_view keyword : kKeywords) {
      const SshdLine* first = nullptr;
      for (const SshdLine& line : f_.lines) {
        if (line.keyword != keyword || line.in_match) {
          continue;
        }
        if (first == nullptr) {
          first = &line;
        } else if (!base::EqualWithoutCase(first->value, line.value) && IsForCis2(line)) {
          AddOverridden(*first, line);
          break;
        }
      }
    }
  }

  void AddOverridden(const SshdLine& first, const SshdLine& late) {
    const std::string folder = late.file.substr(0, late.file.rfind('/') + 1);
    const std::string renamed = folder + EarlierName(FileName(late), FileName(first));
    const Mend mend = IsDropIn(first) ? Command("mv " + late.file + " " + renamed + " && " + kReload)
                                      : InsertAbove(first.file, 1, kIncludeLine, kReload);
    Add(Advice("sshd.overridden",
               Place(late) + " sets " + late.keyword + " to " + base::Printable(late.value) +
                   ", but it stays " + base::Printable(first.value),
               "sshd takes the first value that it reads, and that is in " + Place(first) + ".", mend));
  }

  void CheckReload() {
    if (f_.newest && f_.loaded && *f_.loaded < *f_.newest) {
      Add(Problem("sshd.reload", "sshd has not read its files since they were changed",
                  "What is checked here counts for new logins only after a reload.", Command(kReload)));
    }
  }

  const config::Config& c_;
  const SshdFacts& f_;
  Findings findings_;
};

}  // namespace

Findings JudgeSshdSignIn(const config::Config& config, const SshdFacts& facts) {
  return Sshd(config, facts).JudgeSignIn();
}

Findings JudgeSshd(const config::Config& config, const SshdFacts& facts) {
  return Sshd(config, facts).Judge();
}

}  // namespace cis2::ctl::doctor
