#include "broker/policy/policy.h"

#include <algorithm>

namespace cis2::policy {
namespace {

constexpr std::size_t kMaxWord = 255;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// The words of a line up to a comment.
std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = std::find_if_not(line.begin(), line.end(), IsBlank);
    line.remove_prefix(static_cast<std::size_t>(begin - line.begin()));
    if (line.empty() || line.front() == '#') {
      return words;
    }
    const auto end = std::find_if(line.begin(), line.end(), IsBlank);
    words.push_back(line.substr(0, static_cast<std::size_t>(end - line.begin())));
    line.remove_prefix(words.back().size());
  }
}

bool IsWord(std::string_view word) {
  return word.size() <= kMaxWord &&
         std::all_of(word.begin(), word.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::unexpected<std::string> LineError(std::size_t line, const std::string& what) {
  return std::unexpected("line " + std::to_string(line) + ": " + what);
}

}  // namespace

std::expected<AccountMap, std::string> AccountMap::Parse(std::string_view text) {
  AccountMap map;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto words = Words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty()) {
      continue;
    }
    // The words themselves stay out of the message: a line of another form may hold anything.
    if (!std::all_of(words.begin(), words.end(), IsWord)) {
      return LineError(
          line, "a character that is not printable ASCII (a Windows line end?), or a word of more than 255");
    }
    if (words.size() != 2) {
      return LineError(line, "expected two words, `account sub`, found " + std::to_string(words.size()));
    }
    if (!map.sub_of_account_.emplace(words[0], words[1]).second) {
      return LineError(line, "the account " + std::string(words[0]) + " is given twice");
    }
    if (!map.account_of_sub_.emplace(words[1], words[0]).second) {
      return LineError(line, "the sub " + std::string(words[1]) + " is given twice");
    }
  }
  return map;
}

bool AccountMap::Allows(std::string_view account, std::string_view sub) const {
  const auto it = sub_of_account_.find(account);
  return it != sub_of_account_.end() && it->second == sub;
}

bool AccountMap::HasSub(std::string_view sub) const { return account_of_sub_.contains(sub); }

}  // namespace cis2::policy
