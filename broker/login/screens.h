// Every text that the broker puts on a terminal. Pure.
//
// Rules of the screen (design section 5; facts: peers.md 2.1): one prompt carries everything; it starts with
// a newline, because OpenSSH clients write "(user@host) " before it; no escape sequences; QR first, then the
// link alone on its line, then how long it is valid, then "Code: " last. While the provider is away there is
// no link, and an emergency code is asked for. sudo gets one info message with everything and a prompt that
// repeats the link, since sudo may replace the prompt by its own. Printable ASCII, newline and the three half
// blocks only: the module drops anything else. The words are in broker/texts.
#ifndef CIS2_BROKER_LOGIN_SCREENS_H_
#define CIS2_BROKER_LOGIN_SCREENS_H_

#include "broker/reasons/reasons.h"
#include "broker/texts/texts.h"
#include "pam_module/wire/messages.h"

#include <chrono>
#include <string>

namespace cis2::login {

// What is drawn above the link. Any one-character answer steps to the next.
enum class View { kOff, kUtf8, kUtf8Inverted, kAscii, kHelp };
View FirstView(wire::QrMode mode);
View NextView(View view);

// What the screen says besides the link.
enum class Notice {
  kFirst,        // the first screen
  kView,         // the next view, asked for
  kNotSignedIn,  // something was typed before anybody signed in
  kEmpty,        // Enter was pressed without an answer
  kWrongDigits,  // these are not the digits
  kNotAnEmergencyCode,
  kWrongEmergencyCode,
  kSignInIsBack,  // the provider, away when the login began, can be reached again
};

struct ScreenFacts {
  std::string link;  // "https://login.example:8443/l/BCDF-GHJK"; empty while nobody can sign in
  std::chrono::seconds left{0};
  View view = View::kOff;
  Notice notice = Notice::kFirst;
  bool signed_in = false;  // the six digits are on the page
  int tries_left = 0;
  bool for_sudo = false;
  texts::Language language = texts::Language::kEnglish;
};

struct Screen {
  std::string info;
  std::string prompt;
};

Screen MakeScreen(const ScreenFacts& facts);

// Why a login ended, below the last prompt. Empty for kNone.
std::string RefusalText(texts::Language language, reasons::Reason reason, const reasons::Args& args = {});

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_SCREENS_H_
