// The broker's end of the front socket, spoken by a test: blocking, one message at a time, with a time limit.
//
// Threads: one; the front runs in another thread or process, or is polled by the same one.
#ifndef CIS2_TESTS_SUPPORT_FAKE_FRONT_BROKER_H_
#define CIS2_TESTS_SUPPORT_FAKE_FRONT_BROKER_H_

#include "broker/base/fd.h"
#include "broker/front/wire/messages.h"
#include "pam_module/wire/frame.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>
#include <vector>

namespace cis2::tests {

class FakeFrontBroker {
 public:
  explicit FakeFrontBroker(base::UniqueFd fd) : fd_(std::move(fd)) {
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }

  // Our end, and the other one for the front.
  static std::pair<FakeFrontBroker, base::UniqueFd> Pair() {
    int fds[2] = {-1, -1};
    static_cast<void>(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    return {FakeFrontBroker(base::UniqueFd(fds[0])), base::UniqueFd(fds[1])};
  }

  bool SendBytes(std::string_view bytes) {
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  bool Send(const front_wire::ToFront& message) {
    const auto frame = front_wire::Encode(message);
    return frame && SendBytes(*frame);
  }

  // Nothing when the front is gone or said something malformed.
  std::optional<front_wire::ToBroker> Receive() {
    std::array<std::byte, wire::kFrameHeader> header{};
    if (!ReadExactly(header)) {
      return std::nullopt;
    }
    const auto size = wire::FrameBodySize(header, front_wire::kMaxFrame);
    std::vector<std::byte> body(size.value_or(0));
    return ReadExactly(body) ? front_wire::DecodeToBroker(body) : std::nullopt;
  }
  template <class Message>
  Message Expect() {
    const auto message = Receive();
    const auto* const wanted = message ? std::get_if<Message>(&*message) : nullptr;
    return wanted == nullptr ? Message() : *wanted;
  }

  void Close() { fd_.Reset(); }

 private:
  bool ReadExactly(std::span<std::byte> out) {
    while (!out.empty()) {
      const ssize_t got = ::recv(fd_.get(), out.data(), out.size(), 0);
      if (got <= 0) {
        return false;
      }
      out = out.subspan(static_cast<std::size_t>(got));
    }
    return true;
  }

  base::UniqueFd fd_;
};

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_FAKE_FRONT_BROKER_H_
