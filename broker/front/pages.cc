#include "broker/front/pages.h"

#include "broker/base/text.h"
#include "broker/front/routes.h"

#include "embedded_pages.h"
#include <kainjow/mustache.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>

namespace cis2::front {
namespace {

namespace mustache = kainjow::mustache;
using front_wire::PageOutcome;
using reasons::Reason;
using texts::Language;
using texts::Say;
using texts::Text;

constexpr std::size_t kHashSize = 32;
constexpr std::size_t kHalfOfDigits = 3;
constexpr const char* kPartials[] = {"head", "foot", "fact-list", "not-me", "other-network", "reload"};

// Which files there are is settled when the program is built, so a name that is not among them cannot happen.
std::string_view Embedded(std::string_view name) {
  const auto* const it = std::find_if(std::begin(kEmbeddedFiles), std::end(kEmbeddedFiles),
                                      [&](const EmbeddedFile& file) { return file.name == name; });
  return it == std::end(kEmbeddedFiles) ? std::string_view() : it->content;
}

// The library takes an empty string for a section that is to be shown, so what is empty is not set.
void SetUnlessEmpty(mustache::data& data, const std::string& name, const std::string& value) {
  if (!value.empty()) {
    data.set(name, value);
  }
}

// Every text of the catalogue as {{say.Name}}.
mustache::data Words(Language language) {
  mustache::data words;
  for (const auto& [name, text] : texts::All(language)) {
    words.set(std::string(name), std::string(text));
  }
  return words;
}

std::string Render(std::string_view page, Language language, mustache::data data) {
  for (const char* const partial : kPartials) {
    data.set(partial, std::string(Embedded(std::string(partial) + ".html")));
  }
  data.set("say", Words(language));
  data.set("lang", std::string(texts::Tag(language)));
  SetUnlessEmpty(data, "about_the_translation", Say(language, Text::kAboutTheTranslation));
  mustache::mustache tmpl{std::string(Embedded(std::string(page) + ".html"))};
  return tmpl.render(data);
}

// --- times, in UTC: the reader compares them with a clock, not with a time zone

std::string TimeOfDay(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  (void)::gmtime_r(&time, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof(text), "%H:%M:%S UTC", &parts));
}

std::string StartedText(Language language, std::int64_t started, std::int64_t now) {
  return Say(language, Text::kTimeAgo,
             {{"time", TimeOfDay(started)},
              {"duration", texts::Duration(language, std::chrono::seconds(now - started))}});
}

std::string EndsText(Language language, std::uint32_t seconds_left, std::int64_t now) {
  return Say(language, Text::kTimeAhead,
             {{"time", TimeOfDay(now + seconds_left)},
              {"duration", texts::Duration(language, std::chrono::seconds(seconds_left))}});
}

bool IsWaiting(PageOutcome outcome) {
  return outcome == PageOutcome::kPending || outcome == PageOutcome::kChecking ||
         outcome == PageOutcome::kCode;
}

mustache::list FactsOf(Language language, const front_wire::Page& page, std::int64_t now) {
  mustache::list facts;
  const auto add = [&](Text name, const std::string& value) {
    if (!value.empty()) {
      mustache::data fact;
      fact.set("name", Say(language, name));
      fact.set("value", value);
      facts.push_back(fact);
    }
  };
  add(Text::kServer, page.host);
  add(Text::kAccount, page.account);
  add(Text::kService, page.service);
  add(Text::kFrom, page.from);
  add(Text::kStarted, page.started > 0 ? StartedText(language, page.started, now) : "");
  add(Text::kEnds, IsWaiting(page.outcome) ? EndsText(language, page.seconds_left, now) : "");
  return facts;
}

// --- words

Text TitleOf(const front_wire::Page& page) {
  switch (page.outcome) {
    case PageOutcome::kPending:
      return Text::kTitlePending;
    case PageOutcome::kChecking:
      return Text::kTitleChecking;
    case PageOutcome::kCode:
      return Text::kTitleCode;
    case PageOutcome::kAllowed:
      return Text::kTitleAllowed;
    case PageOutcome::kRefused:
      return Text::kTitleRefused;
    case PageOutcome::kExpired:
      return Text::kTitleExpired;
    case PageOutcome::kInUse:
      return Text::kTitleInUse;
    case PageOutcome::kCancelled:
      return Text::kTitleCancelled;
    case PageOutcome::kUnavailable:
      return Text::kTitleUnavailable;
    case PageOutcome::kError:
      break;
  }
  switch (page.status) {
    case 403:
      return page.reason == Reason::kBrowserOther ? Text::kTitleRefused : Text::kTitleForm;
    case 404:
      return page.reason == Reason::kBrowserUnknownCode ? Text::kTitleNoLogin : Text::kTitleNoPage;
    case 429:
      return Text::kTitleTooMany;
    default:
      return page.status < 500 ? Text::kTitleDidNotWork : Text::kTitleWentWrong;
  }
}

// The reason of an end that the broker gave none for, because there is only one.
Reason ReasonOf(const front_wire::Page& page) {
  if (page.reason != Reason::kNone) {
    return page.reason;
  }
  switch (page.outcome) {
    case PageOutcome::kExpired:
      return Reason::kLoginExpired;
    case PageOutcome::kInUse:
      return Reason::kBrowserInUse;
    case PageOutcome::kCancelled:
      return Reason::kLoginCancelled;
    case PageOutcome::kError:
      return page.status >= 500 ? Reason::kLoginInternal : Reason::kNone;
    case PageOutcome::kPending:
    case PageOutcome::kChecking:
    case PageOutcome::kCode:
    case PageOutcome::kAllowed:
    case PageOutcome::kRefused:
    case PageOutcome::kUnavailable:
      break;
  }
  return Reason::kNone;
}

// What there is to say without a reason: faults of the request, and a broker that is away.
Text SentenceWithoutReason(const front_wire::Page& page) {
  if (page.outcome != PageOutcome::kError) {
    return page.outcome == PageOutcome::kUnavailable ? Text::kBrokerAway : Text::kRefusedWithoutReason;
  }
  switch (page.status) {
    case 404:
      return Text::kCheckAddress;
    case 405:
    case 415:
      return Text::kNotThatWay;
    case 413:
    case 431:
      return Text::kTooLong;
    default:
      return Text::kUnreadable;
  }
}

std::string SentenceOf(Language language, const front_wire::Page& page) {
  const std::string sentence = texts::Sentence(language, ReasonOf(page), page.args);
  return sentence.empty() ? Say(language, SentenceWithoutReason(page)) : sentence;
}

}  // namespace

Pages::Pages()
    : style_path_("/assets/" + base::HexEncode(base::Sha256(Embedded("style.css"))).substr(0, kHashSize) +
                  ".css") {}

std::string_view Pages::StyleSheet() const { return Embedded("style.css"); }

std::string_view Pages::Favicon() const { return Embedded("favicon.svg"); }

std::string Pages::EnterCode(Language language, bool not_a_code) const {
  mustache::data data;
  data.set("style_path", style_path_);
  data.set("title", Say(language, Text::kTitleEnterCode));
  SetUnlessEmpty(data, "message", not_a_code ? Say(language, Text::kNotACode) : "");
  return Render("enter-code", language, std::move(data));
}

std::string Pages::Login(const LoginView& view) const {
  const front_wire::Page& page = view.page;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(view.now.time_since_epoch()).count();
  mustache::data data;
  data.set("style_path", style_path_);
  data.set("title", Say(view.language, TitleOf(page)));
  data.set("sentence", SentenceOf(view.language, page));
  mustache::list facts = FactsOf(view.language, page, now);
  data.set("has_facts", !facts.empty());
  data.set("facts", facts);
  data.set("digits_first", page.confirmation_code.substr(0, kHalfOfDigits));
  data.set("digits_last",
           page.confirmation_code.substr(std::min(kHalfOfDigits, page.confirmation_code.size())));
  data.set("other_network", page.other_network);
  SetUnlessEmpty(data, "host", page.host);
  SetUnlessEmpty(data, "reference", page.reference);
  if (!view.user_code.empty()) {
    data.set("login_path", LoginPath(view.user_code));
    data.set("form_token", view.form_token);
    data.set("may_continue", page.may_continue);
    data.set("may_deny", page.may_deny);
  }
  return Render(NameOf(page.outcome), view.language, std::move(data));
}

std::string Pages::Fault(Language language, int status) const {
  constexpr int kServiceUnavailable = 503;
  LoginView view;
  view.language = language;
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
