// The pages as a browser gets them, and rules that every template keeps.
#include "broker/front/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace cis2::front {
namespace {

using front_wire::PageOutcome;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using texts::Language;

constexpr PageOutcome kOutcomes[] = {
    PageOutcome::kPending,     PageOutcome::kChecking, PageOutcome::kCode,  PageOutcome::kAllowed,
    PageOutcome::kRefused,     PageOutcome::kExpired,  PageOutcome::kInUse, PageOutcome::kCancelled,
    PageOutcome::kUnavailable, PageOutcome::kError};

constexpr std::int64_t kNow = 1795425302;

LoginView View(PageOutcome outcome) {
  LoginView view;
  view.page.outcome = outcome;
  view.page.reference = "R-1234";
  view.page.host = "server";
  view.page.account = "op1";
  view.page.service = "sshd";
  view.page.from = "192.0.2.7";
  view.page.started = kNow - 12;
  view.page.seconds_left = 98;
  view.page.confirmation_code = outcome == PageOutcome::kCode ? "482913" : "";
  view.page.may_continue = outcome == PageOutcome::kPending;
  view.page.may_deny =
      outcome == PageOutcome::kPending || outcome == PageOutcome::kChecking || outcome == PageOutcome::kCode;
  view.user_code = "BCDFGHJK";
  view.form_token = "token";
  view.now = base::WallTime(std::chrono::seconds(kNow));
  return view;
}

std::string Html(PageOutcome outcome) { return Pages().Login(View(outcome)); }

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> Templates() {
  std::vector<std::filesystem::path> templates;
  for (const auto& entry : std::filesystem::directory_iterator(CIS2_PAGES)) {
    if (entry.path().extension() == ".html") {
      templates.push_back(entry.path());
    }
  }
  return templates;
}

TEST(TemplatesTest, EscapeEverythingTheyShow) {
  EXPECT_GE(Templates().size(), 11U);
  for (const auto& path : Templates()) {
    const std::string text = ReadFile(path);
    EXPECT_THAT(text, AllOf(Not(HasSubstr("{{{")), Not(HasSubstr("{{&")), Not(HasSubstr("{{ &")),
                            Not(HasSubstr("{{="))))
        << path;
    // A value is never outside of quotes in a tag.
    EXPECT_FALSE(std::regex_search(text, std::regex(R"(=\{\{)"))) << path;
  }
}

TEST(TemplatesTest, HaveNoScriptNoStyleOfTheirOwnAndNothingFromElsewhere) {
  for (const auto& path : Templates()) {
    const std::string text = ReadFile(path);
    EXPECT_THAT(text,
                AllOf(Not(HasSubstr("<script")), Not(HasSubstr("style=")), Not(HasSubstr("http://")),
                      Not(HasSubstr("https://")), Not(HasSubstr("http-equiv")), Not(HasSubstr("<iframe"))))
        << path;
    EXPECT_FALSE(std::regex_search(text, std::regex(R"(\son[a-z]+=)"))) << path;
  }
}

TEST(PagesTest, EveryOutcomeHasAWholePageOfItsOwn) {
  for (const PageOutcome outcome : kOutcomes) {
    const std::string html = Html(outcome);
    EXPECT_THAT(html, testing::StartsWith("<!DOCTYPE html>\n<html lang=\"en\">\n")) << NameOf(outcome);
    EXPECT_THAT(html, HasSubstr("</main>\n<footer>\n")) << NameOf(outcome);
    EXPECT_THAT(html,
                HasSubstr("<div id=\"outcome\" data-outcome=\"" + std::string(NameOf(outcome)) + "\">"));
    EXPECT_THAT(html, HasSubstr("<strong id=\"reference\">R-1234</strong>"));
    EXPECT_THAT(html, HasSubstr("<h1>"));
    EXPECT_THAT(html, Not(HasSubstr("{{")));
  }
}

TEST(PagesTest, EveryPageHasATitleOfItsOwn) {
  std::set<std::string> titles;
  for (const PageOutcome outcome : kOutcomes) {
    std::smatch match;
    const std::string html = Html(outcome);
    ASSERT_TRUE(std::regex_search(html, match, std::regex("<title>([^<]+)</title>")));
    titles.insert(match[1]);
  }
  EXPECT_EQ(titles.size(), std::size(kOutcomes));
}

TEST(PagesTest, ThePendingPageSaysWhatIsAskedForAndHasTwoButtons) {
  const std::string html = Html(PageOutcome::kPending);
  for (const char* text :
       {"<dd>server</dd>", "<dd>op1</dd>", "<dd>sshd</dd>", "<dd>192.0.2.7</dd>",
        "09:14:50 UTC (12 seconds ago)", "09:16:40 UTC (in 1 minute 38 seconds)",
        "<form id=\"continue\" method=\"post\" action=\"/l/BCDF-GHJK/continue\">",
        "<form id=\"not-me\" method=\"post\" action=\"/l/BCDF-GHJK/not-me\">", "Continue to sign in",
        "This was not me", "<input type=\"hidden\" name=\"csrf\" value=\"token\">",
        "<a id=\"reload\" href=\"/l/BCDF-GHJK\">"}) {
    EXPECT_THAT(html, HasSubstr(text));
  }
}

TEST(PagesTest, TheCodePageShowsTheDigitsInTwoGroupsAndTheFactsAgain) {
  const std::string html = Html(PageOutcome::kCode);
  EXPECT_THAT(html, HasSubstr("<p id=\"confirmation-code\"><span>482</span> <span>913</span></p>"));
  EXPECT_THAT(html, HasSubstr("Type this only into a terminal that you opened yourself. Nobody will ever ask "
                              "you for this code."));
  EXPECT_THAT(html, AllOf(HasSubstr("<dd>server</dd>"), HasSubstr("<dd>op1</dd>"), HasSubstr("<dd>sshd</dd>"),
                          HasSubstr("<dd>192.0.2.7</dd>")));
  EXPECT_THAT(html, HasSubstr("id=\"not-me\""));
  EXPECT_THAT(html, Not(HasSubstr("id=\"continue\"")));
}

TEST(PagesTest, DigitsAreOnTheCodePageAlone) {
  for (const PageOutcome outcome : kOutcomes) {
    LoginView view = View(outcome);
    view.page.confirmation_code = "482913";
    EXPECT_EQ(Pages().Login(view).find("confirmation-code") != std::string::npos,
              outcome == PageOutcome::kCode);
  }
}

TEST(PagesTest, ButtonsAreShownWhereTheBrokerAllowsThem) {
  LoginView view = View(PageOutcome::kPending);
  view.page.may_continue = false;
  view.page.may_deny = false;
  EXPECT_THAT(Pages().Login(view), Not(HasSubstr("<form")));
}

TEST(PagesTest, APageWithoutAUserCodeHasNeitherFormsNorALinkToItself) {
  LoginView view = View(PageOutcome::kPending);
  view.user_code = "";
  EXPECT_THAT(Pages().Login(view), AllOf(Not(HasSubstr("<form")), Not(HasSubstr("reload"))));
}

TEST(PagesTest, ARefusalShowsTheReasonsSentenceWithItsValues) {
  LoginView view = View(PageOutcome::kRefused);
  view.page.reason = reasons::Reason::kAalTooLow;
  view.page.args = {{"server_aal", "3"}, {"your_aal", "2"}};
  EXPECT_THAT(Pages().Login(view),
              HasSubstr("This server needs a sign-in of level 3, you signed in at level 2."));
}

TEST(PagesTest, FactsThatAreNotGivenAreLeftOut) {
  LoginView view;
  view.page.outcome = PageOutcome::kInUse;
  view.page.reason = reasons::Reason::kBrowserInUse;
  EXPECT_THAT(Pages().Login(view),
              AllOf(Not(HasSubstr("<dt>")), Not(HasSubstr("reference")), Not(HasSubstr("1970"))));
  view.page.outcome = PageOutcome::kUnavailable;
  EXPECT_THAT(Pages().Login(view), Not(HasSubstr("<dl")));
}

TEST(PagesTest, WhatComesFromOutsideIsEscaped) {
  const std::string attack = "\"><script>alert('1')</script>&";
  LoginView view = View(PageOutcome::kPending);
  view.page.host = view.page.account = view.page.service = view.page.from = view.page.reference = attack;
  view.form_token = attack;
  const std::string html = Pages().Login(view);
  EXPECT_THAT(html, AllOf(Not(HasSubstr("<script")), HasSubstr("&lt;script&gt;")));
}

TEST(PagesTest, ValuesAreNotTemplates) {
  LoginView view = View(PageOutcome::kPending);
  view.page.account = "{{form_token}}{{>head}}";
  EXPECT_THAT(Pages().Login(view), HasSubstr("<dd>{{form_token}}{{&gt;head}}</dd>"));
}

TEST(PagesTest, FaultsHaveTheErrorPageAndOneOfThemTheUnavailablePage) {
  for (const int status : {400, 403, 404, 405, 413, 415, 417, 429, 431, 500}) {
    EXPECT_THAT(Pages().Fault(Language::kEnglish, status), HasSubstr("data-outcome=\"error\"")) << status;
  }
  EXPECT_THAT(Pages().Fault(Language::kEnglish, 503), HasSubstr("data-outcome=\"unavailable\""));
}

TEST(PagesTest, ASignInThatCameBackInAnotherBrowserIsNotAFormThatWasRefused) {
  LoginView view;
  view.page.status = 403;
  view.page.reason = reasons::Reason::kBrowserOther;
  EXPECT_THAT(Pages().Login(view),
              AllOf(HasSubstr("<h1>You are not logged in</h1>"), HasSubstr("default browser")));
  view.page.reason = reasons::Reason::kBrowserFormRejected;
  EXPECT_THAT(Pages().Login(view), HasSubstr("<h1>The form was not accepted</h1>"));
}

TEST(PagesTest, TheEnterPageIsAFormThatIsSentByGet) {
  const std::string html = Pages().EnterCode(Language::kEnglish, false);
  EXPECT_THAT(html, HasSubstr("<form id=\"enter-code\" method=\"get\" action=\"/\">"));
  EXPECT_THAT(html, HasSubstr("name=\"code\""));
  EXPECT_THAT(html, Not(HasSubstr("role=\"alert\"")));
  EXPECT_THAT(Pages().EnterCode(Language::kEnglish, true), HasSubstr("That is not a code."));
}

// The template library shows nothing for a name that it does not know.
TEST(TemplatesTest, SayOnlyWhatIsInTheCatalogue) {
  std::set<std::string_view> names;
  for (const auto& [name, text] : texts::All(Language::kEnglish)) {
    names.insert(name);
  }
  const std::regex say(R"(\{\{say\.([A-Za-z]+)\}\})");
  int said = 0;
  for (const auto& path : Templates()) {
    const std::string text = ReadFile(path);
    for (std::sregex_iterator it(text.begin(), text.end(), say), end; it != end; ++it, ++said) {
      EXPECT_TRUE(names.contains((*it)[1].str())) << path << ": " << (*it)[1];
    }
  }
  EXPECT_GE(said, 20);
}

// All words of a page come from a catalogue.
TEST(TemplatesTest, HoldNoWordsOfTheirOwn) {
  for (const auto& path : Templates()) {
    const std::string text = std::regex_replace(ReadFile(path), std::regex(R"(<[^>]*>|\{\{[^}]*\}\})"), " ");
    EXPECT_FALSE(std::regex_search(text, std::regex("[A-Za-z]"))) << path << ": " << text;
  }
}

TEST(PagesTest, AWelshPageIsWelshThroughout) {
  for (const PageOutcome outcome : kOutcomes) {
    LoginView view = View(outcome);
    view.language = Language::kWelsh;
    const std::string html = Pages().Login(view);
    EXPECT_THAT(html, HasSubstr("<html lang=\"cy\">")) << NameOf(outcome);
    EXPECT_THAT(html, HasSubstr("Cyfeirnod: <strong id=\"reference\">R-1234</strong>"));
    EXPECT_THAT(html, HasSubstr("<p id=\"translation\">"));
    for (const char* english : {"Server", "Account", "Started", " this ", " the ", "Reference"}) {
      EXPECT_THAT(html, Not(HasSubstr(english))) << NameOf(outcome);
    }
  }
  LoginView view = View(PageOutcome::kRefused);
  view.language = Language::kWelsh;
  view.page.reason = reasons::Reason::kAalTooLow;
  view.page.args = {{"server_aal", "3"}, {"your_aal", "2"}};
  EXPECT_THAT(Pages().Login(view), HasSubstr("angen mewngofnodi ar lefel 3"));
}

TEST(PagesTest, AnEnglishPageSaysNothingAboutATranslation) {
  EXPECT_THAT(Html(PageOutcome::kPending), Not(HasSubstr("id=\"translation\"")));
}

TEST(PagesTest, ADifferenceOfNetworksIsSaidBeforeTheSignInAndBeforeTheDigits) {
  for (const PageOutcome outcome : kOutcomes) {
    LoginView view = View(outcome);
    view.page.other_network = true;
    EXPECT_EQ(Pages().Login(view).find("id=\"other-network\"") != std::string::npos,
              outcome == PageOutcome::kPending || outcome == PageOutcome::kCode)
        << NameOf(outcome);
    view.page.other_network = false;
    EXPECT_THAT(Pages().Login(view), Not(HasSubstr("other-network")));
  }
}

TEST(PagesTest, TheStyleSheetIsNamedByItsContent) {
  const Pages pages;
  EXPECT_TRUE(std::regex_match(pages.style_path(), std::regex("/assets/[0-9a-f]{32}\\.css")));
  EXPECT_THAT(Html(PageOutcome::kPending), HasSubstr("href=\"" + pages.style_path() + "\""));
  EXPECT_THAT(std::string(pages.StyleSheet()), AllOf(Not(HasSubstr("@import")), Not(HasSubstr("url("))));
  EXPECT_THAT(std::string(pages.Favicon()), testing::StartsWith("<svg"));
}

// --- contrast: WCAG 2.2, success criterion 1.4.3

using Colours = std::map<std::string, std::string>;

double Channel(const std::string& hex) {
  const double value = static_cast<double>(std::stoi(hex, nullptr, 16)) / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double Luminance(const std::string& colour) {
  return 0.2126 * Channel(colour.substr(1, 2)) + 0.7152 * Channel(colour.substr(3, 2)) +
         0.0722 * Channel(colour.substr(5, 2));
}

double Contrast(const std::string& a, const std::string& b) {
  const double la = Luminance(a);
  const double lb = Luminance(b);
  return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

Colours ColoursIn(const std::string& css) {
  Colours colours;
  const std::regex declaration("--([a-z-]+): (#[0-9a-f]{6});");
  for (std::sregex_iterator it(css.begin(), css.end(), declaration), end; it != end; ++it) {
    colours[(*it)[1]] = (*it)[2];
  }
  return colours;
}

TEST(StyleSheetTest, TextHasEnoughContrastInLightAndDark) {
  const std::string css(Pages().StyleSheet());
  const std::size_t dark_at = css.find("prefers-color-scheme: dark");
  ASSERT_NE(dark_at, std::string::npos);
  const Colours light = ColoursIn(css.substr(0, dark_at));
  Colours dark = light;
  for (const auto& [name, colour] : ColoursIn(css.substr(dark_at))) {
    dark[name] = colour;
  }
  const std::pair<const char*, const char*> kPairs[] = {
      {"text", "page"},          {"text", "sheet"},     {"quiet", "page"},
      {"quiet", "sheet"},        {"link", "sheet"},     {"on-bar", "bar"},
      {"on-button", "continue"}, {"on-button", "deny"}, {"on-focus", "focus"}};
  // What is no text: stripes beside it, and of a button its border or itself (success criterion 1.4.11).
  const std::pair<const char*, const char*> kShapes[] = {{"problem", "sheet"}, {"good", "sheet"}};
  for (const Colours& colours : {light, dark}) {
    for (const auto& [text, background] : kPairs) {
      EXPECT_GE(Contrast(colours.at(text), colours.at(background)), 4.5) << text << " on " << background;
    }
    for (const auto& [shape, background] : kShapes) {
      EXPECT_GE(Contrast(colours.at(shape), colours.at(background)), 3.0) << shape << " on " << background;
    }
    for (const char* const button : {"continue", "deny"}) {
      const auto edge = colours.contains("edge") ? colours.at("edge") : colours.at(button);
      EXPECT_GE(Contrast(edge, colours.at("sheet")), 3.0) << button;
    }
  }
}

}  // namespace
}  // namespace cis2::front
