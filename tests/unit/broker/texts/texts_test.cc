#include "broker/texts/texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

namespace cis2::texts {
namespace {

using namespace std::chrono_literals;
using reasons::Reason;

constexpr Language kLanguages[] = {Language::kEnglish, Language::kWelsh};

std::multiset<std::string> NamesIn(const std::string& text) {
  const std::regex name(R"(\{([a-z_]*)\})");
  std::multiset<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it) {
    names.insert((*it)[1]);
  }
  return names;
}

std::vector<Reason> Reasons() {
  return {
#define X(name, id, operator_text, administrator_text) Reason::name,
#include "broker/reasons/list.inc"
#undef X
  };
}

bool IsForATerminal(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); });
}

TEST(CatalogueTest, EveryTextIsThereAndTakesTheSameValues) {
  const auto english = All(Language::kEnglish);
  const auto welsh = All(Language::kWelsh);
  ASSERT_EQ(welsh.size(), english.size());
  for (std::size_t i = 0; i < english.size(); ++i) {
    EXPECT_EQ(welsh[i].first, english[i].first);
    EXPECT_EQ(NamesIn(std::string(welsh[i].second)), NamesIn(std::string(english[i].second)))
        << english[i].first;
    EXPECT_EQ(welsh[i].second.empty(), false) << english[i].first;
  }
}

TEST(CatalogueTest, EveryReasonHasASentenceInEveryLanguage) {
  // All values there are, so that no sentence loses one.
  const Args args = {{"server_aal", "<1>"}, {"your_aal", "<2>"}, {"server_ial", "<3>"}, {"your_ial", "<4>"}};
  const std::regex value("<[0-9]>");
  const auto values_in = [&](const std::string& text) {
    std::multiset<std::string> found;
    for (std::sregex_iterator it(text.begin(), text.end(), value), end; it != end; ++it) {
      found.insert(it->str());
    }
    return found;
  };
  for (const Reason reason : Reasons()) {
    const std::string english = Sentence(Language::kEnglish, reason, args);
    const std::string welsh = Sentence(Language::kWelsh, reason, args);
    EXPECT_EQ(english.empty(), reason == Reason::kNone);
    EXPECT_EQ(welsh.empty(), reason == Reason::kNone);
    EXPECT_TRUE(welsh.empty() || welsh.ends_with('.')) << reasons::Id(reason);
    EXPECT_EQ(values_in(welsh), values_in(english)) << reasons::Id(reason);
    EXPECT_NE(welsh.empty() ? "-" : welsh, english) << reasons::Id(reason);
  }
}

// Whatever a catalogue holds can be shown on a terminal: an accent that is not known would be dropped there.
TEST(CatalogueTest, WithoutItsAccentsEveryTextIsAscii) {
  for (const Language language : kLanguages) {
    for (const auto& [name, text] : All(language)) {
      EXPECT_TRUE(IsForATerminal(WithoutAccents(text))) << name << ": " << text;
    }
    for (const Reason reason : Reasons()) {
      EXPECT_TRUE(IsForATerminal(WithoutAccents(Sentence(language, reason)))) << reasons::Id(reason);
    }
  }
}

// wire::kMaxText is 512; the module shows no more.
TEST(CatalogueTest, SentencesFitIntoAVerdict) {
  for (const Language language : kLanguages) {
    for (const Reason reason : Reasons()) {
      EXPECT_LE(Sentence(language, reason).size(), 500U) << reasons::Id(reason);
    }
  }
}

TEST(SayTest, FillsValuesIn) {
  EXPECT_EQ(Say(Language::kEnglish, Text::kWrongDigits, {{"tries", "1 try"}}),
            "These are not the digits. 1 try left.");
  EXPECT_EQ(Say(Language::kEnglish, Text::kWrongDigits), "These are not the digits.  left.");
}

TEST(DurationTest, EnglishHasOneAndMany) {
  EXPECT_EQ(Duration(Language::kEnglish, 110s), "1 minute 50 seconds");
  EXPECT_EQ(Duration(Language::kEnglish, 60s), "1 minute");
  EXPECT_EQ(Duration(Language::kEnglish, 121s), "2 minutes 1 second");
  EXPECT_EQ(Duration(Language::kEnglish, 1s), "1 second");
  EXPECT_EQ(Duration(Language::kEnglish, 0s), "0 seconds");
  EXPECT_EQ(Duration(Language::kEnglish, -5s), "0 seconds");
}

TEST(DurationTest, WelshHasAMutationAfterTwo) {
  EXPECT_EQ(Duration(Language::kWelsh, 122s), "2 funud 2 eiliad");
  EXPECT_EQ(Duration(Language::kWelsh, 180s), "3 munud");
  EXPECT_EQ(Duration(Language::kWelsh, 45s), "45 eiliad");
}

TEST(TriesTest, AreCounted) {
  EXPECT_EQ(Tries(Language::kEnglish, 1), "1 try");
  EXPECT_EQ(Tries(Language::kEnglish, 2), "2 tries");
  EXPECT_EQ(Tries(Language::kWelsh, 2), "2 gynnig");
}

TEST(TagTest, IsReadAsItIsWritten) {
  for (const Language language : kLanguages) {
    EXPECT_EQ(FromTag(Tag(language)), language);
  }
  for (const char* tag : {"", "EN", "fr", "cy-GB", "e"}) {
    EXPECT_EQ(FromTag(tag), std::nullopt) << tag;
  }
}

TEST(PreferredTest, TheHighestQualityCounts) {
  for (const char* header :
       {"cy", "cy-GB", "CY", "cy, en", "cy,en;q=0.9", "en;q=0.8, cy;q=0.9", "fr, cy;q=0.5, en;q=0.1",
        "en;q=0, cy;q=0.1", " cy ; q=1.000 , en;q=0.999", "de-DE, cy;q=0.001"}) {
    EXPECT_EQ(Preferred(header), Language::kWelsh) << header;
  }
  for (const char* header : {"", "en", "en-GB,cy;q=0.9", "en, cy", "fr", "*", "*, cy;q=0.5", "cy;q=0", "cym",
                             "c", "en;q=0.9, cy;q=0.9", "xx-cy"}) {
    EXPECT_EQ(Preferred(header), Language::kEnglish) << header;
  }
}

TEST(PreferredTest, WhatCannotBeReadCountsForNothing) {
  for (const char* header : {"cy;q=", "cy;q=2", "cy;q=1.001", "cy;q=0.5555", "cy;q=-1", "cy;q=a", "cy;r=1",
                             "cy;q=.5", "cy;q=0.5;q=1", ";;,,;q=1", "\xff\xfe", "cy;q=1e0"}) {
    EXPECT_EQ(Preferred(header), Language::kEnglish) << header;
  }
  EXPECT_EQ(Preferred("nonsense;;;, ,cy"), Language::kWelsh);
}

TEST(WithoutAccentsTest, KeepsEverythingElse) {
  EXPECT_EQ(WithoutAccents("ar ôl tŷ ’n ŵ “a”"), "ar ol ty 'n w \"a\"");
  EXPECT_EQ(WithoutAccents("plain\n"), "plain\n");
}

}  // namespace
}  // namespace cis2::texts
