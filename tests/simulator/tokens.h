// The claims of the simulator's tokens, in the shape of CIS2's (ForgeRock's extras and all). Pure but for
// chance.
#ifndef CIS2_TESTS_SIMULATOR_TOKENS_H_
#define CIS2_TESTS_SIMULATOR_TOKENS_H_

#include "broker/base/random.h"
#include "tests/simulator/answer.h"
#include "tests/simulator/memory.h"
#include "tests/simulator/registration.h"

#include <cstdint>
#include <string>

namespace cis2::simulator {

// A JWT without aud, as CIS2's is; a client must treat it as opaque.
Json AccessTokenClaims(const Registration& registration, const Grant& grant, std::int64_t now,
                       base::Random& random);

// Both levels are there. Of an operator whose sub is even the id_assurance_level is a string and the
// authentication_assurance_level a number; of an odd one the other way round: clients have to read both.
Json IdTokenClaims(const Registration& registration, const Grant& grant, const std::string& code,
                   const std::string& access_token, std::int64_t now, base::Random& random);

// sub and idassurancelevel always, the rest by the scopes granted.
Json UserinfoClaims(const Grant& grant);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_TOKENS_H_
