#include "broker/login/cancellation.h"

#include "broker/base/text.h"

#include <cctype>

namespace cis2::login {

base::Result<Cancellation> ParseCancellation(const base::Json& request) {
  const auto reference = base::StringMember(request, "reference");
  const auto account = base::StringMember(request, "account");
  const base::Json* all = base::Member(request, "all");
  const bool everything = all != nullptr && *all == base::Json(true);
  const int given = (reference && !PlainReference(*reference).empty() ? 1 : 0) +
                    (account && !account->empty() ? 1 : 0) + (everything ? 1 : 0);
  if (given != 1) {
    return base::Fail("cancel needs one of reference, account and all, so that no other login is ended");
  }
  return Cancellation{.reference = PlainReference(reference.value_or("")),
                      .account = account.value_or(""),
                      .all = everything};
}

bool Covers(const Cancellation& which, const LoginSummary& login) {
  if (!which.reference.empty()) {
    return PlainReference(login.reference) == which.reference;
  }
  return which.all || (!which.account.empty() && login.account == which.account);
}

std::string PlainReference(std::string_view typed) {
  std::string plain;
  for (const char c : typed) {
    const char capital = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (capital == '-' || capital == ' ') {
      continue;
    }
    plain += capital == 'O' ? '0' : capital == 'I' || capital == 'L' ? '1' : capital;
  }
  return plain;
}

std::string Canceller(uid_t uid, std::string_view sudo_user) {
  const std::string who = "by uid " + std::to_string(uid);
  return sudo_user.empty() ? who : who + ", SUDO_USER " + base::ShownName(sudo_user);
}

}  // namespace cis2::login
