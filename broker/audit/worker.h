// A thread that handles items in batches, in order, for a caller that must not wait.
//
// The thread starts with the first item, so that an owner may be made before privileges are dropped and
// processes are started. It runs with every signal blocked: signals belong to the I/O thread, and a file size
// limit (SIGXFSZ) becomes an error of write(2). Push and Flush: one thread. Items left are handled before the
// destructor returns.
#ifndef CIS2_BROKER_AUDIT_WORKER_H_
#define CIS2_BROKER_AUDIT_WORKER_H_

#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace cis2::audit {

template <class Item>
class Worker {
 public:
  using Handle = std::function<void(std::vector<Item>)>;

  Worker(std::size_t max_items, Handle handle) : max_items_(max_items), handle_(std::move(handle)) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  // Takes the item, unless as many as allowed are waiting already: then it is left with the caller.
  [[nodiscard]] bool Push(Item& item) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= max_items_) {
        return false;
      }
      waiting_.push_back(std::move(item));
    }
    if (!thread_.joinable()) {
      StartThread();
    }
    changed_.notify_all();
    return true;
  }

  // Returns when everything pushed so far was handled.
  void Flush() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.empty() && !busy_; });
  }

 private:
  void StartThread() {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { Run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) {
        return;
      }
      std::vector<Item> batch = std::exchange(waiting_, {});
      busy_ = true;
      lock.unlock();
      handle_(std::move(batch));
      lock.lock();
      busy_ = false;
      changed_.notify_all();
    }
  }

  const std::size_t max_items_;
  const Handle handle_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> waiting_;
  bool busy_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace cis2::audit

#endif  // CIS2_BROKER_AUDIT_WORKER_H_
