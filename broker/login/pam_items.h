// Reads what the module passes on from PAM. Everything here may come from a stranger on the network. Pure.
#ifndef CIS2_BROKER_LOGIN_PAM_ITEMS_H_
#define CIS2_BROKER_LOGIN_PAM_ITEMS_H_

#include <optional>
#include <string>
#include <string_view>

namespace cis2::login {

// Where a remote login comes from: the first word of SSH_CONNECTION, else PAM_RHOST. Services other than sshd
// may give a host's name there: it is shown as such, and is in no network. Empty for a local login alone.
std::string ClientAddress(std::string_view ssh_connection, std::string_view rhost);

// For people: the client's address, else "this server, tty1", and by whom where that is another than the account
// (su, sudo with targetpw): "this server, pts/0, called by op1".
std::string ComesFrom(std::string_view client_address, std::string_view tty, std::string_view caller);

// The public key that sshd accepted before (SSH_AUTH_INFO_0, a line "publickey TYPE BASE64"): "publickey TYPE
// SHA256:..." with the fingerprint as ssh-keygen prints it. Nothing without one.
std::optional<std::string> AcceptedKey(std::string_view ssh_auth_info);

}  // namespace cis2::login

#endif  // CIS2_BROKER_LOGIN_PAM_ITEMS_H_
