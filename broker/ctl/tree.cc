#include "broker/ctl/tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <glob.h>
#include <sstream>
#include <sys/stat.h>

namespace cis2::ctl {
namespace {

constexpr std::size_t kMaxFile = 1024UL * 1024;

}  // namespace

std::optional<std::string> Tree::Read(const std::string& path) const {
  std::error_code error;
  if (!std::filesystem::is_regular_file(root_ + path, error)) {
    return std::nullopt;
  }
  std::ifstream file(root_ + path, std::ios::binary);
  std::string text(kMaxFile, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || !file.is_open()) {
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

bool Tree::Has(const std::string& path) const {
  std::error_code error;
  return std::filesystem::exists(root_ + path, error);
}

std::vector<std::string> Tree::Names(const std::string& folder) const {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entries(root_ + folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    std::error_code unknown;
    if (entries->is_regular_file(unknown)) {
      names.push_back(entries->path().filename().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> Tree::Glob(const std::string& pattern) const {
  std::vector<std::string> paths;
  glob_t found{};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): cis2ctl has one thread
  if (::glob((root_ + pattern).c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      paths.push_back(std::string(found.gl_pathv[i]).substr(root_.size()));
    }
  }
  ::globfree(&found);
  return paths;
}

std::optional<long> Tree::Written(const std::string& path) const {
  struct stat st{};
  return ::stat((root_ + path).c_str(), &st) == 0 ? std::optional<long>(st.st_mtime) : std::nullopt;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> Words(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    words.push_back(word);
  }
  return words;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

}  // namespace cis2::ctl
