// The whole front in one object: the link to the broker, the site, the HTTP server, wired to each other.
//
// Serves from the first Settings on; before them connections wait in the sockets' queues. Later Settings
// replace what came before, the certificate too; a certificate that cannot be used leaves the old one in
// place, and is fatal only when it is the first. Threads: everything runs on the caller's io_context,
// single-threaded. Destroy after it has stopped.
#ifndef CIS2_BROKER_FRONT_FRONT_H_
#define CIS2_BROKER_FRONT_FRONT_H_

#include "broker/base/clock.h"
#include "broker/base/fd.h"
#include "broker/base/random.h"
#include "broker/base/result.h"
#include "broker/front/broker_link.h"
#include "broker/front/site.h"
#include "broker/http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cis2::front {

struct FrontParts {
  boost::asio::io_context& io;
  const base::Clock& clock;
  base::Random& random;
  std::vector<base::UniqueFd> listeners;
  std::chrono::milliseconds request_timeout = kRequestTimeout;
  // The front cannot go on: the process should end with this sentence in the log.
  std::function<void(std::string why)> on_end;
};

// Of the server that the browsers talk to. It waits for a page for longer than the page for the broker.
http::ServerLimits LimitsFor(const front_wire::Settings& settings, std::chrono::milliseconds request_timeout);

class Front {
 public:
  explicit Front(FrontParts parts);
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  // One of the two, once.
  base::Result<void> UseBrokerFd(base::UniqueFd socket) { return link_.Adopt(std::move(socket)); }
  void UseBrokerSocket(std::string path) { link_.ConnectTo(std::move(path)); }
  void Stop();

 private:
  void OnSettings(const front_wire::Settings& settings);
  void OnLost();
  base::Result<void> Begin(const front_wire::Settings& settings);

  FrontParts parts_;
  BrokerLink link_;
  Site site_;
  std::unique_ptr<http::Server> server_;
  boost::asio::steady_timer farewell_;
};

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_FRONT_H_
