// The connection to the broker: wire/PROTOCOL.md. Sends requests, matches answers by id, takes in Settings.
//
// Every request is answered to its asker exactly once: by the broker, or with nothing when the connection
// ends, when `request_timeout` passes, or when it cannot be sent. The broker's first message must be
// Settings; a message that breaks the grammar or comes out of place ends the connection with one log line.
// Given a descriptor, the link is over when the connection ends (`on_lost`). Given a path, it connects again,
// at first after 100 ms, then less and less often. Threads: the I/O thread alone. Coroutines of the link
// refer to it: destroy it after the io_context has stopped.
#ifndef CIS2_BROKER_FRONT_BROKER_LINK_H_
#define CIS2_BROKER_FRONT_BROKER_LINK_H_

#include "broker/base/fd.h"
#include "broker/base/result.h"
#include "broker/front/broker.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace cis2::front {

// Longer than the broker ever takes. A broker that hangs is the service manager's to end, and the connection with it.
inline constexpr std::chrono::milliseconds kRequestTimeout =
    front_wire::kLongestWait + std::chrono::seconds(15);

struct LinkOptions {
  std::chrono::milliseconds request_timeout = kRequestTimeout;
  std::function<void(const front_wire::Settings&)> on_settings;
  std::function<void()> on_lost;  // of a connection that was adopted
};

class BrokerLink final : public Broker {
 public:
  BrokerLink(boost::asio::io_context& io, LinkOptions options);
  ~BrokerLink() override;
  BrokerLink(const BrokerLink&) = delete;
  BrokerLink& operator=(const BrokerLink&) = delete;

  // A connected Unix stream socket.
  base::Result<void> Adopt(base::UniqueFd socket);
  void ConnectTo(std::string path);

  void Ask(front_wire::ToBroker request, Done done) override;
  // Settings have come on the present connection.
  [[nodiscard]] bool connected() const override;

 private:
  struct Connection;
  using ConnectionPtr = std::shared_ptr<Connection>;  // shared by the reading and the writing coroutine
  struct Pending {
    Done done;
    std::unique_ptr<boost::asio::steady_timer> deadline;
  };

  boost::asio::awaitable<void> RunAdopted(ConnectionPtr connection);
  boost::asio::awaitable<void> RunConnecting(std::string path);
  boost::asio::awaitable<void> Serve(ConnectionPtr connection);
  boost::asio::awaitable<std::string> ReadMessages(ConnectionPtr connection);
  boost::asio::awaitable<void> WriteMessages(ConnectionPtr connection);
  bool Take(front_wire::ToFront message);
  void Resolve(std::uint32_t id, std::optional<front_wire::ToFront> reply);
  void ResolveAllWithNothing();
  std::uint32_t FreeId();

  boost::asio::io_context& io_;
  LinkOptions options_;
  ConnectionPtr connection_;  // null while there is none
  bool has_settings_ = false;
  std::map<std::uint32_t, Pending> pending_;
  std::uint32_t last_id_ = 0;
};

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_BROKER_LINK_H_
