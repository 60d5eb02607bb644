#include "broker/front/broker_link.h"

#include "broker/base/log.h"
#include "pam_module/wire/frame.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>
#include <vector>

namespace cis2::front {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using UnixSocket = asio::local::stream_protocol::socket;

// Errors as values: nothing here throws.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t kMaxQueued = 4UL * 1024 * 1024;  // bytes that wait for a broker that does not read
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};

int SocketOption(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof(value);
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

std::uint32_t IdOf(const front_wire::Settings& /*m*/) { return 0; }
template <class Reply>
std::uint32_t IdOf(const Reply& m) {
  return m.request;
}

// Frames carry digits, codes, browser keys and the key of the pages.
template <class Bytes>
void Wipe(Bytes& bytes) {
  ::OPENSSL_cleanse(bytes.data(), bytes.size());
}

void LogEscaped(const std::exception_ptr& failure) {
  if (failure) {
    base::LogError("the connection to the broker was given up after an exception");
  }
}

}  // namespace

struct BrokerLink::Connection {
  explicit Connection(asio::io_context& io) : socket(io), wake(io) {}

  void Close() {
    error_code ignored;
    closed = true;
    socket.close(ignored);
    wake.cancel();
  }

  UnixSocket socket;
  asio::steady_timer wake;  // cancelled when there is something to write
  std::deque<std::string> queue;
  std::size_t queued = 0;
  bool closed = false;
};

BrokerLink::BrokerLink(asio::io_context& io, LinkOptions options) : io_(io), options_(std::move(options)) {}

BrokerLink::~BrokerLink() = default;

base::Result<void> BrokerLink::Adopt(base::UniqueFd socket) {
  if (SocketOption(socket.get(), SO_DOMAIN) != AF_UNIX ||
      SocketOption(socket.get(), SO_TYPE) != SOCK_STREAM) {
    return base::Fail("--broker-fd " + std::to_string(socket.get()) + " is not a Unix stream socket");
  }
  auto connection = std::make_shared<Connection>(io_);
  error_code ec;
  connection->socket.assign(asio::local::stream_protocol(), socket.get(), ec);
  if (ec) {
    return base::Fail("--broker-fd cannot be used: " + ec.message());
  }
  static_cast<void>(socket.release());  // assign() took it over
  asio::co_spawn(io_, RunAdopted(std::move(connection)), LogEscaped);
  return {};
}

void BrokerLink::ConnectTo(std::string path) {
  asio::co_spawn(io_, RunConnecting(std::move(path)), LogEscaped);
}

asio::awaitable<void> BrokerLink::RunAdopted(ConnectionPtr connection) {
  co_await Serve(connection);
  options_.on_lost();
}

asio::awaitable<void> BrokerLink::RunConnecting(std::string path) {
  std::chrono::milliseconds pause = kFirstPause;
  bool told = false;
  while (true) {
    auto connection = std::make_shared<Connection>(io_);
    const asio::local::stream_protocol::endpoint endpoint(path);
    auto [ec] = co_await connection->socket.async_connect(endpoint, kAwait);
    if (!ec) {
      told = false;
      co_await Serve(connection);
      pause = has_settings_ ? kFirstPause : pause;
      has_settings_ = false;
    } else if (!told) {
      told = true;
      base::LogWarning("the broker cannot be reached", {{"SOCKET", path}, {"WHY", ec.message()}});
    }
    asio::steady_timer timer(io_, pause);
    co_await timer.async_wait(kAwait);
    pause = std::min(pause * 2, kLongestPause);
  }
}

// From the first byte to the last.
asio::awaitable<void> BrokerLink::Serve(ConnectionPtr connection) {
  connection_ = connection;
  has_settings_ = false;
  asio::co_spawn(io_, WriteMessages(connection), LogEscaped);
  const std::string why = co_await ReadMessages(connection);
  connection->Close();
  connection_ = nullptr;
  base::LogWarning("the connection to the broker has ended", {{"WHY", why}});
  ResolveAllWithNothing();
}

// Returns why the connection ended.
asio::awaitable<std::string> BrokerLink::ReadMessages(ConnectionPtr connection) {
  std::vector<std::byte> body;
  while (true) {
    std::array<std::byte, wire::kFrameHeader> header{};
    auto [header_error, header_size] =
        co_await asio::async_read(connection->socket, asio::buffer(header), kAwait);
    if (header_error) {
      co_return header_error.message();
    }
    const auto size = wire::FrameBodySize(header, front_wire::kMaxFrame);
    if (!size) {
      co_return "a frame of impossible length";
    }
    body.resize(*size);
    auto [body_error, body_size] = co_await asio::async_read(connection->socket, asio::buffer(body), kAwait);
    if (body_error) {
      co_return body_error.message();
    }
    auto message = front_wire::DecodeToFront(body);
    Wipe(body);
    if (!message) {
      co_return "a malformed message";
    }
    if (!Take(std::move(*message))) {
      co_return "a message before the settings";
    }
  }
}

asio::awaitable<void> BrokerLink::WriteMessages(ConnectionPtr connection) {
  while (!connection->closed) {
    if (connection->queue.empty()) {
      connection->wake.expires_at(asio::steady_timer::time_point::max());
      co_await connection->wake.async_wait(kAwait);
      continue;
    }
    std::string frame = std::move(connection->queue.front());
    connection->queue.pop_front();
    connection->queued -= frame.size();
    auto [ec, size] = co_await asio::async_write(connection->socket, asio::buffer(frame), kAwait);
    Wipe(frame);
    if (ec) {
      connection->Close();  // the reader then ends too
    }
  }
}

// False when the message may not come now.
bool BrokerLink::Take(front_wire::ToFront message) {
  if (auto* const settings = std::get_if<front_wire::Settings>(&message)) {
    has_settings_ = true;
    options_.on_settings(*settings);
    Wipe(settings->private_key_pem);
    return true;
  }
  if (!has_settings_) {
    return false;
  }
  const std::uint32_t id = std::visit([](const auto& m) { return IdOf(m); }, message);
  Resolve(id, std::move(message));
  return true;
}

void BrokerLink::Ask(front_wire::ToBroker request, Done done) {
  const std::uint32_t id = FreeId();
  std::visit([&](auto& m) { m.request = id; }, request);
  auto frame = front_wire::Encode(request);
  if (!connected() || !frame || connection_->queued + frame->size() > kMaxQueued) {
    return done(std::nullopt);
  }
  Pending pending;
  pending.done = std::move(done);
  pending.deadline = std::make_unique<asio::steady_timer>(io_, options_.request_timeout);
  pending.deadline->async_wait([this, id](const error_code& ec) {
    if (!ec) {
      base::LogWarning("the broker did not answer in time");
      Resolve(id, std::nullopt);
    }
  });
  pending_.emplace(id, std::move(pending));
  connection_->queued += frame->size();
  connection_->queue.push_back(std::move(*frame));
  connection_->wake.cancel();
}

bool BrokerLink::connected() const { return connection_ != nullptr && !connection_->closed && has_settings_; }

// An answer that nobody waits for any more is dropped.
void BrokerLink::Resolve(std::uint32_t id, std::optional<front_wire::ToFront> reply) {
  const auto it = pending_.find(id);
  if (it == pending_.end()) {
    return;
  }
  const Done done = std::move(it->second.done);
  pending_.erase(it);
  done(std::move(reply));
}

void BrokerLink::ResolveAllWithNothing() {
  const auto pending = std::exchange(pending_, {});
  for (const auto& [id, asked] : pending) {
    asked.done(std::nullopt);
  }
}

std::uint32_t BrokerLink::FreeId() {
  do {
    ++last_id_;
  } while (pending_.contains(last_id_));
  return last_id_;
}

}  // namespace cis2::front
