// The messages between cis2-front and cis2-brokerd: PROTOCOL.md in this folder.
//
// The front parses what browsers send and passes on typed fields alone; the broker answers with typed
// fields, the front makes the HTML. Fields are owned strings. Every decoder checks lengths, enum values and
// character sets, and refuses bytes left over; the broker then closes the front's connection and logs one
// line. No I/O here.
#ifndef CIS2_BROKER_FRONT_WIRE_MESSAGES_H_
#define CIS2_BROKER_FRONT_WIRE_MESSAGES_H_

#include "broker/reasons/reasons.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cis2::front_wire {

// The whole frame, header included. Larger than the PAM socket's because of certificate chains.
inline constexpr std::size_t kMaxFrame = 128UL * 1024;
inline constexpr std::size_t kMaxPem = 48UL * 1024;
inline constexpr std::size_t kMaxProxies = 64;
// The answer to a callback waits for the provider as long as [provider] timeout says, which is at most this.
inline constexpr std::chrono::seconds kLongestWait{60};
inline constexpr std::size_t kMaxParameter = 4096;  // one callback parameter
inline constexpr std::size_t kBrowserKeySize = 43;  // 256 bits in base64url
inline constexpr std::size_t kUserCodeSize = 8;     // without the dash, capitals
inline constexpr std::size_t kMaxReference = 32;
inline constexpr std::size_t kMaxBrowserKeys = 4;
inline constexpr const char* kUserCodeAlphabet = "BCDFGHJKLMNPQRSTVWXZ";

// --- front to broker; every request has an id, chosen by the front, that comes back in the reply

// GET /l/{user code}
struct ShowLogin {
  std::uint32_t request = 0;
  std::string user_code;
  std::string browser_key;  // of this login's cookie; empty without one
  std::string browser_addr;
};

// POST /l/{user code}/continue, after the front checked cookie and anti-forgery token.
struct ContinueLogin {
  std::uint32_t request = 0;
  std::string user_code;
  std::string browser_key;
  std::string browser_addr;
};

// POST /l/{user code}/not-me, likewise.
struct DenyLogin {
  std::uint32_t request = 0;
  std::string user_code;
  std::string browser_key;
  std::string browser_addr;
};

// GET /callback, after the front refused parameters given twice, code with error, and neither.
struct Callback {
  std::uint32_t request = 0;
  std::string state;
  std::string code;  // exactly one of code and error is not empty
  std::string error;
  std::string error_description;
  bool has_iss = false;
  std::string iss;
  // Every login cookie of this browser: user code and browser key.
  std::vector<std::pair<std::string, std::string>> browser_keys;
  std::string browser_addr;
};

// GET /jwks
struct GetJwks {
  std::uint32_t request = 0;
};

using ToBroker = std::variant<ShowLogin, ContinueLogin, DenyLogin, Callback, GetJwks>;

// --- broker to front

// What the front needs to serve. First after connecting, and again whenever it changes.
struct Settings {
  std::string public_url;  // "https://host:port", no path
  std::string certificate_chain_pem;
  std::string private_key_pem;
  std::string form_action_origin;  // of the authorization endpoint; empty until discovery is known
  bool hsts = true;
  bool serve_jwks = false;
  std::vector<std::string> trusted_proxies;
};

// data-outcome of the page.
enum class PageOutcome : std::uint8_t {
  kPending = 1,
  kChecking,
  kCode,
  kAllowed,
  kRefused,
  kExpired,
  kInUse,
  kCancelled,
  kUnavailable,
  kError,
};

// A page about a login, or about there being none (kError).
struct Page {
  std::uint32_t request = 0;
  PageOutcome outcome = PageOutcome::kError;
  std::uint16_t status = 200;  // of the HTTP answer
  reasons::Reason reason = reasons::Reason::kNone;
  reasons::Args args;
  std::string reference;
  // The facts; empty where the reader may not know them (kInUse, kError).
  std::string host, account, service, from;
  std::int64_t started = 0;  // seconds since 1970
  std::uint32_t seconds_left = 0;
  std::string confirmation_code;  // kCode, for the owner alone
  bool may_continue = false;      // show #continue
  bool may_deny = false;          // show #not-me
  bool other_network = false;     // browser and terminal are in different networks: warn
};

// 303 to the provider (after continue), or to the login's own page (after the callback).
struct RedirectTo {
  std::uint32_t request = 0;
  std::string location;
};

struct Jwks {
  std::uint32_t request = 0;
  std::string json;
};

using ToFront = std::variant<Settings, Page, RedirectTo, Jwks>;

// The whole frame, ready to send. Nothing when a field is longer than its limit.
std::optional<std::string> Encode(const ToBroker& message);
std::optional<std::string> Encode(const ToFront& message);
// `body` is what follows the frame header.
std::optional<ToBroker> DecodeToBroker(std::span<const std::byte> body);
std::optional<ToFront> DecodeToFront(std::span<const std::byte> body);

bool IsUserCode(std::string_view s);    // eight letters of the alphabet
bool IsBrowserKey(std::string_view s);  // 43 characters of base64url

}  // namespace cis2::front_wire

#endif  // CIS2_BROKER_FRONT_WIRE_MESSAGES_H_
