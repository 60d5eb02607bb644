// One connected stream socket that carries frames (pam_module/wire/frame.h): reads them, writes them, notices
// the end.
//
// Always reading, so that the end of the peer is noticed at once. Writes are queued up to a limit; a peer
// that does not read is dropped. After the end, `on_end` was called exactly once, and nothing is called after
// it. I/O thread only. Keeps itself alive while it is open; the owner may drop its pointer after Close().
#ifndef CIS2_BROKER_IPC_FRAME_CHANNEL_H_
#define CIS2_BROKER_IPC_FRAME_CHANNEL_H_

#include "pam_module/wire/frame.h"

#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cis2::ipc {

using LocalSocket = boost::asio::local::stream_protocol::socket;

class FrameChannel : public std::enable_shared_from_this<FrameChannel> {
 public:
  struct Handlers {
    // The body of one frame: type byte and payload. False: it was malformed, the channel ends.
    std::function<bool(std::span<const std::byte>)> on_frame;
    // Why it ended: "" for an ordinary end of the peer, else a word for the log.
    std::function<void(std::string_view)> on_end;
  };

  FrameChannel(LocalSocket socket, std::size_t max_frame, Handlers handlers);

  void Start();
  // Queues one whole frame.
  void Send(std::string frame);
  // Ends it without another call of the handlers.
  void Close();

 private:
  void ReadHeader();
  void ReadBody(std::size_t size);
  void WriteNext();
  void End(std::string_view why);

  LocalSocket socket_;
  std::size_t max_frame_;
  Handlers handlers_;
  std::array<std::byte, wire::kFrameHeader> header_{};
  std::vector<std::byte> body_;
  std::deque<std::string> queue_;
  bool writing_ = false;
  bool open_ = true;
};

}  // namespace cis2::ipc

#endif  // CIS2_BROKER_IPC_FRAME_CHANNEL_H_
