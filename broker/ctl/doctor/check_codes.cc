#include "broker/ctl/doctor/check_codes.h"

#include "broker/base/clock.h"
#include "broker/base/text.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sys/stat.h>
#include <utility>

namespace cis2::ctl::doctor {
namespace {

using breakglass::Entry;
using breakglass::State;
using std::chrono::days;

// docs/break-glass.md: a look two weeks before they end.
constexpr days kSoon{14};
// Longer than that nobody knows any more who has seen the envelope.
constexpr days kOld{180};
constexpr std::uint32_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr std::uint32_t kOthers = S_IRWXG | S_IRWXO;

constexpr const char* kWhyCodes =
    "While CIS2 cannot be reached no operator signs in; who has no code then needs a rescue group, an SSH "
    "key or "
    "the console.";

Mend MakeFor(const std::string& account) {
  return Command("cis2ctl break-glass make --account " + base::ShownName(account));
}

std::string Date(breakglass::Time time) { return base::FormatWallTime(time).substr(0, 10); }

// What there is of one account.
struct Codes {
  std::vector<const Entry*> ready;
  bool ended = false;  // one was used, or its time was over
};

class Emergency {
 public:
  Emergency(const config::Config& config, const CodesFacts& facts) : c_(config), f_(facts) {}

  Findings Judge() {
    if (!f_.owner || CheckFolder() || CheckFile()) {
      return std::move(findings_);
    }
    std::map<std::string, Codes> accounts;
    for (const Entry& entry : f_.ledger) {
      Codes& codes = accounts[entry.account];
      const State state = breakglass::StateOf(entry, f_.now);
      if (state == State::kReady) {
        codes.ready.push_back(&entry);
      }
      codes.ended = codes.ended || state == State::kUsed || state == State::kExpired;
    }
    for (const auto& [account, codes] : accounts) {
      CheckAccount(account, codes);
    }
    if (findings_.empty() &&
        std::ranges::all_of(accounts, [](const auto& each) { return each.second.ready.empty(); })) {
      AddNone();
    }
    return std::move(findings_);
  }

 private:
  void Add(Finding finding) { findings_.push_back(std::move(finding)); }

  // True if something is wrong with it, so that no look at what is in there helps.
  bool CheckFolder() {
    const FileState& folder = f_.folder;
    if (folder.exists && folder.uid == *f_.owner && (folder.mode & kOthersWrite) == 0) {
      return false;
    }
    const std::string path = std::filesystem::path(c_.break_glass.file).parent_path();
    const std::string& user = c_.host.user;
    Add(Problem(
        "codes.folder",
        "the folder of the emergency codes, " + path + ", " +
            (folder.exists ? "is not for " + user + " alone to write in" : "is not there"),
        "The broker marks a code as used there before it lets anybody in by it, and takes none where it "
        "cannot, or where others could put codes of their own.",
        Command("install -d -o " + user + " -m 0700 '" + path + "'")));
    return true;
  }

  bool CheckFile() {
    const std::string& path = c_.break_glass.file;
    if (f_.file.exists && (f_.file.uid != *f_.owner || (f_.file.mode & kOthers) != 0)) {
      Add(Problem("codes.file",
                  "the file of the emergency codes, " + path + ", is not for " + c_.host.user + " alone",
                  "The broker takes no code as long as others could have written into it.",
                  Command("chown " + c_.host.user + " '" + path + "' && chmod 0600 '" + path + "'")));
      return true;
    }
    if (!f_.problem.empty()) {
      Add(Problem("codes.unreadable", f_.problem,
                  "Every code there is, on whatever paper, is worth nothing. Make new ones then.",
                  Command("mv '" + path + "' '" + path + ".unusable'")));
      return true;
    }
    return false;
  }

  void CheckAccount(const std::string& account, const Codes& codes) {
    const std::string name = base::ShownName(account);
    const bool known = f_.known.contains(account);
    if (codes.ready.empty()) {
      if (codes.ended && known) {
        Add(Advice("codes.used_up",
                   "no emergency code of " + name + " is good any more: used, revoked or too old", kWhyCodes,
                   MakeFor(account)));
      }
      return;
    }
    if (!known) {
      Add(Advice("codes.no_account",
                 "there are emergency codes for " + name + ", an account that this host does not know",
                 "They are good for whoever gets that name next.",
                 Command("cis2ctl break-glass revoke --account " + name)));
      return;
    }
    CheckEnd(account, codes);
    CheckAge(account, codes);
  }

  void CheckEnd(const std::string& account, const Codes& codes) {
    const Entry& last =
        **std::ranges::max_element(codes.ready, {}, [](const Entry* entry) { return entry->valid_until; });
    if (last.valid_until - f_.now < kSoon) {
      Add(Advice(
          "codes.ends",
          "the last emergency code of " + base::ShownName(account) + " ends on " + Date(last.valid_until),
          kWhyCodes, MakeFor(account)));
    }
  }

  void CheckAge(const std::string& account, const Codes& codes) {
    std::string old;
    for (const Entry* entry : codes.ready) {
      old += f_.now - entry->made > kOld ? " " + entry->id : "";
    }
    if (!old.empty()) {
      Add(Advice(
          "codes.old",
          "emergency codes of " + base::ShownName(account) + " are over " + std::to_string(kOld.count()) +
              " days old:" + old,
          "The longer a sheet of paper lies somewhere, the more people may have seen it, and each lets "
          "them in.",
          Command("cis2ctl break-glass revoke" + old + " && " + MakeFor(account).command)));
    }
  }

  void AddNone() {
    Add(Advice("codes.none", "there are no emergency codes", kWhyCodes,
               f_.somebody.empty()
                   ? Elsewhere("for the account of somebody who is on call: cis2ctl break-glass "
                               "make --account NAME")
                   : MakeFor(f_.somebody)));
  }

  const config::Config& c_;
  const CodesFacts& f_;
  Findings findings_;
};

}  // namespace

Findings JudgeCodes(const config::Config& config, const CodesFacts& facts) {
  return Emergency(config, facts).Judge();
}

}  // namespace cis2::ctl::doctor
