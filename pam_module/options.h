// The arguments of the module, as its line in a PAM service file gives them.
//
//   socket=PATH          the broker's socket, absolute          /run/cis2-broker/pam.sock
//   timeout=SECONDS      for one reply of the broker, 1 .. 60   5
//   qr=utf8|ascii|off    how the QR code is drawn               utf8
//   others=allow|refuse  account phase of logins by other means allow
//   debug                more lines in the log                  off
//
// An argument that is unknown, given twice or out of range is refused as a whole: a misspelt security
// option must not be silently off. Nothing else configures the module, least of all the environment.
// Ownership: the result points into argv, which libpam keeps for the length of the call.
#ifndef CIS2_PAM_MODULE_OPTIONS_H_
#define CIS2_PAM_MODULE_OPTIONS_H_

#include "pam_module/wire/messages.h"

#include <optional>
#include <span>

namespace cis2::pam_module {

inline constexpr char kDefaultSocket[] = "/run/cis2-broker/pam.sock";
inline constexpr int kDefaultReplySeconds = 5;
inline constexpr int kMaxReplySeconds = 60;

enum class Others { kAllow, kRefuse };
enum class LogDetail { kOutcome, kDebug };

struct Options {
  const char* socket = kDefaultSocket;
  int reply_seconds = kDefaultReplySeconds;
  wire::QrMode qr = wire::QrMode::kUtf8;
  Others others = Others::kAllow;
  LogDetail log = LogDetail::kOutcome;

  [[nodiscard]] long reply_milliseconds() const { return reply_seconds * 1000L; }
};

// The first argument that is wrong, and what would have been right. For the log.
struct BadArgument {
  const char* argument;
  const char* problem;
};

// Nothing when every argument is right; `options` is to be used only then.
std::optional<BadArgument> ParseOptions(std::span<const char* const> arguments, Options& options);

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_OPTIONS_H_
