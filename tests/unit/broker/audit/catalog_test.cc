// conf/journal/cis2-broker.catalog and docs/audit.schema.json against what the code sends.
#include "broker/audit/event.h"
#include "broker/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

namespace cis2::audit {
namespace {

// Every value of an enumeration that Name() knows, so that a new one is not forgotten here.
template <class Enum>
std::vector<Enum> Every() {
  std::vector<Enum> values;
  for (int i = 0; !Name(static_cast<Enum>(i)).empty(); ++i) {
    values.push_back(static_cast<Enum>(i));
  }
  return values;
}

std::string Read(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(CIS2_SOURCE_DIR) + "/" + name).rdbuf();
  return text.str();
}

// The least that an event of this kind has, as HostSide and LoginMachine make it.
Event Least(EventKind kind, Outcome outcome) {
  Event event;
  event.kind = kind;
  event.host = "server-a";
  if (kind == EventKind::kUncontinued) {
    event.count = 1;
    return event;
  }
  event.reference = "4G7K2-9QXD3";
  event.service = "sshd";
  event.account = "op1";
  const bool has_outcome = kind == EventKind::kOutcome || kind == EventKind::kAccount;
  if (has_outcome) {
    event.outcome = outcome;
    event.reason = reasons::Reason::kLoginExpired;
  } else {
    event.browser_addr = "192.0.2.9";
  }
  if (kind == EventKind::kSignedIn || (kind == EventKind::kOutcome && outcome == Outcome::kAllowed)) {
    event.sub = "656005750104";
  }
  if (kind == EventKind::kOutcome && outcome == Outcome::kAllowed) {
    event.grant = "imaging";
    event.reason = reasons::Reason::kNone;
  }
  return event;
}

std::vector<Event> EveryEvent() {
  std::vector<Event> events;
  for (const EventKind kind : Every<EventKind>()) {
    if (kind != EventKind::kOutcome) {
      events.push_back(Least(kind, Outcome::kRefused));
      continue;
    }
    for (const Outcome outcome : Every<Outcome>()) {
      events.push_back(Least(kind, outcome));
    }
  }
  return events;
}

// Each entry's text by its id.
std::map<std::string, std::string> Catalog() {
  static const std::regex head(R"(-- ([0-9a-f]{32}))");
  std::map<std::string, std::string> entries;
  std::string id;
  std::istringstream lines(Read("conf/journal/cis2-broker.catalog"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, head)) {
      id = match[1];
      EXPECT_FALSE(entries.contains(id)) << id << " is there twice";
      entries[id];
    } else if (!id.empty()) {
      entries[id] += line + "\n";
    }
  }
  return entries;
}

TEST(CatalogTest, ExplainsEveryMessageIdAndNoOther) {
  std::set<std::string> sent;
  for (const Event& event : EveryEvent()) {
    EXPECT_TRUE(sent.emplace(MessageId(event)).second) << Name(event.kind) << " shares its id";
  }
  std::set<std::string> explained;
  for (const auto& [id, text] : Catalog()) {
    explained.insert(id);
    EXPECT_THAT(text, testing::StartsWith("Subject: ")) << id;
  }
  EXPECT_EQ(explained, sent);
}

// journalctl fills in no field whose name has a digit, and all of ours have one.
TEST(CatalogTest, NamesNoFieldToFillIn) {
  for (const auto& [id, text] : Catalog()) {
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("@"))) << id;
  }
}

TEST(SchemaTest, HasEveryFieldEventAndOutcomeAndNoOther) {
  const auto schema = base::ParseJson(Read("docs/audit.schema.json"));
  ASSERT_TRUE(schema);
  const base::Json* properties = base::Member(*schema, "properties");
  ASSERT_NE(properties, nullptr);
  std::set<std::string> described;
  for (const auto& [name, rule] : properties->items()) {
    described.insert(name);
  }
  Event full = Least(EventKind::kOutcome, Outcome::kRefused);
  full.login_id = full.ruser = full.rhost = full.tty = full.auth_info = full.browser_addr = full.iss =
      full.sub = "x";
  full.acr = full.grant = full.code_id = full.detail = "x";
  full.amr = {"x"};
  full.ial = full.aal = full.count = 1;
  full.auth_time = std::chrono::sys_seconds{};
  std::set<std::string> written;
  for (const Field& field : Fields(full)) {
    written.emplace(field.name);
  }
  EXPECT_EQ(described, written);

  const auto words = [&](const char* property) {
    const base::Json* list = base::Member(*base::Member(*properties, property), "enum");
    std::set<std::string> found;
    for (const base::Json& word : *list) {
      found.insert(word.get<std::string>());
    }
    return found;
  };
  std::set<std::string> events, outcomes;
  for (const EventKind kind : Every<EventKind>()) {
    events.emplace(Name(kind));
  }
  for (const Outcome outcome : Every<Outcome>()) {
    outcomes.emplace(Name(outcome));
  }
  EXPECT_EQ(words("event"), events);
  EXPECT_EQ(words("outcome"), outcomes);
}

}  // namespace
}  // namespace cis2::audit
