// The module's side of the broker's socket: connects, sends and receives one message at a time, with an
// absolute deadline for each, under the permit table of wire/messages.h.
//
// Trust (wire/PROTOCOL.md, section 1): the socket is opened only if it and its folder belong to root and
// nobody else may write to them, and used only if the kernel says that root listens on it. Nothing in the
// environment changes that.
// In-process manners, because this runs inside sshd, sudo and login: ppoll with the signal mask as found, no
// SIGPIPE, close-on-exec from birth, never a descriptor below 3 (a host may have closed those and would
// write its own output into our socket), EINTR means go on.
// Limits: a frame is at most wire::kMaxFrame bytes; its length is checked before it is read.
// Errors: the first one ends the link for reading; why() and error() say more for the log.
// Ownership: one link is one connection; body() points into the link until the next Send or Receive. What
// was sent or received is wiped when the link ends, for it held answers and tickets.
// Threads: none. Does not: understand messages, decide what a failure means (outcome.h).
#ifndef CIS2_PAM_MODULE_BROKER_LINK_H_
#define CIS2_PAM_MODULE_BROKER_LINK_H_

#include "pam_module/deadline.h"
#include "pam_module/wire/frame.h"
#include "pam_module/wire/messages.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace cis2::pam_module {

inline constexpr long kConnectMilliseconds = 2000;

enum class LinkStatus {
  kOk,
  kUnreachable,  // no socket, nobody listens, or the queue of connections stayed full
  kUntrusted,    // the socket, its folder or the listener is not root's alone
  kTimedOut,
  kClosed,    // the broker ended the connection
  kProtocol,  // malformed, or not legal now
};

class BrokerLink {
 public:
  // `reply_milliseconds` is for each Send and each Receive as a whole.
  explicit BrokerLink(long reply_milliseconds) : reply_milliseconds_(reply_milliseconds) {}
  BrokerLink(const BrokerLink&) = delete;
  BrokerLink& operator=(const BrokerLink&) = delete;
  ~BrokerLink();

  // Connects to the socket at `path`: absolute, shorter than sun_path, and what options.h has checked.
  LinkStatus Connect(const char* path, long milliseconds = kConnectMilliseconds);
  // Takes over a connected descriptor in place of Connect.
  void Adopt(int fd) { fd_ = fd; }

  // kClosed is not the end: what the broker sent before it closed can still be received.
  template <class Message>
  LinkStatus Send(wire::MessageType type, const Message& message) {
    if (!rules_.Admit(wire::Sender::kModule, type)) {
      return Fail(LinkStatus::kProtocol, "the module wanted to send a message out of order");
    }
    const std::optional<std::size_t> size = wire::Encode(message, buffer_);
    if (!size) {
      return Fail(LinkStatus::kProtocol, "the request does not fit a frame");
    }
    return SendBytes(std::span(buffer_).first(*size));
  }

  // Reads one whole frame. kOk means that it has a known type that the broker may send now.
  LinkStatus Receive();
  [[nodiscard]] std::span<const std::byte> body() const { return body_; }
  // For a body whose fields could not be decoded.
  LinkStatus Malformed() {
    return Fail(LinkStatus::kProtocol, "the broker sent a message with malformed fields");
  }

  // True when Receive would not wait: a frame has begun to arrive, or the broker is gone.
  [[nodiscard]] bool HasInput() const;

  // What went wrong, a literal, and the errno of it or 0.
  [[nodiscard]] const char* why() const { return why_; }
  [[nodiscard]] int error() const { return error_; }

 private:
  LinkStatus Fail(LinkStatus status, const char* why, int error = 0);
  LinkStatus CheckOwners(const char* path);
  LinkStatus CheckPeer();
  LinkStatus OpenSocket();
  LinkStatus SendBytes(std::span<const std::byte> bytes);
  LinkStatus ReceiveExactly(std::span<std::byte> bytes, const Deadline& deadline);
  [[nodiscard]] bool WaitFor(short events, const Deadline& deadline) const;

  long reply_milliseconds_;
  int fd_ = -1;
  wire::Conversation rules_;
  std::array<std::byte, wire::kMaxFrame> buffer_{};
  std::span<const std::byte> body_;
  const char* why_ = "";
  int error_ = 0;
};

}  // namespace cis2::pam_module

#endif  // CIS2_PAM_MODULE_BROKER_LINK_H_
