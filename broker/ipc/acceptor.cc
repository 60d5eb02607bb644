#include "broker/ipc/acceptor.h"

#include "broker/base/log.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace cis2::ipc {
namespace {

using namespace std::chrono_literals;

constexpr auto kPause = 100ms;

base::Result<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return base::Fail("the socket path " + path + " is longer than " +
                      std::to_string(sizeof address.sun_path - 1) + " characters");
  }
  path.copy(address.sun_path, path.size());
  return address;
}

base::UniqueFd NewSocket() { return base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

bool SomebodyListens(const sockaddr_un& address) {
  const base::UniqueFd probe = NewSocket();
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Acceptor::Acceptor(boost::asio::io_context& io, base::UniqueFd listener, std::string name, uid_t allowed_uid,
                   const base::Clock& clock, Serve serve)
    : acceptor_(io, boost::asio::local::stream_protocol(), listener.release()),
      name_(std::move(name)),
      allowed_uid_(allowed_uid),
      clock_(clock),
      serve_(std::move(serve)),
      pause_(io) {
  AcceptNext();
}

void Acceptor::Stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Acceptor::AcceptNext() {
  acceptor_.async_accept([this](const boost::system::error_code& error, LocalSocket socket) {
    if (error == boost::asio::error::operation_aborted || !acceptor_.is_open()) {
      return;
    }
    if (error) {
      if (MayLog()) {
        base::LogError("a connection cannot be accepted", {{"SOCKET", name_}, {"ERROR", error.message()}});
      }
      AcceptAfterPause();
      return;
    }
    const auto peer = ReadPeer(socket.native_handle());
    if (peer && peer->uid == allowed_uid_) {
      serve_(std::move(socket), *peer);
    } else if (MayLog()) {
      base::LogWarning("a peer with the wrong uid was refused",
                       {{"SOCKET", name_}, {"PEER_UID", peer ? std::to_string(peer->uid) : "unknown"}});
    }
    AcceptNext();
  });
}

// The connection waits in the queue, so the error would come back at once.
void Acceptor::AcceptAfterPause() {
  pause_.expires_after(kPause);
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      AcceptNext();
    }
  });
}

bool Acceptor::MayLog() {
  const bool may = clock_.Now() - last_logged_ >= 1s;
  last_logged_ = may ? clock_.Now() : last_logged_;
  return may;
}

base::Result<base::UniqueFd> ListenAt(const std::string& path, mode_t mode, uid_t owner,
                                      std::optional<gid_t> group) {
  CIS2_TRY(const sockaddr_un address, AddressOf(path));
  if (SomebodyListens(address)) {
    return base::Fail(path + " is in use: another cis2-brokerd runs (systemctl status cis2-broker)");
  }
  base::UniqueFd fd = NewSocket();
  struct stat st{};
  if (::lstat(path.c_str(), &st) == 0 && S_ISSOCK(st.st_mode)) {
    ::unlink(path.c_str());
  }
  // Made with no permission at all, then opened up: there is no moment at which a stranger could connect.
  const mode_t old_mask = ::umask(0777);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int bind_error = errno;
  ::umask(old_mask);
  if (bound != 0) {
    return base::FailErrno("cannot make the socket " + path, bind_error);
  }
  if (::chown(path.c_str(), owner, group.value_or(static_cast<gid_t>(-1))) != 0 ||
      ::chmod(path.c_str(), mode) != 0) {
    return base::FailErrno("cannot set owner and mode of " + path, errno);
  }
  if (::listen(fd.get(), SOMAXCONN) != 0) {
    return base::FailErrno("cannot listen on " + path, errno);
  }
  return fd;
}

}  // namespace cis2::ipc
