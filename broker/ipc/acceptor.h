// Accepts on a listening Unix socket and lets in one uid.
//
// A refused peer costs one log line a second at most, and so does a connection that cannot be accepted, because descriptors
// have run out for instance; then it waits a moment before the next. I/O thread only.
#ifndef CIS2_BROKER_IPC_ACCEPTOR_H_
#define CIS2_BROKER_IPC_ACCEPTOR_H_

#include "broker/base/clock.h"
#include "broker/base/fd.h"
#include "broker/base/result.h"
#include "broker/ipc/frame_channel.h"
#include "broker/ipc/peer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <string>

namespace cis2::ipc {

class Acceptor {
 public:
  using Serve = std::function<void(LocalSocket, const Peer&)>;

  // Takes over `listener`. `name` is for the log: "PAM socket".
  Acceptor(boost::asio::io_context& io, base::UniqueFd listener, std::string name, uid_t allowed_uid,
           const base::Clock& clock, Serve serve);
  void Stop();

 private:
  void AcceptNext();
  void AcceptAfterPause();
  // Whether a line may be written now; counts it.
  bool MayLog();

  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::string name_;
  uid_t allowed_uid_;
  const base::Clock& clock_;
  Serve serve_;
  boost::asio::steady_timer pause_;
  base::TimePoint last_logged_{};
};

// A listening Unix stream socket at `path` with `mode`, owned by `owner` and, if it is given, `group`. Replaces a socket that nobody
// listens on any more; a live one is an error that says so.
base::Result<base::UniqueFd> ListenAt(const std::string& path, mode_t mode, uid_t owner,
                                      std::optional<gid_t> group = std::nullopt);

}  // namespace cis2::ipc

#endif  // CIS2_BROKER_IPC_ACCEPTOR_H_
