#include "broker/login/screens.h"

#include "broker/qr/terminal_qr.h"

namespace cis2::login {
namespace {

using texts::Text;

std::string Draw(const ScreenFacts& facts, qr::Style style) {
  return qr::Draw(qr::InCapitals(facts.link), style).value_or("");
}

std::string Words(const ScreenFacts& facts, Text text, const texts::Args& args = {}) {
  return texts::WithoutAccents(texts::Say(facts.language, text, args));
}

std::string Line(const ScreenFacts& facts, Text text, const texts::Args& args = {}) {
  return Words(facts, text, args) + "\n";
}

std::string ValidityLine(const ScreenFacts& facts) {
  return Line(facts, facts.signed_in ? Text::kTypeTheDigits : Text::kSignInWithin,
              {{"left", texts::Duration(facts.language, facts.left)}});
}

std::string NoticeLine(const ScreenFacts& facts) {
  switch (facts.notice) {
    case Notice::kFirst:
    case Notice::kView:
      return "";
    case Notice::kNotSignedIn:
      return Line(facts, Text::kNotSignedIn);
    case Notice::kEmpty:
      if (facts.link.empty()) {
        return "";
      }
      return Line(facts, facts.signed_in ? Text::kDigitsAreShown : Text::kOpenTheLink);
    case Notice::kWrongDigits:
      return Line(facts, Text::kWrongDigits, {{"tries", texts::Tries(facts.language, facts.tries_left)}});
    case Notice::kNotAnEmergencyCode:
      return Line(facts, Text::kNotAnEmergencyCode);
    case Notice::kWrongEmergencyCode:
      return Line(facts, Text::kWrongEmergencyCode,
                  {{"tries", texts::Tries(facts.language, facts.tries_left)}});
    case Notice::kSignInIsBack:
      return Line(facts, Text::kSignInIsBack);
  }
  return "";
}

// In place of a link.
std::string EmergencyLines(const ScreenFacts& facts) {
  return Line(facts, Text::kNoSignIn) +
         Line(facts, Text::kTypeEmergencyCode, {{"left", texts::Duration(facts.language, facts.left)}}) +
         Line(facts, Text::kUseIsReported);
}

// The link, with whatever is drawn above it.
std::string LinkView(const ScreenFacts& facts) {
  const std::string link = facts.link + "\n";
  switch (facts.view) {
    case View::kUtf8:
      return Draw(facts, qr::Style::kHalfBlocks) + link + ValidityLine(facts);
    case View::kUtf8Inverted:
      return Draw(facts, qr::Style::kHalfBlocksInverted) + link + ValidityLine(facts);
    case View::kAscii:
      // Higher than most windows: the link must not depend on being scrolled to.
      return link + ValidityLine(facts) + Line(facts, Text::kNeedsRows) + Draw(facts, qr::Style::kAscii);
    case View::kHelp:
      return Line(facts, Text::kHelp) + link + ValidityLine(facts);
    case View::kOff:
      break;
  }
  return link + ValidityLine(facts);
}

// Everything above "Code: ".
std::string Body(const ScreenFacts& facts) {
  if (facts.link.empty()) {
    return NoticeLine(facts) + EmergencyLines(facts);
  }
  if (facts.notice == Notice::kFirst || facts.notice == Notice::kView ||
      facts.notice == Notice::kSignInIsBack) {
    return NoticeLine(facts) + LinkView(facts);
  }
  return NoticeLine(facts) + (facts.signed_in ? "" : facts.link + "\n") + ValidityLine(facts);
}

}  // namespace

View FirstView(wire::QrMode mode) {
  switch (mode) {
    case wire::QrMode::kUtf8:
      return View::kUtf8;
    case wire::QrMode::kAscii:
      return View::kAscii;
    case wire::QrMode::kOff:
      break;
  }
  return View::kOff;
}

View NextView(View view) {
  switch (view) {
    case View::kUtf8:
      return View::kUtf8Inverted;
    case View::kUtf8Inverted:
      return View::kAscii;
    case View::kAscii:
      return View::kHelp;
    case View::kHelp:
    case View::kOff:
      break;
  }
  return View::kUtf8;
}

Screen MakeScreen(const ScreenFacts& facts) {
  const std::string prompt = Words(facts, Text::kPrompt);
  if (!facts.for_sudo) {
    return {.info = "", .prompt = "\n" + Body(facts) + prompt};
  }
  const std::string link = facts.signed_in || facts.link.empty() ? "" : facts.link + "\n";
  return {.info = "\n" + Body(facts), .prompt = link + prompt};
}

std::string RefusalText(texts::Language language, reasons::Reason reason, const reasons::Args& args) {
  return texts::WithoutAccents(texts::Sentence(language, reason, args));
}

}  // namespace cis2::login
