// The bounded pool on which the provider is asked during logins.
//
// Half of the workers are kept for addresses without a failed sign-in in the last minute: somebody who feeds
// bad codes cannot hold up honest sign-ins (design section 9). Submit() and completions on the I/O thread,
// the work itself on a worker.
#ifndef CIS2_BROKER_APP_PROVIDER_WORKERS_H_
#define CIS2_BROKER_APP_PROVIDER_WORKERS_H_

#include "broker/base/clock.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <deque>
#include <functional>
#include <map>
#include <string>

namespace cis2::app {

// Which job may run next. Without threads, so that the rule can be tried on its own.
class WorkerGate {
 public:
  WorkerGate(int workers, const base::Clock& clock) : workers_(workers), clock_(clock) {}

  // Calls `start`, now or when a worker is free for that address. It is told whether it runs as a suspect,
  // and says so again when it is over.
  void Enqueue(const std::string& address_bucket, std::function<void(bool as_suspect)> start);
  void Finished(const std::string& address_bucket, bool as_suspect, bool succeeded);

 private:
  struct Waiting {
    std::string bucket;
    std::function<void(bool)> start;
  };
  [[nodiscard]] bool IsSuspect(const std::string& bucket) const;
  void StartWhatMay();

  int workers_;
  const base::Clock& clock_;
  std::map<std::string, base::TimePoint> failed_at_;
  std::deque<Waiting> waiting_;
  int running_ = 0;
  int running_suspects_ = 0;
};

class ProviderWorkers {
 public:
  ProviderWorkers(boost::asio::io_context& io, int workers, const base::Clock& clock);
  ~ProviderWorkers();
  ProviderWorkers(const ProviderWorkers&) = delete;
  ProviderWorkers& operator=(const ProviderWorkers&) = delete;

  // Runs `work` on a worker; it returns whether the sign-in succeeded and what is to be done on the I/O
  // thread afterwards.
  struct Done {
    bool succeeded = false;
    std::function<void()> then;
  };
  void Submit(const std::string& address_bucket, std::function<Done()> work);
  // Waits for the work under way.
  void Join();

 private:
  boost::asio::io_context& io_;
  boost::asio::thread_pool pool_;
  WorkerGate gate_;
};

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_PROVIDER_WORKERS_H_
