#include "broker/login/admission.h"

#include "broker/base/text.h"

namespace cis2::login {

Seat::~Seat() {
  if (admission_ != nullptr) {
    admission_->Release(key_);
  }
}

std::expected<Seat, reasons::Reason> Admission::Admit(const Applicant& applicant) {
  const std::string& client = applicant.client_address;
  const auto bucket =
      client.empty() ? std::nullopt : std::optional(base::AddressBucket(client).value_or(client));
  // A NUL between the parts: no account name holds one, so no two pairs share a key.
  const std::string key =
      bucket ? "address" + std::string(1, '\0') + applicant.account + std::string(1, '\0') + *bucket
             : "local" + std::string(1, '\0') + applicant.caller;
  const int limit = bucket ? limits_.pending_per_account_and_address : limits_.pending_per_uid;
  if (per_key_.contains(key) && per_key_[key] >= limit) {
    return std::unexpected(bucket ? reasons::Reason::kLimitAccountAddress : reasons::Reason::kLimitLocalUid);
  }
  if (pending_ >= limits_.pending_total) {
    return std::unexpected(reasons::Reason::kLimitTotal);
  }
  ++per_key_[key];
  ++pending_;
  return Seat(this, key);
}

void Admission::Release(const std::string& key) {
  --pending_;
  const auto it = per_key_.find(key);
  if (--it->second == 0) {
    per_key_.erase(it);
  }
}

}  // namespace cis2::login
