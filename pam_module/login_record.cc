#include "pam_module/login_record.h"

#include <cstdlib>
#include <new>
#include <unistd.h>

namespace cis2::pam_module {
namespace {

constexpr char kDataName[] = "pam_cis2_login";

}  // namespace

LoginRecord* LoginRecord::FindOn(const pam_handle_t* pamh) {
  const void* data = nullptr;
  if (pam_get_data(pamh, kDataName, &data) != PAM_SUCCESS) {
    return nullptr;
  }
  // libpam hands out its data as const; MakeOn put it there, and this module alone knows it.
  return static_cast<LoginRecord*>(const_cast<void*>(data));
}

LoginRecord* LoginRecord::MakeOn(pam_handle_t* pamh) {
  if (LoginRecord* const existing = FindOn(pamh); existing != nullptr) {
    return existing;
  }
  void* const memory = std::malloc(sizeof(LoginRecord));
  if (memory == nullptr) {
    return nullptr;
  }
  auto* const record = new (memory) LoginRecord();
  if (pam_set_data(pamh, kDataName, record, Cleanup) != PAM_SUCCESS) {
    Cleanup(pamh, record, 0);
    return nullptr;
  }
  return record;
}

void LoginRecord::Cleanup(pam_handle_t* /*pamh*/, void* data, int /*error_status*/) {
  auto* const record = static_cast<LoginRecord*>(data);
  record->~LoginRecord();
  std::free(record);
}

void LoginRecord::Begin(std::string_view account) {
  ticket_.Wipe();
  account_size_ = account.copy(account_.data(), account_.size());
  state_ = State::kOpen;
}

void LoginRecord::Refuse() {
  ticket_.Wipe();
  state_ = State::kRefused;
}

void LoginRecord::Allow(const Ticket& ticket) {
  ticket_.Set(ticket.Reveal());
  process_ = ::getpid();
  state_ = State::kAllowed;
}

bool LoginRecord::Spend(std::string_view account, Ticket& ticket) {
  const bool same_login = state_ == State::kAllowed && process_ == ::getpid() &&
                          account == std::string_view(account_.data(), account_size_);
  const bool taken = same_login && ticket.Set(ticket_.Reveal());
  ticket_.Wipe();
  if (state_ == State::kAllowed) {
    state_ = State::kSpent;
  }
  return taken;
}

}  // namespace cis2::pam_module
