// The emergency codes of a running broker: broker/breakglass, off the I/O thread.
//
// One thread compares, one code after the other: each takes 32 MiB and a tenth of a second. Called and
// answered on the I/O thread. Says in the log why codes cannot be used.
#ifndef CIS2_BROKER_APP_EMERGENCY_CODES_H_
#define CIS2_BROKER_APP_EMERGENCY_CODES_H_

#include "broker/base/clock.h"
#include "broker/base/fd.h"
#include "broker/breakglass/store.h"
#include "broker/login/emergency_codes.h"
#include "broker/oidc/provider.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <string>

namespace cis2::app {

class EmergencyCodes final : public login::EmergencyCodes {
 public:
  // Without a `file` there are none. Borrows everything but `kernel_log` for its own lifetime.
  EmergencyCodes(boost::asio::io_context& io, const std::string& file, const oidc::Provider& provider,
                 const base::Clock& clock, base::UniqueFd kernel_log);

  [[nodiscard]] bool InForce() const override { return !file_.empty() && provider_.FoundAway(); }
  [[nodiscard]] bool HasReadyCode(const std::string& account) const override;
  void Spend(std::string account, breakglass::Code code, Done done) override;
  void Raise(const audit::Event& event) override;
  // Waits for what is under way.
  void Join() { thread_.join(); }

 private:
  [[nodiscard]] reasons::Checked<std::string> SpendNow(const std::string& account,
                                                       const breakglass::Code& code) const;

  boost::asio::io_context& io_;
  std::string file_;
  breakglass::Store store_;
  const oidc::Provider& provider_;
  const base::Clock& clock_;
  base::UniqueFd kernel_log_;
  boost::asio::thread_pool thread_{1};  // last: it ends before the rest goes
};

}  // namespace cis2::app

#endif  // CIS2_BROKER_APP_EMERGENCY_CODES_H_
