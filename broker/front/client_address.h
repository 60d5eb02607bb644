// Whom a request comes from, for limits, policy and audit. Pure.
//
// The peer of the TCP connection, unless that is a proxy of ours: then the last address in X-Forwarded-For
// that is not a proxy of ours. What stands further to the left was written by somebody whom nobody trusts.
#ifndef CIS2_BROKER_FRONT_CLIENT_ADDRESS_H_
#define CIS2_BROKER_FRONT_CLIENT_ADDRESS_H_

#include "broker/http/message.h"
#include "broker/policy/policy.h"

#include <string>
#include <vector>

namespace cis2::front {

// Numeric. A proxy's field that is missing or not an address counts as the proxy's own request.
std::string ClientAddress(const http::ServerRequest& request,
                          const std::vector<policy::Network>& trusted_proxies);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_CLIENT_ADDRESS_H_
