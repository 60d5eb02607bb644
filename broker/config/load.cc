#include "broker/config/load.h"

#include "broker/base/fd.h"
#include "broker/base/text.h"
#include "broker/config/beyond_ascii.h"
#include "broker/config/rows.h"
#include "broker/config/values.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cis2::config {
namespace {

constexpr std::size_t kMaxFile = 1024UL * 1024;
constexpr std::size_t kMaxMap = 16UL * 1024 * 1024;

// --- walking a file

std::string SectionOf(std::string_view key) { return std::string(key.substr(0, key.find('.'))); }
std::string NameOf(std::string_view key) { return std::string(key.substr(key.find('.') + 1)); }

std::vector<std::string> Sections() {
  std::vector<std::string> sections;
  for (const std::string& key : KnownKeys()) {
    if (sections.empty() || sections.back() != SectionOf(key)) {
      sections.push_back(SectionOf(key));
    }
  }
  return sections;
}

// What may be meant: a key of this section that is near, or this key of another one.
std::string Suggestion(const std::string& section, std::string_view name) {
  std::vector<std::string> here;
  std::string elsewhere;
  for (const std::string& key : KnownKeys()) {
    if (SectionOf(key) == section) {
      here.push_back(NameOf(key));
    } else if (NameOf(key) == name) {
      elsewhere = SectionOf(key);
    }
  }
  if (std::string meant = DidYouMean(name, here); !meant.empty()) {
    return meant;
  }
  return elsewhere.empty() ? "" : "; " + std::string(name) + " belongs to [" + elsewhere + "]";
}

// Counted from 1.
std::string_view LineOf(std::string_view text, std::size_t number) {
  for (; number > 1 && text.find('\n') != std::string_view::npos; --number) {
    text.remove_prefix(text.find('\n') + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string Found(const toml::node& node) {
  if (const auto* text = node.as_string(); text != nullptr) {
    if (HasBeyondAscii(text->get())) {
      return "a string with a character beyond ASCII in it";
    }
    // A PIN where it does not belong must not get into a log as well.
    return text->get().find("pin-value") != std::string::npos
               ? "a string with a PIN in it"
               : "the string \"" + base::Printable(text->get()) + "\"";
  }
  if (const auto* number = node.as_integer(); number != nullptr) {
    return "the number " + std::to_string(number->get());
  }
  if (const auto* boolean = node.as_boolean(); boolean != nullptr) {
    return boolean->get() ? "true" : "false";
  }
  if (const auto* array = node.as_array(); array != nullptr) {
    return array->empty() ? "an empty list" : "a list";
  }
  return node.is_table()            ? "a table"
         : node.is_floating_point() ? "a number with a fraction"
                                    : "a date or time";
}

// toml++ shows a line's end as "\n" itself: its backslash stays one.
std::string WithBackslashes(std::string text) {
  static constexpr std::string_view kEscaped = "\\x5c";
  for (auto at = text.find(kEscaped); at != std::string::npos; at = text.find(kEscaped, at + 1)) {
    text.replace(at, kEscaped.size(), "\\");
  }
  return text;
}

class FileReader {
 public:
  FileReader(std::string file, Config& config, std::vector<Problem>& problems)
      : file_(std::move(file)), config_(config), problems_(problems) {}

  void Read(const std::string& text) {
    const std::string moved = MoveBeyondAscii(text);
    const toml::parse_result parsed = toml::parse(std::string_view(moved), std::string_view(file_));
    if (!parsed) {
      AddSyntax(text, parsed.error());
      return;
    }
    for (const auto& [key, node] : parsed.table()) {
      const std::string section(key.str());
      if (section == "grant") {
        ReadGrants(node);
      } else if (const auto sections = Sections();
                 std::find(sections.begin(), sections.end(), section) == sections.end()) {
        UnknownSection(key, node, sections);
      } else if (const auto* table = node.as_table(); table != nullptr) {
        ReadTable(section, section, *table, ConfigRows(), config_);
      } else {
        Add(node.source(), section + ": expected a section [" + section + "], found " + Found(node));
      }
    }
  }

 private:
  [[nodiscard]] Place PlaceOf(const toml::source_region& source) const {
    return {file_, static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
  }
  void Add(const toml::source_region& source, std::string message) {
    problems_.push_back({PlaceOf(source), std::move(message)});
  }
  void AddSyntax(std::string_view text, const toml::parse_error& error) {
    Add(error.source(),
        WithBackslashes(base::Printable(error.description(), 512)) +
            (HasBeyondAscii(LineOf(text, error.source().begin.line))
                 ? "; characters beyond ASCII, such as typographic quotation marks, belong in "
                   "comments alone"
                 : ""));
  }

  void UnknownSection(const toml::key& key, const toml::node& node,
                      const std::vector<std::string>& sections) {
    if (HasBeyondAscii(key.str())) {
      Add(key.source(), "unknown section with a character beyond ASCII in its name");
      return;
    }
    const std::string nearest = Nearest(key.str(), sections);
    const std::string name = base::Printable(key.str());
    Add(key.source(),
        (node.is_table() || node.is_array() ? "unknown section [" + name + "]"
                                            : "unknown key " + name + " outside of any section") +
            (nearest.empty() ? "" : "; did you mean [" + nearest + "]?"));
  }

  void ReadGrants(const toml::node& node) {
    const auto* array = node.as_array();
    if (array == nullptr || !array->is_array_of_tables()) {
      Add(node.source(), "grant: expected [[grant]] with two brackets, found " + Found(node));
      return;
    }
    for (const toml::node& item : *array) {
      const std::string place = "grant[" + std::to_string(config_.grants.size()) + "]";
      config_.places[place] = PlaceOf(item.source());
      policy::Grant grant;
      ReadTable("grant", place, *item.as_table(), GrantRows(), grant);
      config_.grants.push_back(std::move(grant));
    }
  }

  template <class Destination>
  void ReadTable(const std::string& section, const std::string& place, const toml::table& table,
                 const std::vector<Row<Destination>>& rows, Destination& destination) {
    for (const auto& [key, node] : table) {
      const std::string name = section + "." + std::string(key.str());
      const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.key == name; });
      if (row == rows.end()) {
        Add(key.source(), HasBeyondAscii(name)
                              ? "unknown key with a character beyond ASCII in it"
                              : "unknown key " + base::Printable(name) + Suggestion(section, key.str()));
        continue;
      }
      if (const toml::node* wrong = row->store(node, destination); wrong != nullptr) {
        Add(wrong->source(), name + ": expected " + row->expected + "; found " + Found(*wrong));
        continue;
      }
      config_.places[place + "." + std::string(key.str())] = PlaceOf(node.source());
    }
  }

  std::string file_;
  Config& config_;
  std::vector<Problem>& problems_;
};

// --- finding the files

base::Result<void> CheckFolder(const std::string& folder) {
  struct stat st{};
  if (::stat(folder.c_str(), &st) != 0) {
    return base::FailErrno("cannot read the state of " + folder, errno);
  }
  if ((st.st_uid != 0 && st.st_uid != ::geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return base::Fail(folder + " may be written by others than root: chown root '" + folder +
                      "'; chmod go-w '" + folder + "'");
  }
  return {};
}

// The *.toml files of the folder, by name. A folder that is not there has none.
base::Result<std::vector<std::string>> DropIns(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error == std::errc::no_such_file_or_directory) {
    return std::vector<std::string>{};
  }
  if (error) {
    return base::Fail("cannot read the folder " + folder + ": " + error.message());
  }
  CIS2_CHECK(CheckFolder(folder));
  std::vector<std::string> files;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.ends_with(".toml") && !name.starts_with('.')) {
      files.push_back(folder + "/" + name);
    }
  }
  if (error) {
    return base::Fail("cannot read the folder " + folder + ": " + error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string DropInFolder(std::string path) {
  static constexpr std::string_view kSuffix = ".toml";
  if (path.ends_with(kSuffix)) {
    path.resize(path.size() - kSuffix.size());
  }
  return path + ".d";
}

void ReadMaps(Config& config, std::vector<Problem>& problems) {
  for (std::size_t i = 0; i < config.grants.size(); ++i) {
    policy::Grant& grant = config.grants[i];
    if (grant.map_file.empty()) {
      continue;
    }
    auto map = LoadMap(grant.map_file);
    if (map) {
      grant.map = *std::move(map);
    } else {
      problems.push_back(
          {config.places["grant[" + std::to_string(i) + "].map"], "grant.map: " + map.error().message});
    }
  }
}

void GiveNetworks(Config& config) {
  for (policy::Grant& grant : config.grants) {
    grant.networks = config.host.networks;
  }
}

}  // namespace

std::string Format(const Problem& p) {
  std::string text = p.place.file;
  if (p.place.line > 0) {
    text += ":" + std::to_string(p.place.line) + ":" + std::to_string(p.place.column);
  }
  return text.empty() ? p.message : text + ": " + p.message;
}

LoadResult LoadFile(const std::string& path) {
  std::error_code error;
  const std::string main = std::filesystem::absolute(path, error).lexically_normal().string();
  std::vector<Problem> problems;
  std::vector<std::string> files = {main};
  if (auto drop_ins = DropIns(DropInFolder(main)); drop_ins) {
    files.insert(files.end(), drop_ins->begin(), drop_ins->end());
  } else {
    problems.push_back({{}, drop_ins.error().message});
  }
  Config config;
  config.places[""] = {main, 0, 0};
  for (const std::string& file : files) {
    const auto text = base::ReadTrustedFile(file, base::Privacy::kPublic, kMaxFile);
    if (text) {
      FileReader(file, config, problems).Read(*text);
    } else {
      problems.push_back({{}, text.error().message});
    }
  }
  ReadMaps(config, problems);
  GiveNetworks(config);
  return problems.empty() ? LoadResult(std::move(config)) : std::unexpected(std::move(problems));
}

base::Result<std::shared_ptr<const policy::AccountMap>> LoadMap(const std::string& path) {
  CIS2_TRY(const std::string text, base::ReadTrustedFile(path, base::Privacy::kPublic, kMaxMap));
  auto map = policy::AccountMap::Parse(text);
  if (!map) {
    return base::Fail(path + ", " + map.error());
  }
  return std::make_shared<const policy::AccountMap>(*std::move(map));
}

LoadResult LoadText(const std::string& text, const std::string& file_name) {
  Config config;
  std::vector<Problem> problems;
  FileReader(file_name, config, problems).Read(text);
  GiveNetworks(config);
  return problems.empty() ? LoadResult(std::move(config)) : std::unexpected(std::move(problems));
}

std::vector<std::string> KnownKeys() {
  std::vector<std::string> keys;
  for (const auto& row : ConfigRows()) {
    keys.push_back(row.key);
  }
  for (const auto& row : GrantRows()) {
    keys.push_back(row.key);
  }
  return keys;
}

}  // namespace cis2::config
