// Wrong emergency codes, counted: ten within an hour, and no more are compared from there until the hour is
// over.
//
// By account and where it is typed (Admission's rule), never by account alone: a stranger could lock the
// emergency exit of somebody else's account just when it is needed. 75 bits are not guessed from many
// addresses either. In memory only; I/O thread only.
#ifndef CIS2_BROKER_LOGIN_EMERGENCY_LIMIT_H_
#define CIS2_BROKER_LOGIN_EMERGENCY_LIMIT_H_

#include "broker/base/clock.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <string>

namespace cis2::login {

class EmergencyLimit {
 public:
  static constexpr std::size_t kWrong = 10;
  static constexpr std::chrono::hours kWithin{1};
  static constexpr std::size_t kMaxKeys = 10'000;

  [[nodiscard]] bool IsReached(const std::string& key, base::TimePoint now) {
    const auto it = wrong_.find(key);
    if (it == wrong_.end()) {
      return false;
    }
    while (!it->second.empty() && now - it->second.front() >= kWithin) {
      it->second.pop_front();
    }
    return it->second.size() >= kWrong;
  }
  void Count(const std::string& key, base::TimePoint now) {
    if (wrong_.size() >= kMaxKeys) {
      std::erase_if(wrong_, [now](const auto& item) {
        return item.second.empty() || now - item.second.back() >= kWithin;
      });
    }
    // A flood from that many networks is not stopped by counting, and memory must not grow with it.
    if (wrong_.size() >= kMaxKeys) {
      wrong_.clear();
    }
    wrong_[key].push_back(now);
  }

 private:
  std::map<std::string, std::deque<base::TimePoint>> wrong_;  // by key: when, the oldest in front
};

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_EMERGENCY_LIMIT_H_
