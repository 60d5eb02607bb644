// Stands for the I/O thread: what is posted from any thread waits until the test runs it.
#ifndef CIS2_TESTS_UNIT_BROKER_AUDIT_IO_THREAD_H_
#define CIS2_TESTS_UNIT_BROKER_AUDIT_IO_THREAD_H_

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace cis2::audit {

class IoThread {
 public:
  [[nodiscard]] std::function<void(std::function<void()>)> Post() {
    return [this](std::function<void()> f) {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(f));
    };
  }
  // How many were run.
  std::size_t Run() {
    std::vector<std::function<void()>> now;
    {
      const std::lock_guard lock(mutex_);
      now = std::exchange(posted_, {});
    }
    for (const auto& f : now) {
      f();
    }
    return now.size();
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace cis2::audit

#endif  // CIS2_TESTS_UNIT_BROKER_AUDIT_IO_THREAD_H_
