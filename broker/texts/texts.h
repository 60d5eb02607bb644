// Every word that an operator reads, in each language: the pages and the terminal.
//
// A catalogue is a file: en.inc, cy.inc. Sentences of reasons stand in reasons/list.inc in English, because
// docs/reasons.md is written from there, and in the other catalogues beside the rest. A text that a catalogue
// lacks does not compile. Logs, audit and cis2ctl are for administrators and stay English. Pure.
#ifndef CIS2_BROKER_TEXTS_TEXTS_H_
#define CIS2_BROKER_TEXTS_TEXTS_H_

#include "broker/reasons/reasons.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cis2::texts {

enum class Language : std::uint8_t { kEnglish, kWelsh };

// "en", "cy": a language tag of BCP 47, as [host] language has it.
std::string_view Tag(Language language);
std::optional<Language> FromTag(std::string_view tag);

// The language that a browser prefers among ours (RFC 9110 section 12.5.4, RFC 4647 section 3.3.1): the
// highest quality counts, of equal ones the first, then English. `accept_language` is the header's value,
// empty without one; what cannot be read in it counts for nothing.
Language Preferred(std::string_view accept_language);

enum class Text : std::uint8_t {
#define T(name, text) name,
#define R(reason, text)
#include "broker/texts/en.inc"
#undef R
#undef T
};

// Values for the {names} in a text.
using reasons::Args;

// The text with `args` filled in. A name without a value stays out, never shows as {name}.
std::string Say(Language language, Text text, const Args& args = {});
// What the operator reads when a login ends for `reason`. Empty for kNone.
std::string Sentence(Language language, reasons::Reason reason, const Args& args = {});

// "1 minute 50 seconds", "45 seconds". Below zero is zero.
std::string Duration(Language language, std::chrono::seconds d);
// "1 try", "2 tries".
std::string Tries(Language language, int n);

// All texts with their names without the k, for templates: "NotMe".
std::vector<std::pair<std::string_view, std::string_view>> All(Language language);

// For a terminal, which gets ASCII alone: letters without their accents, plain quotation marks.
std::string WithoutAccents(std::string_view text);

}  // namespace cis2::texts

#endif  // CIS2_BROKER_TEXTS_TEXTS_H_
