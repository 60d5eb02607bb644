// The discovery document (OIDC Discovery 1.0 section 3) with ForgeRock's stock lists. Pure.
#ifndef CIS2_TESTS_SIMULATOR_DISCOVERY_H_
#define CIS2_TESTS_SIMULATOR_DISCOVERY_H_

#include "tests/simulator/answer.h"
#include "tests/simulator/registration.h"

namespace cis2::simulator {

// Names more than is done, as ForgeRock does: HS256 stands beside RS256, so that a client that chooses an
// algorithm from here chooses wrong. Endpoints that are not served are not named.
Json DiscoveryDocument(const Registration& registration);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_DISCOVERY_H_
