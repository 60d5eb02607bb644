#include "broker/app/emergency_codes.h"

#include "broker/audit/last_resort.h"
#include "broker/base/log.h"

#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

namespace cis2::app {
namespace {

using breakglass::Finding;
using reasons::Reason;

breakglass::Time Now(const base::Clock& clock) {
  return std::chrono::floor<std::chrono::seconds>(clock.WallNow());
}

// Why a code is not taken; nothing for one that is right.
std::optional<reasons::Refusal> RefusalOf(Finding finding) {
  const auto refusal = [](Reason reason, const char* detail) {
    return reasons::Refusal{.reason = reason, .detail = detail, .args = {}};
  };
  switch (finding) {
    case Finding::kRight:
      return std::nullopt;
    case Finding::kWrong:
      return refusal(Reason::kBreakGlassWrong, "there is no such code");
    case Finding::kOtherAccount:
      return refusal(Reason::kBreakGlassWrong, "the code is right, and of another account");
    case Finding::kUsed:
      return refusal(Reason::kBreakGlassUsed, "the code is right, and was used before");
    case Finding::kRevoked:
      return refusal(Reason::kBreakGlassRevoked, "the code is right, and was revoked");
    case Finding::kExpired:
      break;
  }
  return refusal(Reason::kBreakGlassExpired, "the code is right, and its time is over");
}

}  // namespace

EmergencyCodes::EmergencyCodes(boost::asio::io_context& io, const std::string& file,
                               const oidc::Provider& provider, const base::Clock& clock,
                               base::UniqueFd kernel_log)
    : io_(io),
      file_(file),
      store_(file, ::geteuid()),
      provider_(provider),
      clock_(clock),
      kernel_log_(std::move(kernel_log)) {}

bool EmergencyCodes::HasReadyCode(const std::string& account) const {
  const auto ledger = store_.Load();
  if (!ledger) {
    base::LogError("there are no emergency codes", {{"ERROR", ledger.error().message}});
    return false;
  }
  return breakglass::HasReadyCode(*ledger, account, Now(clock_));
}

void EmergencyCodes::Spend(std::string account, breakglass::Code code, Done done) {
  // std::function must be copyable, a code is not.
  const auto shared = std::make_shared<breakglass::Code>(std::move(code));
  boost::asio::post(thread_, [this, account = std::move(account), shared, done = std::move(done)] {
    boost::asio::post(io_, [done, answer = SpendNow(account, *shared)] { done(answer); });
  });
}

reasons::Checked<std::string> EmergencyCodes::SpendNow(const std::string& account,
                                                       const breakglass::Code& code) const {
  const auto finding = store_.Spend(account, code, Now(clock_));
  if (!finding) {
    return reasons::Refuse(Reason::kBreakGlassUnavailable, finding.error().message);
  }
  if (auto refusal = RefusalOf(*finding)) {
    return std::unexpected(*std::move(refusal));
  }
  return code.id;
}

void EmergencyCodes::Raise(const audit::Event& event) {
  boost::asio::post(thread_, [this, event] { audit::TellLogs(event, kernel_log_.get()); });
}

}  // namespace cis2::app
