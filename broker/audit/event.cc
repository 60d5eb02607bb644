#include "broker/audit/event.h"

#include "broker/base/shown.h"
#include "broker/base/text.h"

#include <nlohmann/json.hpp>

namespace cis2::audit {
namespace {

constexpr std::size_t kMaxField = 512;
constexpr std::size_t kMaxList = 32;

// Collects the fields that have a value.
class Collector {
 public:
  void Text(std::string_view name, std::string_view value) { Shown(name, base::Printable(value, kMaxField)); }
  void Shown(std::string_view name, std::string shown) {
    if (!shown.empty()) {
      fields_.push_back({name, std::move(shown)});
    }
  }
  void Number(std::string_view name, const std::optional<int>& value) {
    if (value) {
      fields_.push_back({name, *value});
    }
  }
  void List(std::string_view name, const std::vector<std::string>& values) {
    std::vector<std::string> list;
    for (const std::string& value : values) {
      if (list.size() < kMaxList) {
        list.push_back(base::Printable(value, kMaxField));
      }
    }
    if (!list.empty()) {
      fields_.push_back({name, std::move(list)});
    }
  }
  std::vector<Field> Take() { return std::move(fields_); }

 private:
  std::vector<Field> fields_;
};

std::string OrUnknown(std::string shown) { return shown.empty() ? "(unknown)" : std::move(shown); }

std::string Show(std::string_view s) { return OrUnknown(base::Printable(s, kMaxField)); }

std::string Browser(const Event& event) { return OrUnknown(base::ShownAddress(event.browser_addr)); }

// "the login of op1 by sshd from 192.0.2.7"
std::string LoginOf(const Event& event) {
  std::string text = "the login of " + OrUnknown(base::ShownName(event.account)) + " by " +
                     OrUnknown(base::ShownName(event.service));
  if (!event.rhost.empty()) {
    return text + " from " + base::ShownAddress(event.rhost);
  }
  return event.tty.empty() ? text : text + " on " + base::ShownTerminal(event.tty);
}

std::string OutcomeSentence(const Event& event) {
  std::string text =
      LoginOf(event) + " ended: " + std::string(event.outcome ? Name(*event.outcome) : "unknown");
  if (!event.grant.empty()) {
    text += " by grant \"" + Show(event.grant) + "\"";
  }
  if (event.reason != reasons::Reason::kNone) {
    text += ", " + std::string(reasons::Id(event.reason));
  }
  return event.sub.empty() ? text : text + ", operator " + Show(event.sub);
}

std::string Happening(const Event& event) {
  switch (event.kind) {
    case EventKind::kContinued:
      return "a browser at " + Browser(event) + " continued " + LoginOf(event);
    case EventKind::kSignedIn:
      return "operator " + Show(event.sub) + " signed in for " + LoginOf(event);
    case EventKind::kInUse:
      return "another browser, at " + Browser(event) + ", came for " + LoginOf(event);
    case EventKind::kOtherBrowser:
      return "ALARM: a sign-in came back in another browser, at " + Browser(event) + ", for " +
             LoginOf(event);
    case EventKind::kNotMe:
      return "ALARM: \"this was not me\" was pressed at " + Browser(event) + " for " + LoginOf(event);
    case EventKind::kBreakGlass:
      return "ALARM: the emergency code " + Show(event.code_id) + " was used for " + LoginOf(event);
    case EventKind::kOutcome:
      return OutcomeSentence(event);
    case EventKind::kAccount:
      return "the account phase of " + LoginOf(event) + " was answered " +
             std::string(event.outcome ? Name(*event.outcome) : "unknown");
    case EventKind::kUncontinued:
      return std::to_string(event.count.value_or(0)) + " logins ended that nobody had continued in a browser";
  }
  return "";
}

std::string_view MessageIdOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return "523e2b385ed243a4abd5b0b3c4798fa5";
    case Outcome::kRefused:
      return "dadd7a5eda35461eabc9a85e2d4f4411";
    case Outcome::kExpired:
      return "154de945d9e940488b961147138a1486";
    case Outcome::kCancelled:
      return "78535c346126472098905dd2b9ed5fa1";
    case Outcome::kUnavailable:
      return "e417118ba242417c830ea4b923637a95";
  }
  return "";
}

}  // namespace

std::string_view Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return "allowed";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kExpired:
      return "expired";
    case Outcome::kCancelled:
      return "cancelled";
    case Outcome::kUnavailable:
      return "unavailable";
  }
  return "";
}

std::string_view Name(EventKind kind) {
  switch (kind) {
    case EventKind::kContinued:
      return "browser.continued";
    case EventKind::kSignedIn:
      return "login.signed_in";
    case EventKind::kInUse:
      return "browser.in_use";
    case EventKind::kOtherBrowser:
      return "browser.other_browser";
    case EventKind::kNotMe:
      return "login.not_me";
    case EventKind::kBreakGlass:
      return "login.break_glass";
    case EventKind::kOutcome:
      return "login.outcome";
    case EventKind::kAccount:
      return "account.answer";
    case EventKind::kUncontinued:
      return "login.uncontinued";
  }
  return "";
}

std::string_view MessageId(const Event& event) {
  switch (event.kind) {
    case EventKind::kContinued:
      return "c8bb31f62e614cfc80ee094ef5daaef0";
    case EventKind::kSignedIn:
      return "06c669be65134bc48127388e482e784e";
    case EventKind::kInUse:
      return "eecbe82938314bd583701f1f4e40089e";
    case EventKind::kOtherBrowser:
      return "e31d067d9be944dba7c7922d74e05bba";
    case EventKind::kNotMe:
      return "8a2f56973d754953bbc746401174b006";
    case EventKind::kBreakGlass:
      return "1d79030f3218456ba02e1a5bca64e7f6";
    case EventKind::kOutcome:
      return event.outcome ? MessageIdOf(*event.outcome) : "";
    case EventKind::kAccount:
      return "7d6bbec2454541c696a1f2d1e508cdf4";
    case EventKind::kUncontinued:
      return "e61e3cd1c6c54ad2a2a24220fbd96c9e";
  }
  return "";
}

bool IsAlarm(const Event& event) {
  return event.kind == EventKind::kOtherBrowser || event.kind == EventKind::kNotMe ||
         event.kind == EventKind::kBreakGlass;
}

std::vector<Field> Fields(const Event& event) {
  Collector c;
  c.Text("time", base::FormatWallTime(event.time));
  c.Text("event", Name(event.kind));
  c.Text("login_id", event.login_id);
  c.Text("reference", event.reference);
  c.Text("host", event.host);
  c.Shown("service", base::ShownName(event.service));
  c.Shown("account", base::ShownName(event.account));
  c.Shown("ruser", base::ShownName(event.ruser));
  c.Shown("rhost", base::ShownAddress(event.rhost));
  c.Shown("tty", base::ShownTerminal(event.tty));
  c.Text("auth_info", event.auth_info);
  c.Shown("browser_addr", base::ShownAddress(event.browser_addr));
  c.Text("iss", event.iss);
  c.Text("sub", event.sub);
  c.Number("ial", event.ial);
  c.Number("aal", event.aal);
  c.Text("acr", event.acr);
  c.List("amr", event.amr);
  if (event.auth_time) {
    c.Text("auth_time", base::FormatWallTime(*event.auth_time));
  }
  c.Text("grant", event.grant);
  c.Text("code_id", event.code_id);
  if (event.outcome) {
    c.Text("outcome", Name(*event.outcome));
  }
  if (event.reason != reasons::Reason::kNone) {
    c.Text("reason", reasons::Id(event.reason));
  }
  c.Text("detail", event.detail);
  c.Number("count", event.count);
  return c.Take();
}

std::string ToJson(const Event& event) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const Field& field : Fields(event)) {
    std::visit([&](const auto& value) { object[std::string(field.name)] = value; }, field.value);
  }
  return object.dump();
}

std::string Sentence(const Event& event) {
  const std::string text = Happening(event);
  return event.reference.empty() ? text : text + " [" + Show(event.reference) + "]";
}

}  // namespace cis2::audit
