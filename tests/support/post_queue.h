// Functions that wait in a queue until a test runs them: the I/O thread of a unit test.
#ifndef CIS2_TESTS_SUPPORT_POST_QUEUE_H_
#define CIS2_TESTS_SUPPORT_POST_QUEUE_H_

#include <deque>
#include <functional>

namespace cis2::tests {

// Runs what was posted, in order, when told to.
class PostQueue {
 public:
  [[nodiscard]] std::function<void(std::function<void()>)> Poster() {
    return [this](std::function<void()> f) { queue_.push_back(std::move(f)); };
  }
  void RunAll() {
    while (!queue_.empty()) {
      const std::function<void()> f = std::move(queue_.front());
      queue_.pop_front();
      f();
    }
  }

 private:
  std::deque<std::function<void()>> queue_;
};

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_POST_QUEUE_H_
