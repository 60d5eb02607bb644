#include "broker/ctl/pam_file.h"

#include "broker/base/documents.h"
#include "broker/base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace cis2::ctl {
namespace {

using base::Fail;
using base::Result;

constexpr std::size_t kMaxSize = 64UL * 1024;
constexpr std::string_view kBlanks = " \t\r\v\f";

// A rule as libpam reads it: lines joined where a backslash ends them, without the comment.
struct Rule {
  std::size_t begin = 0;  // of its first line in the text
  int line = 0;
  std::string type;     // auth, account, password, session, or "@include"
  std::string control;  // sufficient, [success=1 default=ignore], include; empty for @include
  std::string target;   // the module, or the file to include
};

std::string_view WithoutFolder(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view NextLine(std::string_view text, std::size_t at) {
  return text.substr(at, text.find('\n', at) - at);
}

// The next word; a control in brackets is one, whatever blanks it has.
std::string TakeWord(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
  std::size_t end = rest.find_first_of(kBlanks);
  if (rest.starts_with('[')) {
    const std::size_t bracket = rest.find(']');
    end = bracket == std::string_view::npos ? bracket : bracket + 1;
  }
  std::string word(rest.substr(0, end));
  rest.remove_prefix(std::min(word.size(), rest.size()));
  return word;
}

Rule ParseRule(std::string_view joined, std::size_t begin, int line) {
  Rule rule{.begin = begin, .line = line, .type = TakeWord(joined), .control = "", .target = ""};
  if (rule.type != "@include") {
    rule.type.erase(0, rule.type.starts_with('-') ? 1 : 0);
    std::ranges::transform(rule.type, rule.type.begin(), base::AsciiLower);
    rule.control = TakeWord(joined);
    std::ranges::transform(rule.control, rule.control.begin(), base::AsciiLower);
  }
  rule.target = TakeWord(joined);
  return rule;
}

std::vector<Rule> ParseRules(std::string_view text) {
  std::vector<Rule> rules;
  int line = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const int first_line = ++line;
    std::string joined(NextLine(text, at));
    at += joined.size() + 1;
    // libpam drops a comment line before it looks for a backslash at its end.
    const bool comment = joined.find_first_not_of(kBlanks) == joined.find('#');
    while (!comment && joined.ends_with('\\') && at < text.size()) {
      joined.back() = ' ';
      const std::string_view more = NextLine(text, at);
      joined += more;
      at += more.size() + 1;
      ++line;
    }
    joined.erase(std::min(joined.find('#'), joined.size()));
    if (joined.find_first_not_of(kBlanks) != std::string::npos) {
      rules.push_back(ParseRule(joined, begin, first_line));
    }
  }
  return rules;
}

template <class Names>
bool IsOneOf(std::string_view name, const Names& names) {
  return std::ranges::find(names, name) != names.end();
}

// Debian's files for one kind of rule, which have no rule of another kind.
bool IncludesOnly(const Rule& rule, std::string_view kind) {
  return rule.type == "@include" && WithoutFolder(rule.target).starts_with("common-" + std::string(kind));
}

bool HasAuth(const Rule& rule) {
  return rule.type == "auth" || (rule.type == "@include" && !IncludesOnly(rule, "account") &&
                                 !IncludesOnly(rule, "session") && !IncludesOnly(rule, "password"));
}

bool HasAccount(const Rule& rule) {
  return rule.type == "account" || (rule.type == "@include" && !IncludesOnly(rule, "auth") &&
                                    !IncludesOnly(rule, "session") && !IncludesOnly(rule, "password"));
}

// Modules that never ask anybody for anything: a rule with one may stay above the block.
bool AsksNothing(const Rule& rule) {
  static constexpr std::array<std::string_view, 10> kModules = {
      "pam_env.so",     "pam_faildelay.so", "pam_group.so",     "pam_issue.so",  "pam_mail.so",
      "pam_nologin.so", "pam_rootok.so",    "pam_securetty.so", "pam_shells.so", "pam_wheel.so"};
  return rule.type == "auth" && IsOneOf(WithoutFolder(rule.target), kModules);
}

// Whether a rule can make libpam leave out rules that follow it, ours too.
bool MayLeaveOutOthers(const Rule& rule) {
  const std::string& control = rule.control;
  return control == "sufficient" || control.find("done") != std::string::npos ||
         (control.starts_with('[') && control.find_first_of("123456789") != std::string::npos);
}

// "su without a password" is what pam_rootok is for: root stays root.
bool IsRootOk(const Rule& rule) {
  return rule.control == "sufficient" && WithoutFolder(rule.target) == "pam_rootok.so";
}

std::unexpected<base::Error> Refuse(const std::string& path, int line, const std::string& why) {
  return Fail(path + (line > 0 ? ":" + std::to_string(line) : "") + ": " + why);
}

Result<void> CheckRuleForms(const std::vector<Rule>& rules, const std::string& path) {
  static constexpr std::array<std::string_view, 5> kTypes = {"auth", "account", "password", "session",
                                                             "@include"};
  for (const Rule& rule : rules) {
    if (!IsOneOf(rule.type, kTypes) || rule.target.empty() ||
        (rule.control.starts_with('[') && !rule.control.ends_with(']'))) {
      return Refuse(path, rule.line,
                    "this line is not understood, so nothing is changed. Mend it, or put the lines in by "
                    "hand: " CIS2_DOCUMENTS "local-services.md");
    }
  }
  return {};
}

// What stands above the block must neither let anybody past it nor count on how many lines follow.
Result<void> CheckAbove(const std::vector<Rule>& rules, std::size_t begin, const std::string& path) {
  for (const Rule& rule : rules) {
    if (rule.begin >= begin) {
      break;
    }
    if ((rule.type == "auth" || rule.type == "account") && MayLeaveOutOthers(rule) && !IsRootOk(rule)) {
      return Refuse(
          path, rule.line,
          "this " + rule.type + " line (" + base::Printable(rule.control + " " + rule.target) +
              ") can leave out what follows it, the sign-in with CIS2 too. Remove it, or put the lines "
              "in by hand: " CIS2_DOCUMENTS "local-services.md");
    }
  }
  return {};
}

Result<std::size_t> PlaceForBlock(const std::vector<Rule>& rules, const std::string& path) {
  const auto asks =
      std::ranges::find_if(rules, [](const Rule& rule) { return HasAuth(rule) && !AsksNothing(rule); });
  if (asks == rules.end()) {
    return Refuse(path, 0,
                  "no auth line asks for anything, so there is no place for the sign-in. Put the lines in by "
                  "hand: " CIS2_DOCUMENTS "local-services.md");
  }
  if (std::ranges::none_of(rules, HasAccount)) {
    return Refuse(
        path, 0,
        "there is no account line, so /etc/pam.d/other counts, and would no longer with a line of ours. Add "
        "'@include common-account' at its end first");
  }
  CIS2_CHECK(CheckAbove(rules, asks->begin, path));
  return asks->begin;
}

// The rules for root and the rescue group: past the one rule of this type that follows.
std::string Jumps(std::string_view type, const PamChange& change) {
  const std::string start(type);
  if (change.rescue_group.empty()) {
    return start + "\t[success=1 default=ignore]\tpam_succeed_if.so quiet uid eq 0\n";
  }
  return start + "\t[success=2 default=ignore]\tpam_succeed_if.so quiet uid eq 0\n" + start +
         "\t[success=1 default=ignore]\tpam_succeed_if.so quiet user ingroup " + change.rescue_group + "\n";
}

std::vector<std::size_t> LinesThatBegin(std::string_view text, std::string_view with) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at < text.size(); at += NextLine(text, at).size() + 1) {
    if (text.substr(at).starts_with(with)) {
      found.push_back(at);
    }
  }
  return found;
}

}  // namespace

bool IsGroupName(std::string_view name) { return base::IsAccountName(name); }

std::string PamBlock(const PamChange& change) {
  const std::string module = "pam_cis2.so" + (change.socket.empty() ? "" : " socket=" + change.socket);
  std::string text =
      std::string(kBlockBegin) + ": \"cis2ctl disable " + change.service + "\" takes it out again\n";
  text += "# root" + (change.rescue_group.empty() ? "" : " and the group " + change.rescue_group) +
          ": as before, by the lines below, also with the broker stopped.\n";
  text += Jumps("auth", change);
  text += change.fallback
              ? "# Everybody else: NHS CIS2; as before only while broker or provider cannot be reached.\n"
              : "# Everybody else: NHS CIS2, and nothing below.\n";
  text += std::string("auth\t[success=done ") + (change.fallback ? "authinfo_unavail=ignore " : "") +
          "default=die]\t" + module + "\n";
  if (change.refuse_others) {
    text += Jumps("account", change);
  }
  text += "account\trequired\t" + module + (change.refuse_others ? " others=refuse" : "") + "\n";
  return text + std::string(kBlockEnd) + "\n";
}

Result<std::string> WithPamBlock(std::string_view text, const PamChange& change, const std::string& path) {
  if (text.size() > kMaxSize || text.find('\0') != std::string_view::npos) {
    return Refuse(path, 0, "this is no PAM file of at most 64 KiB");
  }
  if (NamesOurModule(text)) {
    return Refuse(path, 0, "pam_cis2.so is in it already, put there by hand. Take those lines out first");
  }
  const std::vector<Rule> rules = ParseRules(text);
  CIS2_CHECK(CheckRuleForms(rules, path));
  CIS2_TRY(const std::size_t place, PlaceForBlock(rules, path));
  return std::string(text.substr(0, place)) + PamBlock(change) + std::string(text.substr(place));
}

bool HasBlock(std::string_view text) { return !LinesThatBegin(text, kBlockBegin).empty(); }

Result<std::string> WithoutBlock(std::string_view text, const std::string& path) {
  const auto begins = LinesThatBegin(text, kBlockBegin);
  const auto ends = LinesThatBegin(text, kBlockEnd);
  if (begins.empty() && ends.empty()) {
    return std::string(text);
  }
  if (begins.size() != 1 || ends.size() != 1 || ends.front() < begins.front()) {
    return Refuse(path, 0,
                  "the lines '" + std::string(kBlockBegin) + "' and '" + std::string(kBlockEnd) +
                      "' do not belong together any more. Take out what is between them by hand");
  }
  const std::size_t behind = std::min(ends.front() + NextLine(text, ends.front()).size() + 1, text.size());
  return std::string(text.substr(0, begins.front())) + std::string(text.substr(behind));
}

bool NamesOurModule(std::string_view text) {
  return std::ranges::any_of(ParseRules(text), [](const Rule& rule) {
    return WithoutFolder(rule.target) == "pam_cis2.so" || WithoutFolder(rule.target) == "cis2-auth";
  });
}

bool TakesAuthFrom(std::string_view text, std::string_view service) {
  const std::vector<Rule> rules = ParseRules(text);
  const auto comes_from = [&](const Rule& rule) {
    const bool includes = rule.type == "@include" || rule.control == "include" || rule.control == "substack";
    return includes && WithoutFolder(rule.target) == service;
  };
  return std::ranges::any_of(rules, [&](const Rule& rule) { return HasAuth(rule) && comes_from(rule); }) &&
         std::ranges::all_of(rules, [&](const Rule& rule) { return !HasAuth(rule) || comes_from(rule); });
}

}  // namespace cis2::ctl
