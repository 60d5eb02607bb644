#include "broker/ctl/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cis2::ctl {
namespace {

constexpr std::size_t kContext = 3;

// Lines with their newlines; the last one may have none.
std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

void Add(std::string& out, char mark, const std::vector<std::string_view>& lines, std::size_t from,
         std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    out += mark;
    out += lines[i];
    if (!lines[i].ends_with('\n')) {
      out += "\n\\ No newline at end of file\n";
    }
  }
}

std::string Range(std::size_t from, std::size_t to) {
  return std::to_string(to == from ? from : from + 1) + "," + std::to_string(to - from);
}

}  // namespace

std::string UnifiedDiff(std::string_view before, std::string_view after, const std::string& path) {
  if (before == after) {
    return "";
  }
  const auto a = Lines(before);
  const auto b = Lines(after);
  const auto first = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  std::size_t same = 0;  // lines at the end
  while (same < std::min(a.size(), b.size()) - first && a[a.size() - 1 - same] == b[b.size() - 1 - same]) {
    ++same;
  }
  const std::size_t from = first - std::min(first, kContext);
  const std::size_t tail = std::min(same, kContext);
  const std::size_t a_end = a.size() - same;
  const std::size_t b_end = b.size() - same;
  std::string out = "--- " + (before.empty() ? "/dev/null" : path) + "\n+++ " +
                    (after.empty() ? "/dev/null" : path) + "\n@@ -" + Range(from, a_end + tail) + " +" +
                    Range(from, b_end + tail) + " @@\n";
  Add(out, ' ', a, from, first);
  Add(out, '-', a, first, a_end);
  Add(out, '+', b, first, b_end);
  Add(out, ' ', a, a_end, a_end + tail);
  return out;
}

}  // namespace cis2::ctl
