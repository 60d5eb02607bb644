// The line of broker.toml that gives a setting another value. Pure.
#ifndef CIS2_BROKER_CTL_DOCTOR_SETTINGS_H_
#define CIS2_BROKER_CTL_DOCTOR_SETTINGS_H_

#include "broker/config/config.h"
#include "broker/ctl/doctor/finding.h"

#include <chrono>
#include <string>

namespace cis2::ctl::doctor {

inline constexpr const char* kRestartBroker = "systemctl restart cis2-broker.service";
// For grants and the page certificate: pending logins go on.
inline constexpr const char* kReloadBroker = "systemctl reload cis2-broker.service";
// The same where it may not have started at all.
inline constexpr const char* kReloadOrStartBroker = "systemctl reload-or-restart cis2-broker.service";

// "provider.ca_file" and its value in TOML: the line where it is set now; a drop-in beside the
// configuration where it is not set.
Mend Setting(const config::Config& config, const std::string& key, const std::string& toml_value);
// A string in TOML.
std::string Quoted(const std::string& text);

// How long a login by `service` may last at most.
std::chrono::seconds LifetimeOf(const config::Host& host, const std::string& service);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_SETTINGS_H_
