// How many logins may be pending: per account and client address, per calling person for local services, and
// in all. Never per account across addresses: that would let a stranger lock an account. Design section 9.
//
// Whoever asks for a Seat holds it until it is destroyed (dbus-broker's rule: charging and releasing are one
// object). I/O thread only; the Admission outlives its seats.
#ifndef CIS2_BROKER_LOGIN_ADMISSION_H_
#define CIS2_BROKER_LOGIN_ADMISSION_H_

#include "broker/config/config.h"
#include "broker/reasons/reasons.h"

#include <expected>
#include <map>
#include <string>
#include <utility>

namespace cis2::login {

class Admission;

class Seat {
 public:
  Seat(Seat&& o) noexcept : admission_(std::exchange(o.admission_, nullptr)), key_(std::move(o.key_)) {}
  Seat& operator=(Seat&& o) noexcept {
    std::swap(admission_, o.admission_);  // what this one held is given back by the other
    std::swap(key_, o.key_);
    return *this;
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat();
  // What it is counted under: account and client address, or the local caller.
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  friend class Admission;
  Seat(Admission* admission, std::string key) : admission_(admission), key_(std::move(key)) {}
  Admission* admission_;
  std::string key_;
};

struct Applicant {
  std::string account;
  std::string client_address;  // numeric; empty for a local service
  std::string caller;          // who calls a local service (PAM_RUSER, else the account)
};

class Admission {
 public:
  explicit Admission(const config::Limits& limits) : limits_(limits) {}

  // A seat, or the limit that is full: kLimitAccountAddress, kLimitLocalUid or kLimitTotal.
  std::expected<Seat, reasons::Reason> Admit(const Applicant& applicant);
  [[nodiscard]] int pending() const { return pending_; }

 private:
  friend class Seat;
  void Release(const std::string& key);

  const config::Limits& limits_;
  std::map<std::string, int> per_key_;
  int pending_ = 0;
};

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_ADMISSION_H_
