// The command line of cis2-sim, as CONTROL.md gives it.
#ifndef CIS2_TESTS_SIMULATOR_OPTIONS_H_
#define CIS2_TESTS_SIMULATOR_OPTIONS_H_

#include "broker/base/result.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {

struct Options {
  std::vector<std::string> listen;
  std::vector<std::string> control;
  std::string issuer;
  std::string certificate;
  std::string certificate_key;
  std::string signing_key;  // empty: one is made
  std::string client_id;
  std::vector<std::string> redirect_uris;
  std::string client_jwks;         // one of the two
  std::string client_secret_file;  //
  std::string robot;               // empty: the page is shown
  std::string log;                 // empty: none
  bool iss_parameter = false;
  bool sign_userinfo = false;
  std::int64_t document_age = 3600;
};

// The options; or the exit status of a program that has said its help, its version or its mistake.
std::expected<Options, int> ParseCommandLine(int argc, char** argv);

// Checks an issuer as CIS2's are: https, a host, an explicit port, a path, no final slash, query or fragment.
// A port of 0 becomes `port`. The issuer to use.
base::Result<std::string> CompleteIssuer(std::string_view issuer, std::uint16_t port);

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_OPTIONS_H_
