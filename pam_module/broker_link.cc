#include "pam_module/broker_link.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace cis2::pam_module {
namespace {

constexpr int kFirstFreeDescriptor = 3;

// Root's, and nobody else may replace what is in it or put something else there.
bool BelongsToRootAlone(const struct stat& s) {
  return s.st_uid == 0 && (s.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

sockaddr_un AddressOf(std::string_view path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

// The path without its last component, in the place of the address's path.
void CutToFolder(sockaddr_un& address) {
  char* const slash = std::strrchr(address.sun_path, '/');
  if (slash == nullptr) {
    address.sun_path[0] = '\0';
  } else {
    slash[slash == address.sun_path ? 1 : 0] = '\0';
  }
}

}  // namespace

BrokerLink::~BrokerLink() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
  ::explicit_bzero(buffer_.data(), buffer_.size());
}

LinkStatus BrokerLink::Fail(LinkStatus status, const char* why, int error) {
  why_ = why;
  error_ = error;
  return status;
}

LinkStatus BrokerLink::Connect(const char* path, long milliseconds) {
  if (const LinkStatus status = CheckOwners(path); status != LinkStatus::kOk) {
    return status;
  }
  if (const LinkStatus status = OpenSocket(); status != LinkStatus::kOk) {
    return status;
  }
  const sockaddr_un address = AddressOf(path);
  const Deadline deadline = Deadline::AfterMilliseconds(milliseconds);
  do {
    // A Unix connect waits only for room in the listener's queue, and SO_SNDTIMEO bounds that wait. Zero
    // would mean for ever, so it is never zero.
    const timespec left = deadline.Remaining();
    const timeval limit = {.tv_sec = left.tv_sec, .tv_usec = (left.tv_nsec / 1000) | 1};
    if (::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0) {
      return Fail(LinkStatus::kUnreachable, "cannot limit the connection to the broker", errno);
    }
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      return CheckPeer();
    }
  } while (errno == EINTR && !deadline.IsOver());
  return Fail(LinkStatus::kUnreachable, "cannot connect to the broker", errno);
}

// Looked at before connecting, by name. Somebody who could change what the name means in between can
// already write to a folder of root, or is stopped by CheckPeer.
LinkStatus BrokerLink::CheckOwners(const char* path) {
  sockaddr_un address = AddressOf(path);
  struct stat s = {};
  if (::lstat(address.sun_path, &s) != 0) {
    return Fail(LinkStatus::kUnreachable, "cannot find the broker's socket", errno);
  }
  if (!S_ISSOCK(s.st_mode) || !BelongsToRootAlone(s)) {
    return Fail(LinkStatus::kUntrusted, "the broker's socket is no socket that only root may write to");
  }
  CutToFolder(address);
  if (::lstat(address.sun_path, &s) != 0) {
    return Fail(LinkStatus::kUnreachable, "cannot find the folder of the broker's socket", errno);
  }
  if (!S_ISDIR(s.st_mode) || !BelongsToRootAlone(s)) {
    return Fail(LinkStatus::kUntrusted,
                "the folder of the broker's socket is no folder that only root may write to");
  }
  return LinkStatus::kOk;
}

LinkStatus BrokerLink::OpenSocket() {
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ >= 0 && fd_ < kFirstFreeDescriptor) {
    const int low = fd_;
    fd_ = ::fcntl(low, F_DUPFD_CLOEXEC, kFirstFreeDescriptor);
    ::close(low);
  }
  if (fd_ < 0) {
    return Fail(LinkStatus::kUnreachable, "cannot make a socket", errno);
  }
  return LinkStatus::kOk;
}

// The credentials are those of the process at the time of listen(2): systemd, or the broker before it
// dropped root.
LinkStatus BrokerLink::CheckPeer() {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return Fail(LinkStatus::kUntrusted, "cannot learn who listens on the broker's socket", errno);
  }
  if (peer.uid != 0) {
    return Fail(LinkStatus::kUntrusted, "another user than root listens on the broker's socket");
  }
  return LinkStatus::kOk;
}

LinkStatus BrokerLink::SendBytes(std::span<const std::byte> bytes) {
  const Deadline deadline = Deadline::AfterMilliseconds(reply_milliseconds_);
  body_ = {};
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      if (!WaitFor(POLLOUT, deadline)) {
        return Fail(LinkStatus::kTimedOut, "the broker takes no messages");
      }
    } else if (errno != EINTR) {
      return Fail(LinkStatus::kClosed, "the broker ended the connection", errno);
    }
  }
  return LinkStatus::kOk;
}

LinkStatus BrokerLink::Receive() {
  const Deadline deadline = Deadline::AfterMilliseconds(reply_milliseconds_);
  body_ = {};
  const std::span header = std::span(buffer_).first<wire::kFrameHeader>();
  if (const LinkStatus status = ReceiveExactly(header, deadline); status != LinkStatus::kOk) {
    return status;
  }
  const std::optional<std::size_t> size = wire::FrameBodySize(header);
  if (!size) {
    return Fail(LinkStatus::kProtocol, "the broker sent a frame of a wrong length");
  }
  const std::span body = std::span(buffer_).subspan(wire::kFrameHeader, *size);
  if (const LinkStatus status = ReceiveExactly(body, deadline); status != LinkStatus::kOk) {
    return status;
  }
  const std::optional<wire::MessageType> type = wire::TypeOf(body);
  if (!type || !rules_.Admit(wire::Sender::kBroker, *type)) {
    return Fail(LinkStatus::kProtocol, "the broker sent a message that is unknown or out of order");
  }
  body_ = body;
  return LinkStatus::kOk;
}

LinkStatus BrokerLink::ReceiveExactly(std::span<std::byte> bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t n = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (n > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    } else if (n == 0) {
      return Fail(LinkStatus::kClosed, "the broker ended the connection");
    } else if (errno == EAGAIN) {
      if (!WaitFor(POLLIN, deadline)) {
        return Fail(LinkStatus::kTimedOut, "the broker did not answer in time");
      }
    } else if (errno != EINTR) {
      return Fail(LinkStatus::kClosed, "the broker ended the connection", errno);
    }
  }
  return LinkStatus::kOk;
}

bool BrokerLink::WaitFor(short events, const Deadline& deadline) const {
  for (;;) {
    pollfd entry = {.fd = fd_, .events = events, .revents = 0};
    const timespec left = deadline.Remaining();
    const int n = ::ppoll(&entry, 1, &left, /*sigmask=*/nullptr);
    if (n >= 0 || errno != EINTR) {
      return n > 0;
    }
  }
}

bool BrokerLink::HasInput() const { return WaitFor(POLLIN, Deadline::AfterMilliseconds(0)); }

}  // namespace cis2::pam_module
