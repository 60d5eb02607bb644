#include "broker/login/screens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace cis2::login {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The longest link there is: 77 characters.
const std::string kLink = "https://" + std::string(52, 'a') + ":8443/l/BCDF-GHJK";

ScreenFacts Facts(View view = View::kUtf8) {
  return {.link = kLink,
          .left = 110s,
          .view = view,
          .notice = Notice::kFirst,
          .signed_in = false,
          .tries_left = 3,
          .for_sudo = false};
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

// Columns as a terminal counts them: continuation bytes of UTF-8 take none.
std::size_t Columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

TEST(ScreensTest, OnePromptCarriesEverythingAndStartsWithANewline) {
  const Screen screen = MakeScreen(Facts());
  EXPECT_TRUE(screen.info.empty());
  EXPECT_THAT(screen.prompt, StartsWith("\n"));
  EXPECT_THAT(screen.prompt, EndsWith("\nCode: "));
}

TEST(ScreensTest, TheFirstScreenFitsEightyColumnsAndTwentyFourRows) {
  const auto lines = Lines(MakeScreen(Facts()).prompt);
  EXPECT_LE(lines.size(), 24U);
  for (const std::string& line : lines) {
    EXPECT_LE(Columns(line), 80U) << line;
  }
}

TEST(ScreensTest, TheLinkStandsAloneOnItsLineBelowTheQrCode) {
  const auto lines = Lines(MakeScreen(Facts()).prompt);
  EXPECT_EQ(lines[lines.size() - 3], kLink);
  EXPECT_THAT(lines[lines.size() - 2], HasSubstr("1 minute 50 seconds"));
}

TEST(ScreensTest, AsciiSaysWhatItNeedsAndPutsTheLinkFirst) {
  const std::string prompt = MakeScreen(Facts(View::kAscii)).prompt;
  EXPECT_THAT(prompt, StartsWith("\n" + kLink + "\n"));
  EXPECT_THAT(prompt, HasSubstr("40 rows"));
  for (const std::string& line : Lines(prompt)) {
    EXPECT_LE(line.size(), 80U);
  }
}

TEST(ScreensTest, WithoutALinkAnEmergencyCodeIsAskedForInEachLanguage) {
  for (const texts::Language language : {texts::Language::kEnglish, texts::Language::kWelsh}) {
    for (const Notice notice :
         {Notice::kFirst, Notice::kEmpty, Notice::kNotAnEmergencyCode, Notice::kWrongEmergencyCode}) {
      ScreenFacts facts = Facts();
      facts.link = "";
      facts.notice = notice;
      facts.language = language;
      const Screen screen = MakeScreen(facts);
      EXPECT_THAT(screen.prompt, Not(HasSubstr("\u2588")));
      EXPECT_THAT(screen.prompt, Not(HasSubstr("http")));
      EXPECT_THAT(Lines(screen.prompt).size(), testing::Le(6U));
      for (const std::string& line : Lines(screen.prompt)) {
        EXPECT_LE(line.size(), 80U) << line;
        EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) << line;
      }
      facts.for_sudo = true;
      EXPECT_EQ(MakeScreen(facts).info + MakeScreen(facts).prompt, screen.prompt);
    }
  }
}

TEST(ScreensTest, WithoutQrNothingMentionsOne) {
  EXPECT_THAT(MakeScreen(Facts(View::kOff)).prompt, Not(HasSubstr("\u2588")));
}

TEST(ScreensTest, SudoGetsEverythingAsInfoAndALinkInThePrompt) {
  ScreenFacts facts = Facts();
  facts.for_sudo = true;
  const Screen screen = MakeScreen(facts);
  EXPECT_THAT(screen.info, HasSubstr("\u2588"));
  EXPECT_THAT(screen.info, HasSubstr(kLink));
  EXPECT_EQ(screen.prompt, kLink + "\nCode: ");
}

TEST(ScreensTest, EveryViewIsMadeOfPrintableAsciiAndHalfBlocksWithoutEscapes) {
  for (const View view : {View::kOff, View::kUtf8, View::kUtf8Inverted, View::kAscii, View::kHelp}) {
    std::string text = MakeScreen(Facts(view)).prompt;
    for (const std::string block : {"\u2588", "\u2580", "\u2584"}) {
      for (auto at = text.find(block); at != std::string::npos; at = text.find(block)) {
        text.erase(at, block.size());
      }
    }
    for (const char c : text) {
      EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
    }
  }
}

TEST(ScreensTest, AskingAgainIsShortAndSaysWhatIsMissing) {
  ScreenFacts facts = Facts();
  facts.notice = Notice::kNotSignedIn;
  const std::string prompt = MakeScreen(facts).prompt;
  EXPECT_THAT(prompt, HasSubstr("Not signed in yet"));
  EXPECT_THAT(prompt, HasSubstr(kLink));
  EXPECT_LE(Lines(prompt).size(), 5U);
}

TEST(ScreensTest, ViewsStepInTheirOrder) {
  EXPECT_EQ(FirstView(wire::QrMode::kUtf8), View::kUtf8);
  EXPECT_EQ(FirstView(wire::QrMode::kAscii), View::kAscii);
  EXPECT_EQ(FirstView(wire::QrMode::kOff), View::kOff);
  EXPECT_EQ(NextView(View::kUtf8), View::kUtf8Inverted);
  EXPECT_EQ(NextView(View::kUtf8Inverted), View::kAscii);
  EXPECT_EQ(NextView(View::kAscii), View::kHelp);
  EXPECT_EQ(NextView(View::kHelp), View::kUtf8);
  EXPECT_EQ(NextView(View::kOff), View::kUtf8);
}

// What the module lets through to a terminal, in 80 columns.
TEST(ScreensTest, WelshIsPlainLettersAndFits) {
  for (const Notice notice :
       {Notice::kFirst, Notice::kView, Notice::kNotSignedIn, Notice::kEmpty, Notice::kWrongDigits}) {
    for (const View view : {View::kOff, View::kAscii, View::kHelp}) {
      for (const bool signed_in : {false, true}) {
        ScreenFacts facts = Facts(view);
        facts.language = texts::Language::kWelsh;
        facts.notice = notice;
        facts.signed_in = signed_in;
        facts.left = 9min + 59s;
        const std::string prompt = MakeScreen(facts).prompt;
        EXPECT_THAT(prompt, EndsWith("\nCod: "));
        for (const std::string& line : Lines(prompt)) {
          EXPECT_LT(line.size(), 80U) << line;
        }
        EXPECT_TRUE(std::ranges::all_of(prompt, [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }))
            << prompt;
      }
    }
  }
}

TEST(ScreensTest, WelshSaysWhatIsMissing) {
  ScreenFacts facts = Facts(View::kOff);
  facts.language = texts::Language::kWelsh;
  facts.notice = Notice::kWrongDigits;
  facts.signed_in = true;
  facts.tries_left = 2;
  facts.left = 122s;
  const auto lines = Lines(MakeScreen(facts).prompt);
  EXPECT_THAT(lines,
              ElementsAre("", "Nid dyna'r digidau. 2 gynnig ar ol.",
                          "Teipiwch y 6 digid sydd ar y dudalen. Amser ar ol: 2 funud 2 eiliad.", "Cod: "));
}

}  // namespace
}  // namespace cis2::login
