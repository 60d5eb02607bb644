#include "broker/ctl/sshd_files.h"

#include "broker/base/text.h"

#include <algorithm>
#include <string_view>

namespace cis2::ctl {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::string_view kBlanks = " \t\r";

std::string Lower(std::string_view word) {
  std::string lower(word);
  std::ranges::transform(lower, lower.begin(), base::AsciiLower);
  return lower;
}

// "ChallengeResponseAuthentication" is what it was called before OpenSSH 8.7.
std::string KeywordOf(std::string_view word) {
  const std::string keyword = Lower(word);
  const bool old = keyword == "challengeresponseauthentication" || keyword == "skeyauthentication";
  return old ? "kbdinteractiveauthentication" : keyword;
}

class Reader {
 public:
  explicit Reader(const Tree& tree) : tree_(tree) {}

  void ReadFile(const std::string& path, bool in_match, int depth) {
    const auto text = tree_.Read(path);
    if (!text || depth > kMaxDepth) {
      return;
    }
    int number = 0;
    for (const std::string& line : Lines(*text)) {
      ++number;
      ReadLine(line, {.file = path, .number = number, .keyword = {}, .value = {}, .in_match = in_match},
               depth);
      // A Match goes on to the end of the file that it stands in.
      if (!lines_.empty() && lines_.back().file == path && lines_.back().keyword == "match") {
        in_match = true;
      }
    }
  }

  std::vector<SshdLine> Take() { return std::move(lines_); }

 private:
  void ReadLine(std::string_view text, SshdLine line, int depth) {
    text = text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty() || text.front() == '#') {
      return;
    }
    const std::size_t end = std::min(text.find_first_of(" \t="), text.size());
    line.keyword = KeywordOf(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(" \t="), text.size()));
    text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    line.value = std::string(text);
    lines_.push_back(line);
    if (line.keyword == "include") {
      for (const std::string& pattern : Words(line.value)) {
        const std::string whole = pattern.starts_with('/') ? pattern : "/etc/ssh/" + pattern;
        for (const std::string& path : tree_.Glob(whole)) {
          ReadFile(path, line.in_match, depth + 1);
        }
      }
    }
  }

  const Tree& tree_;
  std::vector<SshdLine> lines_;
};

}  // namespace

std::vector<SshdLine> ReadSshdFiles(const Tree& tree, const std::string& path) {
  Reader reader(tree);
  reader.ReadFile(path, /*in_match=*/false, 0);
  return reader.Take();
}

std::map<std::string, std::string> ParseSshdDump(const std::string& dump) {
  std::map<std::string, std::string> settings;
  for (const std::string& line : Lines(dump)) {
    const std::size_t blank = line.find(' ');
    if (blank != std::string::npos) {
      settings.emplace(line.substr(0, blank), line.substr(blank + 1));
    }
  }
  return settings;
}

}  // namespace cis2::ctl
