// The messages between the PAM module and the broker, and the table of which is legal when.
//
// Grammar and a worked example: PROTOCOL.md. No I/O, no allocation. Decoded strings point into the frame
// they were read from. A decoder answers nothing for anything malformed: a field too long, a NUL, an
// unknown enum value, bytes left over. Both sides then end the conversation with a refusal.
#ifndef CIS2_PAM_MODULE_WIRE_MESSAGES_H_
#define CIS2_PAM_MODULE_WIRE_MESSAGES_H_

#include "pam_module/wire/frame.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cis2::wire {

// The version that the module of this release speaks, and the oldest that its broker still answers: at most one
// behind, so that the broker can be upgraded first (PROTOCOL.md, section 6).
inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::uint16_t kOldestVersion = 1;
static_assert(kOldestVersion == kVersion || kOldestVersion + 1 == kVersion);

// Whether a broker that speaks `oldest` to `newest` answers a module that speaks `version`.
constexpr bool IsSpoken(std::uint16_t version, std::uint16_t oldest = kOldestVersion,
                        std::uint16_t newest = kVersion) {
  return oldest <= version && version <= newest;
}

enum class MessageType : std::uint8_t {
  kLoginRequest = 1,    // module -> broker
  kScreen = 2,          // broker -> module
  kAnswer = 3,          // module -> broker
  kVerdict = 4,         // broker -> module
  kAccountRequest = 5,  // module -> broker
};

// Longest values, in bytes. They bound what the module copies from PAM; longer items are cut there, since a
// value this long fits no grammar and is refused by the broker anyway.
inline constexpr std::size_t kMaxName = 256;      // service, account, ruser, rhost, tty
inline constexpr std::size_t kMaxSshItem = 4096;  // SSH_AUTH_INFO_0 holds a whole public key
inline constexpr std::size_t kMaxText = 8192;     // a screen with its QR code
inline constexpr std::size_t kMaxAnswer = 512;
inline constexpr std::size_t kMaxReference = 32;
inline constexpr std::size_t kTicketSize = 32;  // hexadecimal characters

// How the module was told to draw the QR code (argument `qr=`).
enum class QrMode : std::uint8_t { kUtf8 = 1, kAscii = 2, kOff = 3 };

// Bits of LoginRequest::flags.
inline constexpr std::uint32_t kFlagSilent = 1;               // PAM_SILENT was given
inline constexpr std::uint32_t kFlagDisallowNullAuthtok = 2;  // PAM_DISALLOW_NULL_AUTHTOK was given

struct LoginRequest {
  std::uint16_t version = kVersion;
  std::string_view service, account, rhost, ruser, tty;
  std::string_view ssh_connection;  // SSH_CONNECTION, empty unless PAM_TTY is "ssh"
  std::string_view ssh_auth_info;   // SSH_AUTH_INFO_0, likewise
  std::uint32_t flags = 0;
  QrMode qr = QrMode::kUtf8;
};

// What to show and ask: `info`, if not empty, as one PAM_TEXT_INFO, then `prompt` as PAM_PROMPT_ECHO_ON.
struct Screen {
  std::string_view info;
  std::string_view prompt;
};

struct Answer {
  std::string_view text;
};

// The account phase. `ticket` is that of the Verdict that allowed this login, or empty for a login by
// other means (only asked with others=refuse).
struct AccountRequest {
  std::uint16_t version = kVersion;
  std::string_view service, account, rhost, ruser, tty;
  std::string_view ticket;
};

enum class VerdictKind : std::uint8_t {
  kAllow = 1,
  kRefuse = 2,
  // Could not be decided: the provider is away. Before any Screen the module answers
  // PAM_AUTHINFO_UNAVAIL, afterwards it is a refusal like any other.
  kUnavailable = 3,
  // This broker does not speak the version of the request. This verdict is the same in every version.
  kUnsupported = 4,
};

struct Verdict {
  VerdictKind kind = VerdictKind::kRefuse;
  std::string_view text;       // for the operator, already worded; may be empty
  std::string_view reference;  // what support looks up; may be empty
  std::string_view ticket;     // kTicketSize characters for kAllow of a login, else empty
};

// Each returns the size of the whole frame written to `out`, or nothing when it does not fit or a field is
// longer than its limit.
std::optional<std::size_t> Encode(const LoginRequest& m, std::span<std::byte> out);
std::optional<std::size_t> Encode(const Screen& m, std::span<std::byte> out);
std::optional<std::size_t> Encode(const Answer& m, std::span<std::byte> out);
std::optional<std::size_t> Encode(const Verdict& m, std::span<std::byte> out);
std::optional<std::size_t> Encode(const AccountRequest& m, std::span<std::byte> out);

// `body` is what follows the frame header: the type byte and the payload.
std::optional<MessageType> TypeOf(std::span<const std::byte> body);
// The version that a request begins with, whatever follows it in that version. Nothing for other messages.
std::optional<std::uint16_t> VersionOf(std::span<const std::byte> body);
std::optional<LoginRequest> DecodeLoginRequest(std::span<const std::byte> body);
std::optional<Screen> DecodeScreen(std::span<const std::byte> body);
std::optional<Answer> DecodeAnswer(std::span<const std::byte> body);
std::optional<Verdict> DecodeVerdict(std::span<const std::byte> body);
std::optional<AccountRequest> DecodeAccountRequest(std::span<const std::byte> body);

// Where a conversation stands. Both sides keep one and ask it before they act on a message.
//
//   kStart --LoginRequest--> kAsked --Screen--> kShown --Answer--> kAsked ... --Verdict--> kDone
//   kStart --AccountRequest--> kAccount --Verdict--> kDone
//
// The broker may send a Verdict while the module still waits for the person (kShown): the module reads it
// after the next Enter. Its Answer has then crossed it, so kDone takes one Answer and drops it.
enum class State : std::uint8_t { kStart = 1, kAsked = 2, kShown = 4, kAccount = 8, kDone = 16, kOver = 32 };
enum class Sender : std::uint8_t { kModule, kBroker };

struct Permit {
  MessageType type;
  Sender sender;
  std::uint8_t from;  // a set of State bits
  State to;
};

inline constexpr std::uint8_t In(State s) { return static_cast<std::uint8_t>(s); }
inline constexpr std::uint8_t In(State a, State b) { return static_cast<std::uint8_t>(In(a) | In(b)); }

inline constexpr Permit kPermits[] = {
    {MessageType::kLoginRequest, Sender::kModule, In(State::kStart), State::kAsked},
    {MessageType::kAccountRequest, Sender::kModule, In(State::kStart), State::kAccount},
    {MessageType::kScreen, Sender::kBroker, In(State::kAsked), State::kShown},
    {MessageType::kAnswer, Sender::kModule, In(State::kShown), State::kAsked},
    {MessageType::kAnswer, Sender::kModule, In(State::kDone), State::kOver},
    {MessageType::kVerdict, Sender::kBroker, In(State::kAsked, State::kShown), State::kDone},
    {MessageType::kVerdict, Sender::kBroker, In(State::kAccount, State::kStart), State::kDone},
};

class Conversation {
 public:
  // True when `sender` may send `type` now; the conversation then moves on. False ends it for good.
  bool Admit(Sender sender, MessageType type) {
    for (const Permit& p : kPermits) {
      if (p.type == type && p.sender == sender && (p.from & In(state_)) != 0) {
        state_ = p.to;
        return true;
      }
    }
    state_ = State::kOver;
    return false;
  }
  [[nodiscard]] State state() const { return state_; }

 private:
  State state_ = State::kStart;
};

}  // namespace cis2::wire

#endif  // CIS2_PAM_MODULE_WIRE_MESSAGES_H_
