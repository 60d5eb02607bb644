// Every key the loader knows is in conf/broker.toml and in docs/configuration.md, with the default that the
// program has.

#include "broker/config/check.h"
#include "broker/config/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace cis2::config {
namespace {

const std::set<std::string> kWithoutDefault = {"provider.issuer", "provider.client_id", "web.public_url"};

std::string Read(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(CIS2_SOURCE_DIR) + "/" + name).rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

struct Line {
  std::string value;
  bool commented_out = false;
};

// The keys of conf/broker.toml, commented out or not, by their full name.
std::map<std::string, Line> KeysOfExample(std::vector<std::string>& twice) {
  static const std::regex section(R"(#?\[+(\w+)\]+)");
  static const std::regex key(R"((#?)(\w+) = (.*))");
  std::map<std::string, Line> keys;
  std::string in;
  std::istringstream lines(Read("conf/broker.toml"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, section)) {
      in = match[1];
    } else if (std::regex_match(line, match, key) &&
               !keys.emplace(in + "." + match[2].str(), Line{match[3], match[1].length() > 0}).second) {
      twice.push_back(in + "." + match[2].str());
    }
  }
  return keys;
}

// The rows of docs/configuration.md: key and the cell of its default, without the backticks.
std::map<std::string, std::string> KeysOfDocument() {
  static const std::regex row(R"(\| `(\w+\.\w+)` \| ([^|]*) \|.*)");
  std::map<std::string, std::string> keys;
  std::istringstream lines(Read("docs/configuration.md"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, row)) {
      std::string value = match[2];
      std::erase(value, '`');
      EXPECT_TRUE(keys.emplace(match[1], value).second) << match[1] << " is described twice";
    }
  }
  return keys;
}

template <class Map>
std::vector<std::string> Names(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) {
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> SortedKnownKeys() {
  auto keys = KnownKeys();
  std::sort(keys.begin(), keys.end());
  return keys;
}

// conf/broker.toml with every key in force.
std::string Uncommented() {
  static const std::regex line(R"((^|\n)#(\[\[grant\]\]|\w+ = ))");
  // Twice: neighbouring lines share the newline that the expression begins with.
  const std::string once = std::regex_replace(Read("conf/broker.toml"), line, "$1$2");
  return std::regex_replace(once, line, "$1$2");
}

TEST(SettingsLint, ExampleHasEveryKeyOnceAndNoOther) {
  std::vector<std::string> twice;
  EXPECT_EQ(Names(KeysOfExample(twice)), SortedKnownKeys());
  EXPECT_TRUE(twice.empty()) << twice.front();
}

TEST(SettingsLint, DocumentHasEveryKeyOnceAndNoOther) {
  EXPECT_EQ(Names(KeysOfDocument()), SortedKnownKeys());
}

TEST(SettingsLint, DocumentHasTheDefaultsOfTheExample) {
  static const std::set<std::string> examples = {"grant.name",      "grant.services", "grant.accounts",
                                                 "grant.operators", "grant.roles",    "grant.orgs",
                                                 "grant.activities"};
  std::vector<std::string> twice;
  const auto example = KeysOfExample(twice);
  for (const auto& [key, value] : KeysOfDocument()) {
    if (kWithoutDefault.contains(key)) {
      EXPECT_EQ(value, "none") << key;
    } else if (!examples.contains(key)) {
      EXPECT_EQ(value, example.at(key).value) << key;
    }
  }
}

TEST(SettingsLint, OnlyKeysWithoutDefaultAndTheGrantAreCommentedOut) {
  std::vector<std::string> twice;
  for (const auto& [key, line] : KeysOfExample(twice)) {
    EXPECT_EQ(line.commented_out, kWithoutDefault.contains(key) || key.starts_with("grant.")) << key;
  }
}

TEST(SettingsLint, EveryKeyOfTheExampleHasACommentAbove) {
  static const std::regex key(R"(#?(\w+) = .*)");
  std::istringstream lines(Read("conf/broker.toml"));
  std::string before;
  for (std::string line; std::getline(lines, line); before = line) {
    const bool is_key = std::regex_match(line, key);
    // roles, orgs and activities share theirs.
    EXPECT_TRUE(!is_key || before.starts_with("# ") || before.starts_with("#roles") ||
                before.starts_with("#orgs"))
        << line;
  }
}

TEST(SettingsLint, ExampleAsItIsLoadsToTheDefaults) {
  const auto loaded = LoadText(Read("conf/broker.toml"), "conf/broker.toml");
  ASSERT_TRUE(loaded.has_value()) << Format(loaded.error().front());
  EXPECT_TRUE(loaded->provider == Provider{});
  EXPECT_TRUE(loaded->web == Web{});
  EXPECT_TRUE(loaded->host == Host{});
  EXPECT_TRUE(loaded->limits == Limits{});
  EXPECT_TRUE(loaded->audit == Audit{});
  EXPECT_TRUE(loaded->metrics == Metrics{});
  EXPECT_TRUE(loaded->grants.empty());
  EXPECT_EQ(CheckRules(*loaded).size(), kWithoutDefault.size());
}

TEST(SettingsLint, ExampleWithEveryKeyInForceIsRightAndShowsTheDefaultsOfAGrant) {
  const auto loaded = LoadText(Uncommented(), "conf/broker.toml");
  ASSERT_TRUE(loaded.has_value()) << Format(loaded.error().front());
  const auto problems = CheckRules(*loaded);
  EXPECT_TRUE(problems.empty()) << Format(problems.front());
  ASSERT_EQ(loaded->grants.size(), 1U);
  const policy::Grant& shown = loaded->grants.front();
  const policy::Grant defaults;
  EXPECT_EQ(shown.map_file, defaults.map_file);
  EXPECT_EQ(shown.callers, defaults.callers);
  EXPECT_EQ(shown.min_ial, defaults.min_ial);
  EXPECT_EQ(shown.min_aal, defaults.min_aal);
  EXPECT_EQ(shown.max_auth_age, defaults.max_auth_age);
  EXPECT_EQ(shown.require_key, defaults.require_key);
  EXPECT_EQ(shown.allow_system_account, defaults.allow_system_account);
  EXPECT_TRUE(shown.client_networks.empty());
  EXPECT_TRUE(shown.browser_networks.empty());
  EXPECT_EQ(shown.same_network, defaults.same_network);
}

// The blocks of TOML in docs/configuration.md, in their order.
std::vector<std::string> BlocksOfDocument() {
  static const std::string begin = "```toml\n";
  const std::string document = Read("docs/configuration.md");
  std::vector<std::string> blocks;
  for (auto at = document.find(begin); at != std::string::npos; at = document.find(begin, at)) {
    at += begin.size();
    blocks.push_back(document.substr(at, document.find("```", at) - at));
  }
  return blocks;
}

// What the document shows can be copied, with what cannot have a default added.
TEST(SettingsLint, BlocksOfTheDocumentAreRight) {
  const std::string web = "[web]\npublic_url = \"https://server.example\"\n";
  const std::string provider =
      "[provider]\nissuer = \"" + std::string(kLiveIssuer) + "\"\nclient_id = \"x\"\n";
  const auto blocks = BlocksOfDocument();
  EXPECT_EQ(blocks.size(), 2U);
  for (const std::string& block : blocks) {
    const bool has_provider = block.find("[provider]") != std::string::npos;
    const auto loaded = LoadText(web + (has_provider ? "" : provider) + block, "docs/configuration.md");
    ASSERT_TRUE(loaded.has_value()) << Format(loaded.error().front());
    EXPECT_FALSE(loaded->grants.empty());
    const auto problems = CheckRules(*loaded);
    EXPECT_TRUE(problems.empty()) << Format(problems.front());
  }
}

}  // namespace
}  // namespace cis2::config
