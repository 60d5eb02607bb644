#include "broker/login/screens.h"

#include "broker/base/text.h"
#include "broker/qr/terminal_qr.h"

namespace cis2::login {
namespace {

constexpr const char* kPrompt = "Code: ";

std::string Draw(const ScreenFacts& facts, qr::Style style) {
  return qr::Draw(qr::InCapitals(facts.link), style).value_or("");
}

std::string ValidityLine(const ScreenFacts& facts) {
  const std::string left = base::FormatRemaining(facts.left);
  if (facts.signed_in) {
    return "Type the 6 digits that the page shows. Time left: " + left + ".\n";
  }
  return "Sign in within " + left + ", then type the 6 digits (?: other QR, help).\n";
}

std::string Help() {
  return "1. Open the link in a browser, or scan the QR code with a phone.\n"
         "2. Check that the page names this server and your account, and sign in.\n"
         "3. Type the 6 digits that the page shows after \"Code:\" and press Enter.\n"
         "Never give the digits to anybody, and sign in only to a login that you\n"
         "started. Any one character and Enter changes the QR code: blocks, blocks for\n"
         "light terminals, plain characters, this help. Ctrl-C ends the login.\n";
}

std::string NoticeLine(const ScreenFacts& facts) {
  switch (facts.notice) {
    case Notice::kFirst:
    case Notice::kView:
      return "";
    case Notice::kNotSignedIn:
      return "Not signed in yet: open the link first. The digits come after that.\n";
    case Notice::kEmpty:
      return facts.signed_in ? "You are signed in: the page shows 6 digits.\n"
                             : "Not signed in yet: open the link.\n";
    case Notice::kWrongDigits:
      return "These are not the digits. " + std::to_string(facts.tries_left) +
             (facts.tries_left == 1 ? " try" : " tries") + " left.\n";
  }
  return "";
}

// Everything above "Code: ".
std::string Body(const ScreenFacts& facts) {
  const std::string link = facts.link + "\n";
  const bool draws = facts.notice == Notice::kFirst || facts.notice == Notice::kView;
  if (!draws) {
    return NoticeLine(facts) + (facts.signed_in ? "" : link) + ValidityLine(facts);
  }
  switch (facts.view) {
    case View::kUtf8:
      return Draw(facts, qr::Style::kHalfBlocks) + link + ValidityLine(facts);
    case View::kUtf8Inverted:
      return Draw(facts, qr::Style::kHalfBlocksInverted) + link + ValidityLine(facts);
    case View::kAscii:
      // Higher than most windows: the link must not depend on being scrolled to.
      return link + ValidityLine(facts) + "This QR code needs a window of 40 rows.\n" +
             Draw(facts, qr::Style::kAscii);
    case View::kHelp:
      return Help() + link + ValidityLine(facts);
    case View::kOff:
      break;
  }
  return link + ValidityLine(facts);
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
  if (!facts.for_sudo) {
    return {.info = "", .prompt = "\n" + Body(facts) + kPrompt};
  }
  const std::string link = facts.signed_in ? "" : facts.link + "\n";
  return {.info = "\n" + Body(facts), .prompt = link + kPrompt};
}

}  // namespace cis2::login
