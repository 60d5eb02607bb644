#include "broker/texts/texts.h"

#include "broker/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cis2::texts {
namespace {

using reasons::Reason;

struct TextRow {
  Text text;
  std::string_view name;  // with its k
  std::string_view words;
};

struct ReasonRow {
  Reason reason;
  std::string_view words;
};

#define T(name, words) TextRow{Text::name, #name, words},
#define R(reason, words)
constexpr std::array kEnglishTexts = {
#include "broker/texts/en.inc"
};
constexpr std::array kWelshTexts = {
#include "broker/texts/cy.inc"
};
#undef R
#undef T

#define T(name, words)
#define R(reason, words) ReasonRow{Reason::reason, words},
constexpr std::array kWelshReasons = {
#include "broker/texts/cy.inc"
};
#undef R
#undef T

// NOLINTNEXTLINE(bugprone-macro-parentheses): one summand of the sum below
#define X(name, id, operator_text, administrator_text) +1
constexpr std::size_t kReasons = 0
#include "broker/reasons/list.inc"
    ;
#undef X

// A row stands at the number of its text, so that a look-up is an index: the catalogues have one order, and
// none lacks a text.
template <class Rows, class Key>
constexpr bool InOrder(const Rows& rows, Key key) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].*key) != i) {
      return false;
    }
  }
  return true;
}
static_assert(kWelshTexts.size() == kEnglishTexts.size(), "cy.inc has the texts of en.inc");
static_assert(InOrder(kWelshTexts, &TextRow::text), "cy.inc has the order of en.inc");
static_assert(kWelshReasons.size() == kReasons, "cy.inc has the reasons of list.inc");
static_assert(InOrder(kWelshReasons, &ReasonRow::reason), "cy.inc has the order of list.inc");

const std::array<TextRow, kEnglishTexts.size()>& Catalogue(Language language) {
  return language == Language::kWelsh ? kWelshTexts : kEnglishTexts;
}

// The form of a counted thing (Unicode CLDR's plural rules, as far as English and Welsh need them here).
std::string Counted(Language language, std::int64_t n, Text one, Text two, Text other) {
  return Say(language, n == 1 ? one : n == 2 ? two : other, {{"n", std::to_string(n)}});
}

// --- Accept-Language

std::string_view Trimmed(std::string_view s) {
  const auto first = s.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view()
                                         : s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

// The part of `rest` before `separator`, which is taken off it.
std::string_view Next(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return Trimmed(part);
}

// RFC 9110 section 12.4.2, in thousandths: "q=0.8" is 800. Nothing for anything else.
std::optional<int> Quality(std::string_view weight) {
  if (weight.size() < 3 || weight.size() > 7 || (weight[0] != 'q' && weight[0] != 'Q') || weight[1] != '=') {
    return std::nullopt;
  }
  const std::string_view number = weight.substr(2);
  int thousandths = 0;
  int place = 1000;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i == 1) {
      if (number[i] != '.') {
        return std::nullopt;
      }
      continue;
    }
    if (number[i] < '0' || number[i] > '9') {
      return std::nullopt;
    }
    thousandths += (number[i] - '0') * place;
    place /= 10;
  }
  return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

// Whether the range "cy" or "cy-GB" (any case) asks for `language`. "*" asks for English, like no header.
bool Asks(std::string_view range, Language language) {
  if (range == "*") {
    return language == Language::kEnglish;
  }
  const std::string_view primary = range.substr(0, range.find('-'));
  return base::EqualWithoutCase(primary, Tag(language));
}

constexpr std::array kLanguages = {Language::kEnglish, Language::kWelsh};

}  // namespace

std::string_view Tag(Language language) { return language == Language::kWelsh ? "cy" : "en"; }

std::optional<Language> FromTag(std::string_view tag) {
  const auto* const found = std::ranges::find(kLanguages, tag, Tag);
  return found == kLanguages.end() ? std::nullopt : std::optional(*found);
}

Language Preferred(std::string_view accept_language) {
  Language preferred = Language::kEnglish;
  int best = 0;
  while (!accept_language.empty()) {
    std::string_view entry = Next(accept_language, ',');
    const std::string_view range = Next(entry, ';');
    const auto quality = entry.empty() ? std::optional(1000) : Quality(Trimmed(entry));
    for (const Language language : kLanguages) {
      if (quality && *quality > best && Asks(range, language)) {
        preferred = language;
        best = *quality;
      }
    }
  }
  return preferred;
}

std::string Say(Language language, Text text, const Args& args) {
  return reasons::FillIn(Catalogue(language).at(static_cast<std::size_t>(text)).words, args);
}

std::string Sentence(Language language, Reason reason, const Args& args) {
  return language == Language::kEnglish
             ? reasons::OperatorText(reason, args)
             : reasons::FillIn(kWelshReasons.at(static_cast<std::size_t>(reason)).words, args);
}

std::string Duration(Language language, std::chrono::seconds d) {
  const std::int64_t total = std::max<std::int64_t>(d.count(), 0);
  const std::int64_t minutes = total / 60;
  const std::int64_t seconds = total % 60;
  const std::string minutes_text =
      Counted(language, minutes, Text::kMinutesOne, Text::kMinutesTwo, Text::kMinutesOther);
  const std::string seconds_text =
      Counted(language, seconds, Text::kSecondsOne, Text::kSecondsTwo, Text::kSecondsOther);
  if (minutes == 0) {
    return seconds_text;
  }
  return seconds == 0 ? minutes_text : minutes_text + " " + seconds_text;
}

std::string Tries(Language language, int n) {
  return Counted(language, n, Text::kTriesOne, Text::kTriesTwo, Text::kTriesOther);
}

std::vector<std::pair<std::string_view, std::string_view>> All(Language language) {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  for (const TextRow& row : Catalogue(language)) {
    all.emplace_back(row.name.substr(1), row.words);
  }
  return all;
}

std::string WithoutAccents(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kPlain = {{{"â", "a"},
                                                                                            {"ê", "e"},
                                                                                            {"î", "i"},
                                                                                            {"ô", "o"},
                                                                                            {"û", "u"},
                                                                                            {"ŵ", "w"},
                                                                                            {"ŷ", "y"},
                                                                                            {"á", "a"},
                                                                                            {"à", "a"},
                                                                                            {"é", "e"},
                                                                                            {"è", "e"},
                                                                                            {"ë", "e"},
                                                                                            {"ï", "i"},
                                                                                            {"ö", "o"},
                                                                                            {"‘", "'"},
                                                                                            {"’", "'"},
                                                                                            {"“", "\""},
                                                                                            {"”", "\""}}};
  std::string out;
  while (!text.empty()) {
    const auto* const found =
        std::ranges::find_if(kPlain, [&](const auto& pair) { return text.starts_with(pair.first); });
    if (found == kPlain.end()) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += found->second;
      text.remove_prefix(found->first.size());
    }
  }
  return out;
}

}  // namespace cis2::texts
