#include "broker/ipc/frame_channel.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <openssl/crypto.h>

namespace cis2::ipc {
namespace {

// Far more than any honest peer leaves unread.
constexpr std::size_t kMaxQueued = 1024;

using boost::system::error_code;

// Frames carry digits, codes, browser keys and the key of the pages.
template <class Bytes>
void Wipe(Bytes& bytes) {
  ::OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace

FrameChannel::FrameChannel(LocalSocket socket, std::size_t max_frame, Handlers handlers)
    : socket_(std::move(socket)), max_frame_(max_frame), handlers_(std::move(handlers)) {}

void FrameChannel::Start() { ReadHeader(); }

void FrameChannel::ReadHeader() {
  boost::asio::async_read(socket_, boost::asio::buffer(header_),
                          [self = shared_from_this()](const error_code& error, std::size_t got) {
                            if (!self->open_) {
                              return;
                            }
                            if (error) {
                              self->End(got == 0 ? "" : "truncated frame");
                              return;
                            }
                            const auto size = wire::FrameBodySize(self->header_, self->max_frame_);
                            if (!size) {
                              self->End("frame of an impossible length");
                              return;
                            }
                            self->ReadBody(*size);
                          });
}

void FrameChannel::ReadBody(std::size_t size) {
  body_.resize(size);
  boost::asio::async_read(socket_, boost::asio::buffer(body_),
                          [self = shared_from_this()](const error_code& error, std::size_t /*got*/) {
                            if (!self->open_) {
                              return;
                            }
                            if (error) {
                              self->End("truncated frame");
                              return;
                            }
                            const bool understood = self->handlers_.on_frame(self->body_);
                            Wipe(self->body_);
                            if (!understood) {
                              self->End("malformed or unexpected message");
                              return;
                            }
                            if (self->open_) {
                              self->ReadHeader();
                            }
                          });
}

void FrameChannel::Send(std::string frame) {
  if (!open_) {
    return;
  }
  if (queue_.size() >= kMaxQueued) {
    End("peer does not read");
    return;
  }
  queue_.push_back(std::move(frame));
  if (!writing_) {
    WriteNext();
  }
}

void FrameChannel::WriteNext() {
  writing_ = true;
  boost::asio::async_write(socket_, boost::asio::buffer(queue_.front()),
                           [self = shared_from_this()](const error_code& error, std::size_t /*sent*/) {
                             if (!self->open_) {
                               return;
                             }
                             self->writing_ = false;
                             Wipe(self->queue_.front());
                             self->queue_.pop_front();
                             if (error) {
                               self->End("");
                             } else if (!self->queue_.empty()) {
                               self->WriteNext();
                             }
                           });
}

void FrameChannel::Close() {
  open_ = false;
  error_code ignored;
  socket_.close(ignored);
}

void FrameChannel::End(std::string_view why) {
  if (!open_) {
    return;
  }
  Close();
  handlers_.on_end(why);
}

}  // namespace cis2::ipc
