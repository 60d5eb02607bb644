#include "broker/front/wire/messages.h"

#include "pam_module/wire/frame.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace cis2::front_wire {
namespace {

using wire::Reader;
using wire::Writer;

enum class Type : std::uint8_t {
  kShowLogin = 1,
  kContinueLogin = 2,
  kDenyLogin = 3,
  kCallback = 4,
  kGetJwks = 5,
  kSettings = 129,
  kPage = 130,
  kRedirectTo = 131,
  kJwks = 132,
};

constexpr std::size_t kMaxOrigin = 267;  // "https://", a host name of 253 characters, a port
constexpr std::size_t kMaxNetwork = 64;
constexpr std::size_t kMaxAddress = 45;
constexpr std::size_t kMaxReasonId = 64;
constexpr std::size_t kMaxArgs = 16;
constexpr std::size_t kMaxArgName = 32;
constexpr std::size_t kMaxArgValue = 256;
constexpr std::size_t kMaxFact = 512;
constexpr std::size_t kMaxLocation = 8192;
constexpr std::size_t kMaxJwks = 48UL * 1024;
constexpr std::size_t kConfirmationDigits = 6;

// --- character sets. Both directions are held to them: what breaks them is neither sent nor accepted.

template <class Predicate>
bool All(std::string_view s, Predicate is_allowed) {
  return std::all_of(s.begin(), s.end(), is_allowed);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsLetter(char c) { return IsLower(c) || (c >= 'A' && c <= 'Z'); }
bool IsPrintable(char c) { return c >= 0x20 && c < 0x7f; }
bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

bool IsText(std::string_view s, std::size_t max) { return s.size() <= max && All(s, IsPrintable); }

// VSCHAR of RFC 6749 appendix A, which is what state, code and error consist of.
bool IsParameter(std::string_view s) { return IsText(s, kMaxParameter); }

bool IsAddress(std::string_view s) {
  return !s.empty() && s.size() <= kMaxAddress && All(s, [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
  });
}

bool IsNetwork(std::string_view s) {
  const std::size_t slash = std::min(s.find('/'), s.size());
  return s.size() <= kMaxNetwork && IsAddress(s.substr(0, slash)) &&
         (slash == s.size() || (slash + 1 < s.size() && All(s.substr(slash + 1), IsDigit)));
}

// "https://host:port" and nothing behind it. It goes into a header of every page, so nothing but the
// characters of a host and a port may be in it.
bool IsOrigin(std::string_view s) {
  constexpr std::string_view kScheme = "https://";
  return s.size() <= kMaxOrigin && s.size() > kScheme.size() && s.starts_with(kScheme) &&
         All(s.substr(kScheme.size()), [](char c) {
           return IsLetter(c) || IsDigit(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
         });
}

// A path of ours or a URL of the provider. Browsers read "//x" and "/\x" as another host.
bool IsLocation(std::string_view s) {
  const bool own_path = s.starts_with('/') && !s.starts_with("//");
  const bool provider = s.starts_with("https://") && s.size() > 8;
  return s.size() <= kMaxLocation && (own_path || provider) &&
         All(s, [](char c) { return IsVisible(c) && c != '\\'; });
}

bool IsReasonId(std::string_view s) {
  return !s.empty() && s.size() <= kMaxReasonId &&
         All(s, [](char c) { return IsLower(c) || IsDigit(c) || c == '_' || c == '.'; });
}

bool IsArg(const std::pair<const std::string, std::string>& arg) {
  return !arg.first.empty() && arg.first.size() <= kMaxArgName && IsText(arg.second, kMaxArgValue) &&
         All(arg.first, [](char c) { return IsLower(c) || IsDigit(c) || c == '_'; });
}

// --- messages as a whole

bool IsValid(const ShowLogin& m) {
  return IsUserCode(m.user_code) && (m.browser_key.empty() || IsBrowserKey(m.browser_key)) &&
         IsAddress(m.browser_addr);
}

template <class Press>
bool IsValidPress(const Press& m) {
  return IsUserCode(m.user_code) && IsBrowserKey(m.browser_key) && IsAddress(m.browser_addr);
}
bool IsValid(const ContinueLogin& m) { return IsValidPress(m); }
bool IsValid(const DenyLogin& m) { return IsValidPress(m); }

bool AreBrowserKeys(const std::vector<std::pair<std::string, std::string>>& keys) {
  std::set<std::string_view> codes;
  return keys.size() <= kMaxBrowserKeys && std::all_of(keys.begin(), keys.end(), [&](const auto& k) {
           return IsUserCode(k.first) && IsBrowserKey(k.second) && codes.insert(k.first).second;
         });
}

bool IsValid(const Callback& m) {
  return IsParameter(m.state) && IsParameter(m.code) && IsParameter(m.error) &&
         IsParameter(m.error_description) && IsParameter(m.iss) && m.code.empty() != m.error.empty() &&
         (m.has_iss || m.iss.empty()) && AreBrowserKeys(m.browser_keys) && IsAddress(m.browser_addr);
}

bool IsValid(const GetJwks& /*m*/) { return true; }

bool IsValid(const Settings& m) {
  return IsOrigin(m.public_url) && !m.certificate_chain_pem.empty() &&
         m.certificate_chain_pem.size() <= kMaxPem && !m.private_key_pem.empty() &&
         m.private_key_pem.size() <= kMaxPem &&
         (m.form_action_origin.empty() || IsOrigin(m.form_action_origin)) &&
         m.trusted_proxies.size() <= kMaxProxies &&
         std::all_of(m.trusted_proxies.begin(), m.trusted_proxies.end(), IsNetwork);
}

bool IsOutcome(std::uint8_t value) {
  return value >= static_cast<std::uint8_t>(PageOutcome::kPending) &&
         value <= static_cast<std::uint8_t>(PageOutcome::kError);
}

// Digits are on the page of outcome kCode and on no other.
bool IsConfirmationCode(std::string_view digits, PageOutcome outcome) {
  return outcome == PageOutcome::kCode ? digits.size() == kConfirmationDigits && All(digits, IsDigit)
                                       : digits.empty();
}

bool IsValid(const Page& m) {
  return IsOutcome(static_cast<std::uint8_t>(m.outcome)) && m.status >= 200 && m.status <= 599 &&
         m.args.size() <= kMaxArgs && std::all_of(m.args.begin(), m.args.end(), IsArg) &&
         IsText(m.reference, kMaxReference) && IsText(m.host, kMaxFact) && IsText(m.account, kMaxFact) &&
         IsText(m.service, kMaxFact) && IsText(m.from, kMaxFact) && m.started >= 0 &&
         IsConfirmationCode(m.confirmation_code, m.outcome);
}

bool IsValid(const RedirectTo& m) { return IsLocation(m.location); }
bool IsValid(const Jwks& m) { return !m.json.empty() && m.json.size() <= kMaxJwks; }

// --- fields

void PutPem(Writer& w, std::string_view pem) {
  w.U32(static_cast<std::uint32_t>(pem.size()));
  for (const char c : pem) {
    w.U8(static_cast<std::uint8_t>(c));
  }
}

// Reads fields as owned strings. Malformed once, malformed for good; Done() is asked at the end.
class Fields {
 public:
  explicit Fields(std::span<const std::byte> payload) : reader_(payload) {}

  std::uint8_t U8() { return reader_.U8(); }
  std::uint16_t U16() { return reader_.U16(); }
  std::uint32_t U32() { return reader_.U32(); }
  std::uint64_t U64() { return reader_.U64(); }
  std::string Str(std::size_t max) { return std::string(reader_.Str(max)); }
  bool Bool() {
    const std::uint8_t value = U8();
    Require(value <= 1);
    return value == 1;
  }
  // The number of elements that follow.
  std::size_t Count(std::size_t max) {
    const std::size_t count = U16();
    Require(count <= max);
    return ok() ? count : 0;
  }
  std::string Pem() {
    const std::size_t size = U32();
    Require(size <= kMaxPem);
    std::string pem;
    pem.reserve(ok() ? size : 0);  // a string that grows leaves pieces of a key behind
    while (ok() && pem.size() < size) {
      const auto c = static_cast<char>(U8());
      Require(c != '\0');
      pem += c;
    }
    return pem;
  }
  void Require(bool condition) { required_ = required_ && condition; }
  [[nodiscard]] bool ok() const { return required_ && reader_.ok(); }
  [[nodiscard]] bool Done() const { return required_ && reader_.AtEnd(); }

 private:
  Reader reader_;
  bool required_ = true;
};

// --- one pair of functions a message: type and fields in the order of messages.h

Type TypeOf(const ShowLogin& /*m*/) { return Type::kShowLogin; }
Type TypeOf(const ContinueLogin& /*m*/) { return Type::kContinueLogin; }
Type TypeOf(const DenyLogin& /*m*/) { return Type::kDenyLogin; }
Type TypeOf(const Callback& /*m*/) { return Type::kCallback; }
Type TypeOf(const GetJwks& /*m*/) { return Type::kGetJwks; }
Type TypeOf(const Settings& /*m*/) { return Type::kSettings; }
Type TypeOf(const Page& /*m*/) { return Type::kPage; }
Type TypeOf(const RedirectTo& /*m*/) { return Type::kRedirectTo; }
Type TypeOf(const Jwks& /*m*/) { return Type::kJwks; }

template <class Press>
void PutPress(Writer& w, const Press& m) {
  w.U32(m.request);
  w.Str(m.user_code);
  w.Str(m.browser_key);
  w.Str(m.browser_addr);
}
void Put(Writer& w, const ShowLogin& m) { PutPress(w, m); }
void Put(Writer& w, const ContinueLogin& m) { PutPress(w, m); }
void Put(Writer& w, const DenyLogin& m) { PutPress(w, m); }

template <class Press>
void GetPress(Fields& f, Press& m) {
  m.request = f.U32();
  m.user_code = f.Str(kUserCodeSize);
  m.browser_key = f.Str(kBrowserKeySize);
  m.browser_addr = f.Str(kMaxAddress);
}
void Get(Fields& f, ShowLogin& m) { GetPress(f, m); }
void Get(Fields& f, ContinueLogin& m) { GetPress(f, m); }
void Get(Fields& f, DenyLogin& m) { GetPress(f, m); }

void Put(Writer& w, const Callback& m) {
  w.U32(m.request);
  w.Str(m.state);
  w.Str(m.code);
  w.Str(m.error);
  w.Str(m.error_description);
  w.U8(m.has_iss ? 1 : 0);
  w.Str(m.iss);
  w.U16(static_cast<std::uint16_t>(m.browser_keys.size()));
  for (const auto& [user_code, browser_key] : m.browser_keys) {
    w.Str(user_code);
    w.Str(browser_key);
  }
  w.Str(m.browser_addr);
}

void Get(Fields& f, Callback& m) {
  m.request = f.U32();
  m.state = f.Str(kMaxParameter);
  m.code = f.Str(kMaxParameter);
  m.error = f.Str(kMaxParameter);
  m.error_description = f.Str(kMaxParameter);
  m.has_iss = f.Bool();
  m.iss = f.Str(kMaxParameter);
  for (std::size_t left = f.Count(kMaxBrowserKeys); left > 0; --left) {
    std::string user_code = f.Str(kUserCodeSize);
    std::string browser_key = f.Str(kBrowserKeySize);
    m.browser_keys.emplace_back(std::move(user_code), std::move(browser_key));
  }
  m.browser_addr = f.Str(kMaxAddress);
}

void Put(Writer& w, const GetJwks& m) { w.U32(m.request); }
void Get(Fields& f, GetJwks& m) { m.request = f.U32(); }

void Put(Writer& w, const Settings& m) {
  w.Str(m.public_url);
  PutPem(w, m.certificate_chain_pem);
  PutPem(w, m.private_key_pem);
  w.Str(m.form_action_origin);
  w.U8(m.hsts ? 1 : 0);
  w.U8(m.serve_jwks ? 1 : 0);
  w.U16(static_cast<std::uint16_t>(m.trusted_proxies.size()));
  for (const std::string& proxy : m.trusted_proxies) {
    w.Str(proxy);
  }
}

void Get(Fields& f, Settings& m) {
  m.public_url = f.Str(kMaxOrigin);
  m.certificate_chain_pem = f.Pem();
  m.private_key_pem = f.Pem();
  m.form_action_origin = f.Str(kMaxOrigin);
  m.hsts = f.Bool();
  m.serve_jwks = f.Bool();
  for (std::size_t left = f.Count(kMaxProxies); left > 0; --left) {
    m.trusted_proxies.push_back(f.Str(kMaxNetwork));
  }
}

void Put(Writer& w, const Page& m) {
  w.U32(m.request);
  w.U8(static_cast<std::uint8_t>(m.outcome));
  w.U16(m.status);
  w.Str(reasons::Id(m.reason));
  w.U16(static_cast<std::uint16_t>(m.args.size()));
  for (const auto& [name, value] : m.args) {
    w.Str(name);
    w.Str(value);
  }
  w.Str(m.reference);
  w.Str(m.host);
  w.Str(m.account);
  w.Str(m.service);
  w.Str(m.from);
  w.U64(static_cast<std::uint64_t>(m.started));
  w.U32(m.seconds_left);
  w.Str(m.confirmation_code);
  w.U8(m.may_continue ? 1 : 0);
  w.U8(m.may_deny ? 1 : 0);
  w.U8(m.other_network ? 1 : 0);
}

void Get(Fields& f, Page& m) {
  m.request = f.U32();
  const std::uint8_t outcome = f.U8();
  f.Require(IsOutcome(outcome));
  m.outcome = static_cast<PageOutcome>(outcome);
  m.status = f.U16();
  const std::string reason = f.Str(kMaxReasonId);
  f.Require(IsReasonId(reason));
  // An id that this front does not know yet is still a reason; only its sentence is missing here.
  m.reason = reasons::FromId(reason).value_or(reasons::Reason::kLoginInternal);
  for (std::size_t left = f.Count(kMaxArgs); left > 0; --left) {
    std::string name = f.Str(kMaxArgName);
    std::string value = f.Str(kMaxArgValue);
    f.Require(m.args.emplace(std::move(name), std::move(value)).second);
  }
  m.reference = f.Str(kMaxReference);
  m.host = f.Str(kMaxFact);
  m.account = f.Str(kMaxFact);
  m.service = f.Str(kMaxFact);
  m.from = f.Str(kMaxFact);
  m.started = static_cast<std::int64_t>(f.U64());
  m.seconds_left = f.U32();
  m.confirmation_code = f.Str(kConfirmationDigits);
  m.may_continue = f.Bool();
  m.may_deny = f.Bool();
  m.other_network = f.Bool();
}

void Put(Writer& w, const RedirectTo& m) {
  w.U32(m.request);
  w.Str(m.location);
}
void Get(Fields& f, RedirectTo& m) {
  m.request = f.U32();
  m.location = f.Str(kMaxLocation);
}

void Put(Writer& w, const Jwks& m) {
  w.U32(m.request);
  w.Str(m.json);
}
void Get(Fields& f, Jwks& m) {
  m.request = f.U32();
  m.json = f.Str(kMaxJwks);
}

// --- frames

template <class Message>
std::optional<std::string> EncodeOne(const Message& m) {
  if (!IsValid(m)) {
    return std::nullopt;
  }
  std::vector<std::byte> buffer(kMaxFrame);
  const auto size =
      wire::WriteFrame(static_cast<std::uint8_t>(TypeOf(m)), buffer, [&](Writer& w) { Put(w, m); });
  std::optional<std::string> frame;
  if (size) {
    frame = std::string(reinterpret_cast<const char*>(buffer.data()), *size);
  }
  ::OPENSSL_cleanse(buffer.data(), buffer.size());  // keys, codes and states went through it
  return frame;
}

template <class Message, class Variant>
std::optional<Variant> DecodeOne(std::span<const std::byte> payload) {
  Fields fields(payload);
  Message m;
  Get(fields, m);
  if (!fields.Done() || !IsValid(m)) {
    return std::nullopt;
  }
  return Variant(std::move(m));
}

// The payload behind the type byte if the type is the message's, decoded.
template <class Variant, class First, class... Rest>
std::optional<Variant> DecodeAny(Type type, std::span<const std::byte> payload) {
  if (type == TypeOf(First())) {
    return DecodeOne<First, Variant>(payload);
  }
  if constexpr (sizeof...(Rest) > 0) {
    return DecodeAny<Variant, Rest...>(type, payload);
  } else {
    return std::nullopt;
  }
}

template <class... Messages>
std::optional<std::variant<Messages...>> Decode(std::span<const std::byte> body,
                                                const std::variant<Messages...>* /*tag*/) {
  if (body.empty() || body.size() > kMaxFrame - wire::kFrameHeader) {
    return std::nullopt;
  }
  return DecodeAny<std::variant<Messages...>, Messages...>(static_cast<Type>(body[0]), body.subspan(1));
}

}  // namespace

std::optional<std::string> Encode(const ToBroker& message) {
  return std::visit([](const auto& m) { return EncodeOne(m); }, message);
}

std::optional<std::string> Encode(const ToFront& message) {
  return std::visit([](const auto& m) { return EncodeOne(m); }, message);
}

std::optional<ToBroker> DecodeToBroker(std::span<const std::byte> body) {
  return Decode(body, static_cast<const ToBroker*>(nullptr));
}

std::optional<ToFront> DecodeToFront(std::span<const std::byte> body) {
  return Decode(body, static_cast<const ToFront*>(nullptr));
}

bool IsUserCode(std::string_view s) {
  return s.size() == kUserCodeSize &&
         All(s, [](char c) { return std::string_view(kUserCodeAlphabet).find(c) != std::string_view::npos; });
}

bool IsBrowserKey(std::string_view s) {
  return s.size() == kBrowserKeySize &&
         All(s, [](char c) { return IsLetter(c) || IsDigit(c) || c == '-' || c == '_'; });
}

}  // namespace cis2::front_wire
