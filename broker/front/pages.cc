#include "broker/front/pages.h"

#include "broker/base/text.h"
#include "broker/front/routes.h"

#include "embedded_pages.h"
#include <kainjow/mustache.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace cis2::front {
namespace {

namespace mustache = kainjow::mustache;
using front_wire::PageOutcome;

constexpr std::size_t kHashSize = 32;
constexpr std::size_t kHalfOfDigits = 3;
constexpr const char* kPartials[] = {"head", "foot", "fact-list", "not-me", "reload"};

// Which files there are is settled when the program is built, so a name that is not among them cannot happen.
std::string_view Embedded(std::string_view name) {
  const auto* const it = std::find_if(std::begin(kEmbeddedFiles), std::end(kEmbeddedFiles),
                                      [&](const EmbeddedFile& file) { return file.name == name; });
  return it == std::end(kEmbeddedFiles) ? std::string_view() : it->content;
}

std::string Render(std::string_view page, mustache::data data) {
  for (const char* const partial : kPartials) {
    data.set(partial, std::string(Embedded(std::string(partial) + ".html")));
  }
  mustache::mustache tmpl{std::string(Embedded(std::string(page) + ".html"))};
  return tmpl.render(data);
}

// The library takes an empty string for a section that is to be shown, so what is empty is not set.
void SetUnlessEmpty(mustache::data& data, const std::string& name, const std::string& value) {
  if (!value.empty()) {
    data.set(name, value);
  }
}

// --- times, in UTC: the reader compares them with a clock, not with a time zone

std::string TimeOfDay(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof(text), "%H:%M:%S UTC", &parts));
}

std::string StartedText(std::int64_t started, std::int64_t now) {
  const std::chrono::seconds ago(std::max<std::int64_t>(now - started, 0));
  return TimeOfDay(started) + " (" + base::FormatRemaining(ago) + " ago)";
}

std::string EndsText(std::uint32_t seconds_left, std::int64_t now) {
  return TimeOfDay(now + seconds_left) + " (in " + base::FormatRemaining(std::chrono::seconds(seconds_left)) +
         ")";
}

bool IsWaiting(PageOutcome outcome) {
  return outcome == PageOutcome::kPending || outcome == PageOutcome::kChecking ||
         outcome == PageOutcome::kCode;
}

mustache::list FactsOf(const front_wire::Page& page, std::int64_t now) {
  mustache::list facts;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      mustache::data fact;
      fact.set("name", name);
      fact.set("value", value);
      facts.push_back(fact);
    }
  };
  add("Server", page.host);
  add("Account", page.account);
  add("Service", page.service);
  add("From", page.from);
  add("Started", page.started > 0 ? StartedText(page.started, now) : "");
  add("Ends", IsWaiting(page.outcome) ? EndsText(page.seconds_left, now) : "");
  return facts;
}

// --- words

std::string TitleOf(const front_wire::Page& page) {
  switch (page.outcome) {
    case PageOutcome::kPending:
      return "Is this your login?";
    case PageOutcome::kChecking:
      return "Your sign-in is being checked";
    case PageOutcome::kCode:
      return "Type this code into your terminal";
    case PageOutcome::kAllowed:
      return "You are logged in";
    case PageOutcome::kRefused:
      return "You are not logged in";
    case PageOutcome::kExpired:
      return "The time for this login ran out";
    case PageOutcome::kInUse:
      return "This link is in use";
    case PageOutcome::kCancelled:
      return "This login was closed";
    case PageOutcome::kUnavailable:
      return "Signing in is not possible at the moment";
    case PageOutcome::kError:
      break;
  }
  switch (page.status) {
    case 403:
      return "The form was not accepted";
    case 404:
      return page.reason == reasons::Reason::kBrowserUnknownCode ? "There is no such login"
                                                                 : "There is no such page";
    case 429:
      return "Too many tries";
    default:
      return page.status < 500 ? "This did not work" : "Something went wrong";
  }
}

// For what has no reason of its own: faults of the request, and ends that need no reason.
std::string SentenceWithoutReason(const front_wire::Page& page) {
  switch (page.outcome) {
    case PageOutcome::kUnavailable:
      return "The login service on this server does not answer. Try again in a minute.";
    case PageOutcome::kExpired:
      return reasons::OperatorText(reasons::Reason::kLoginExpired);
    case PageOutcome::kInUse:
      return reasons::OperatorText(reasons::Reason::kBrowserInUse);
    case PageOutcome::kCancelled:
      return reasons::OperatorText(reasons::Reason::kLoginCancelled);
    case PageOutcome::kRefused:
      return "The login was refused.";
    case PageOutcome::kPending:
    case PageOutcome::kChecking:
    case PageOutcome::kCode:
    case PageOutcome::kAllowed:
      return "";
    case PageOutcome::kError:
      break;
  }
  switch (page.status) {
    case 404:
      return "Check the address, or open the link in your terminal again.";
    case 405:
    case 415:
      return "This address does not work that way. Open the link in your terminal again.";
    case 413:
    case 431:
      return "The browser sent more than this server accepts. Clear the cookies of this server, and open the "
             "link in "
             "your terminal again.";
    default:
      return page.status < 500
                 ? "The browser's request could not be read. Open the link in your terminal again."
                 : reasons::OperatorText(reasons::Reason::kLoginInternal);
  }
}

std::string SentenceOf(const front_wire::Page& page) {
  std::string sentence = reasons::OperatorText(page.reason, page.args);
  return sentence.empty() ? SentenceWithoutReason(page) : sentence;
}

}  // namespace

Pages::Pages()
    : style_path_("/assets/" + base::HexEncode(base::Sha256(Embedded("style.css"))).substr(0, kHashSize) +
                  ".css") {}

std::string_view Pages::StyleSheet() const { return Embedded("style.css"); }

std::string_view Pages::Favicon() const { return Embedded("favicon.svg"); }

std::string Pages::EnterCode(std::string_view message) const {
  mustache::data data;
  data.set("style_path", style_path_);
  data.set("title", "Enter the code from your terminal");
  SetUnlessEmpty(data, "message", std::string(message));
  return Render("enter-code", std::move(data));
}

std::string Pages::Login(const LoginView& view) const {
  const front_wire::Page& page = view.page;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(view.now.time_since_epoch()).count();
  mustache::data data;
  data.set("style_path", style_path_);
  data.set("title", TitleOf(page));
  data.set("sentence", SentenceOf(page));
  data.set("facts", FactsOf(page, now));
  data.set("digits_first", page.confirmation_code.substr(0, kHalfOfDigits));
  data.set("digits_last",
           page.confirmation_code.substr(std::min(kHalfOfDigits, page.confirmation_code.size())));
  SetUnlessEmpty(data, "host", page.host);
  SetUnlessEmpty(data, "reference", page.reference);
  if (!view.user_code.empty()) {
    data.set("login_path", LoginPath(view.user_code));
    data.set("form_token", view.form_token);
    data.set("may_continue", page.may_continue);
    data.set("may_deny", page.may_deny);
  }
  return Render(NameOf(page.outcome), std::move(data));
}

std::string Pages::Fault(int status) const {
  constexpr int kServiceUnavailable = 503;
  LoginView view;
  view.page.status = static_cast<std::uint16_t>(status);
  view.page.outcome = status == kServiceUnavailable ? PageOutcome::kUnavailable : PageOutcome::kError;
  return Login(view);
}

std::string_view NameOf(PageOutcome outcome) {
  switch (outcome) {
    case PageOutcome::kPending:
      return "pending";
    case PageOutcome::kChecking:
      return "checking";
    case PageOutcome::kCode:
      return "code";
    case PageOutcome::kAllowed:
      return "allowed";
    case PageOutcome::kRefused:
      return "refused";
    case PageOutcome::kExpired:
      return "expired";
    case PageOutcome::kInUse:
      return "in-use";
    case PageOutcome::kCancelled:
      return "cancelled";
    case PageOutcome::kUnavailable:
      return "unavailable";
    case PageOutcome::kError:
      break;
  }
  return "error";
}

}  // namespace cis2::front
