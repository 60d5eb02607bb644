#include "pam_module/wire/messages.h"

namespace cis2::wire {
namespace {

constexpr bool Fits(std::string_view s, std::size_t max) { return s.size() <= max; }

bool NamesFit(std::string_view service, std::string_view account, std::string_view rhost,
              std::string_view ruser, std::string_view tty) {
  return Fits(service, kMaxName) && Fits(account, kMaxName) && Fits(rhost, kMaxName) &&
         Fits(ruser, kMaxName) && Fits(tty, kMaxName);
}

// A Reader placed behind the type byte, or nothing when the type is another one.
std::optional<Reader> Payload(std::span<const std::byte> body, MessageType type) {
  if (TypeOf(body) != type) {
    return std::nullopt;
  }
  return Reader(body.subspan(1));
}

constexpr std::uint8_t TypeByte(MessageType t) { return static_cast<std::uint8_t>(t); }

}  // namespace

std::optional<std::size_t> Encode(const LoginRequest& m, std::span<std::byte> out) {
  if (!NamesFit(m.service, m.account, m.rhost, m.ruser, m.tty) || !Fits(m.ssh_connection, kMaxSshItem) ||
      !Fits(m.ssh_auth_info, kMaxSshItem)) {
    return std::nullopt;
  }
  return WriteFrame(TypeByte(MessageType::kLoginRequest), out, [&](Writer& w) {
    w.U16(m.version);
    w.Str(m.service);
    w.Str(m.account);
    w.Str(m.rhost);
    w.Str(m.ruser);
    w.Str(m.tty);
    w.Str(m.ssh_connection);
    w.Str(m.ssh_auth_info);
    w.U32(m.flags);
    w.U8(static_cast<std::uint8_t>(m.qr));
  });
}

std::optional<std::size_t> Encode(const Screen& m, std::span<std::byte> out) {
  if (!Fits(m.info, kMaxText) || !Fits(m.prompt, kMaxText)) {
    return std::nullopt;
  }
  return WriteFrame(TypeByte(MessageType::kScreen), out, [&](Writer& w) {
    w.Str(m.info);
    w.Str(m.prompt);
  });
}

std::optional<std::size_t> Encode(const Answer& m, std::span<std::byte> out) {
  if (!Fits(m.text, kMaxAnswer)) {
    return std::nullopt;
  }
  return WriteFrame(TypeByte(MessageType::kAnswer), out, [&](Writer& w) { w.Str(m.text); });
}

std::optional<std::size_t> Encode(const Verdict& m, std::span<std::byte> out) {
  if (!Fits(m.text, kMaxText) || !Fits(m.reference, kMaxReference) || !Fits(m.ticket, kTicketSize)) {
    return std::nullopt;
  }
  return WriteFrame(TypeByte(MessageType::kVerdict), out, [&](Writer& w) {
    w.U8(static_cast<std::uint8_t>(m.kind));
    w.Str(m.text);
    w.Str(m.reference);
    w.Str(m.ticket);
  });
}

std::optional<std::size_t> Encode(const AccountRequest& m, std::span<std::byte> out) {
  if (!NamesFit(m.service, m.account, m.rhost, m.ruser, m.tty) || !Fits(m.ticket, kTicketSize)) {
    return std::nullopt;
  }
  return WriteFrame(TypeByte(MessageType::kAccountRequest), out, [&](Writer& w) {
    w.U16(m.version);
    w.Str(m.service);
    w.Str(m.account);
    w.Str(m.rhost);
    w.Str(m.ruser);
    w.Str(m.tty);
    w.Str(m.ticket);
  });
}

std::optional<MessageType> TypeOf(std::span<const std::byte> body) {
  if (body.empty()) {
    return std::nullopt;
  }
  const auto value = std::to_integer<std::uint8_t>(body[0]);
  if (value < TypeByte(MessageType::kLoginRequest) || value > TypeByte(MessageType::kAccountRequest)) {
    return std::nullopt;
  }
  return static_cast<MessageType>(value);
}

std::optional<std::uint16_t> VersionOf(std::span<const std::byte> body) {
  const auto type = TypeOf(body);
  if (type != MessageType::kLoginRequest && type != MessageType::kAccountRequest) {
    return std::nullopt;
  }
  Reader r(body.subspan(1));
  const std::uint16_t version = r.U16();
  return r.ok() ? std::optional(version) : std::nullopt;
}

std::optional<LoginRequest> DecodeLoginRequest(std::span<const std::byte> body) {
  auto r = Payload(body, MessageType::kLoginRequest);
  if (!r) {
    return std::nullopt;
  }
  LoginRequest m;
  m.version = r->U16();
  m.service = r->Str(kMaxName);
  m.account = r->Str(kMaxName);
  m.rhost = r->Str(kMaxName);
  m.ruser = r->Str(kMaxName);
  m.tty = r->Str(kMaxName);
  m.ssh_connection = r->Str(kMaxSshItem);
  m.ssh_auth_info = r->Str(kMaxSshItem);
  m.flags = r->U32();
  const std::uint8_t qr = r->U8();
  if (!r->AtEnd() || qr < 1 || qr > 3) {
    return std::nullopt;
  }
  m.qr = static_cast<QrMode>(qr);
  return m;
}

std::optional<Screen> DecodeScreen(std::span<const std::byte> body) {
  auto r = Payload(body, MessageType::kScreen);
  if (!r) {
    return std::nullopt;
  }
  Screen m;
  m.info = r->Str(kMaxText);
  m.prompt = r->Str(kMaxText);
  if (!r->AtEnd()) {
    return std::nullopt;
  }
  return m;
}

std::optional<Answer> DecodeAnswer(std::span<const std::byte> body) {
  auto r = Payload(body, MessageType::kAnswer);
  if (!r) {
    return std::nullopt;
  }
  Answer m;
  m.text = r->Str(kMaxAnswer);
  if (!r->AtEnd()) {
    return std::nullopt;
  }
  return m;
}

std::optional<Verdict> DecodeVerdict(std::span<const std::byte> body) {
  auto r = Payload(body, MessageType::kVerdict);
  if (!r) {
    return std::nullopt;
  }
  Verdict m;
  const std::uint8_t kind = r->U8();
  m.text = r->Str(kMaxText);
  m.reference = r->Str(kMaxReference);
  m.ticket = r->Str(kTicketSize);
  const bool ticket_fits = m.ticket.empty() || m.ticket.size() == kTicketSize;
  if (!r->AtEnd() || kind < 1 || kind > 4 || !ticket_fits) {
    return std::nullopt;
  }
  m.kind = static_cast<VerdictKind>(kind);
  return m;
}

std::optional<AccountRequest> DecodeAccountRequest(std::span<const std::byte> body) {
  auto r = Payload(body, MessageType::kAccountRequest);
  if (!r) {
    return std::nullopt;
  }
  AccountRequest m;
  m.version = r->U16();
  m.service = r->Str(kMaxName);
  m.account = r->Str(kMaxName);
  m.rhost = r->Str(kMaxName);
  m.ruser = r->Str(kMaxName);
  m.tty = r->Str(kMaxName);
  m.ticket = r->Str(kTicketSize);
  const bool ticket_fits = m.ticket.empty() || m.ticket.size() == kTicketSize;
  if (!r->AtEnd() || !ticket_fits) {
    return std::nullopt;
  }
  return m;
}

}  // namespace cis2::wire
