// The control socket of a broker that says what a test tells it to.
#ifndef CIS2_TESTS_UNIT_BROKER_CTL_FAKE_BROKER_CONTROL_H_
#define CIS2_TESTS_UNIT_BROKER_CTL_FAKE_BROKER_CONTROL_H_

#include "broker/base/fd.h"

#include <array>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <thread>

namespace cis2::ctl {

// A frame of the control socket: four bytes length, and the text.
inline std::string ControlFrame(const std::string& text) {
  std::string frame(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) {
    frame[i] = static_cast<char>(text.size() >> (24 - 8 * i) & 0xff);
  }
  return frame + text;
}

// Listens at `path`, takes one connection, reads one request, sends `answer` as it is and ends the
// connection.
class FakeBrokerControl {
 public:
  FakeBrokerControl(const std::string& path, std::string answer) : answer_(std::move(answer)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    listener_ = base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // A test that never asks must not hang.
    const timeval wait{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    ::unlink(path.c_str());
    ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_.get(), 1);
    thread_ = std::thread([this] { Serve(); });
  }
  FakeBrokerControl(const FakeBrokerControl&) = delete;
  FakeBrokerControl& operator=(const FakeBrokerControl&) = delete;
  ~FakeBrokerControl() { thread_.join(); }

  // The request without its length, once the answer was heard.
  [[nodiscard]] const std::string& request() const { return request_; }

 private:
  void Serve() {
    const base::UniqueFd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::array<char, 4> length{};
    ::recv(peer.get(), length.data(), length.size(), MSG_WAITALL);
    std::size_t size = 0;
    for (const char c : length) {
      size = size << 8 | static_cast<unsigned char>(c);
    }
    request_.resize(size);
    ::recv(peer.get(), request_.data(), size, MSG_WAITALL);
    ::send(peer.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
  }

  std::string answer_, request_;
  base::UniqueFd listener_;
  std::thread thread_;
};

}  // namespace cis2::ctl

#endif  // CIS2_TESTS_UNIT_BROKER_CTL_FAKE_BROKER_CONTROL_H_
