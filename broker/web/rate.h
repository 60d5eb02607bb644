// Counts events of one kind per key within the last minute. I/O thread only; memory is bounded by kMaxKeys.
#ifndef CIS2_BROKER_WEB_RATE_H_
#define CIS2_BROKER_WEB_RATE_H_

#include "broker/base/clock.h"

#include <deque>
#include <map>
#include <string>

namespace cis2::web {

class RateLimit {
 public:
  explicit RateLimit(int per_minute) : per_minute_(per_minute) {}

  // True when `key` has used up its minute.
  [[nodiscard]] bool IsFull(const std::string& key, base::TimePoint now) {
    return Prune(key, now) >= static_cast<std::size_t>(per_minute_);
  }
  void Count(const std::string& key, base::TimePoint now) {
    Prune(key, now);
    if (events_.size() >= kMaxKeys && !events_.contains(key)) {
      DropStale(now);
    }
    events_[key].push_back(now);
  }

 private:
  static constexpr std::size_t kMaxKeys = 100000;
  static constexpr std::chrono::minutes kWindow{1};

  std::size_t Prune(const std::string& key, base::TimePoint now) {
    const auto it = events_.find(key);
    if (it == events_.end()) {
      return 0;
    }
    while (!it->second.empty() && now - it->second.front() >= kWindow) {
      it->second.pop_front();
    }
    const std::size_t left = it->second.size();
    if (left == 0) {
      events_.erase(it);
    }
    return left;
  }
  // Forgets what is older than the window; if all are fresh, everything: a flood from that many networks is
  // not stopped by counting, and memory must not grow with it.
  void DropStale(base::TimePoint now) {
    std::erase_if(events_, [&](const auto& item) { return now - item.second.back() >= kWindow; });
    if (events_.size() >= kMaxKeys) {
      events_.clear();
    }
  }

  int per_minute_;
  std::map<std::string, std::deque<base::TimePoint>> events_;
};

}  // namespace cis2::web

#endif  // CIS2_BROKER_WEB_RATE_H_
