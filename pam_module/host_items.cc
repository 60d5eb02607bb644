#include "pam_module/host_items.h"

#include <cstdint>

namespace cis2::pam_module {
namespace {

std::string_view Cut(std::string_view value, std::size_t limit) {
  return {value.data(), value.size() < limit ? value.size() : limit};
}

std::string_view NameOf(const pam_handle_t* pamh, int item) {
  return Cut(ItemOf(pamh, item), wire::kMaxName);
}

std::string_view SshValue(pam_handle_t* pamh, const char* name) {
  const char* const value = pam_getenv(pamh, name);
  return value == nullptr ? std::string_view() : Cut(value, wire::kMaxSshItem);
}

std::uint32_t WireFlags(int flags) {
  const auto given = static_cast<unsigned>(flags);
  std::uint32_t out = 0;
  if ((given & PAM_SILENT) != 0) {
    out |= wire::kFlagSilent;
  }
  if ((given & PAM_DISALLOW_NULL_AUTHTOK) != 0) {
    out |= wire::kFlagDisallowNullAuthtok;
  }
  return out;
}

}  // namespace

std::string_view ItemOf(const pam_handle_t* pamh, int item) {
  const void* value = nullptr;
  if (pam_get_item(pamh, item, &value) != PAM_SUCCESS || value == nullptr) {
    return {};
  }
  return static_cast<const char*>(value);
}

Outcome ReadAccount(pam_handle_t* pamh, std::string_view& account) {
  const char* user = nullptr;
  const int code = pam_get_user(pamh, &user, /*prompt=*/nullptr);
  if (code == PAM_BUF_ERR) {
    return Outcome::kNoMemory;
  }
  if (code != PAM_SUCCESS || user == nullptr) {
    return Outcome::kNoConversation;
  }
  account = user;
  return Outcome::kAllowed;
}

wire::LoginRequest MakeLoginRequest(pam_handle_t* pamh, std::string_view account, int flags,
                                    wire::QrMode qr) {
  wire::LoginRequest request;
  request.service = NameOf(pamh, PAM_SERVICE);
  request.account = Cut(account, wire::kMaxName);
  request.rhost = NameOf(pamh, PAM_RHOST);
  request.ruser = NameOf(pamh, PAM_RUSER);
  request.tty = NameOf(pamh, PAM_TTY);
  if (request.tty == "ssh") {
    request.ssh_connection = SshValue(pamh, "SSH_CONNECTION");
    request.ssh_auth_info = SshValue(pamh, "SSH_AUTH_INFO_0");
  }
  request.flags = WireFlags(flags);
  request.qr = qr;
  return request;
}

wire::AccountRequest MakeAccountRequest(const pam_handle_t* pamh, std::string_view account,
                                        std::string_view ticket) {
  wire::AccountRequest request;
  request.service = NameOf(pamh, PAM_SERVICE);
  request.account = Cut(account, wire::kMaxName);
  request.rhost = NameOf(pamh, PAM_RHOST);
  request.ruser = NameOf(pamh, PAM_RUSER);
  request.tty = NameOf(pamh, PAM_TTY);
  request.ticket = ticket;
  return request;
}

}  // namespace cis2::pam_module
