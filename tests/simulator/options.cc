#include "tests/simulator/options.h"

#include "broker/base/text.h"
#include "tests/simulator/bench.h"
#include "tests/simulator/operators.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>

namespace cis2::simulator {
namespace {

constexpr const char* kExamples = R"(
Examples:
  A provider on port 8444 whose sign-in page asks who signs in, for a client with a key:
    cis2-sim --listen 127.0.0.1:8444 --certificate sim.pem --certificate-key sim-key.pem \
      --issuer https://am.sim-cis2.example:8444/openam/oauth2/realms/root/realms/Healthcare \
      --client-id 0000000000.example.apps --redirect-uri https://server.example:8443/callback \
      --client-jwks client.jwks

  A free port, a control interface, and one-role signs in without a page, for a client with a secret:
    cis2-sim --listen 127.0.0.1:0 --control 127.0.0.1:0 --certificate sim.pem --certificate-key sim-key.pem \
      --issuer https://am.sim-cis2.example:0/openam/oauth2/realms/root/realms/Healthcare \
      --client-id 0000000000.example.apps --redirect-uri https://server.example:8443/callback \
      --client-secret-file secret --robot one-role

A stand-in for tests and demonstrations. It signs anybody in and listens on loopback alone.
)";

std::string IsOperator(const std::string& name) {
  return name == kDeny || FindOperator(name) != nullptr ? ""
                                                        : "there is no operator " + base::Printable(name);
}

void Declare(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("cis2-sim " CIS2_VERSION));
  app.add_option("--listen", options.listen, "HTTPS, loopback HOST:PORT; port 0 takes a free one; repeatable")
      ->required();
  app.add_option("--issuer", options.issuer,
                 "https URL with port and path; port 0: that of the first --listen")
      ->required();
  app.add_option("--certificate", options.certificate, "PEM file, with its chain")->required();
  app.add_option("--certificate-key", options.certificate_key, "PEM file, readable by its owner alone")
      ->required();
  app.add_option("--signing-key", options.signing_key,
                 "PEM file with the RSA key of the tokens; default: a new one");
  app.add_option("--client-id", options.client_id, "of the one client")->required();
  app.add_option("--redirect-uri", options.redirect_uris, "compared exactly; repeatable")->required();
  auto* const client = app.add_option_group("client", "How the client proves itself");
  client->add_option("--client-jwks", options.client_jwks,
                     "private_key_jwt: file with its public keys, read each time");
  client->add_option("--client-secret-file", options.client_secret_file,
                     "client_secret_basic or _post: file");
  client->require_option(1);
  app.add_option("--control", options.control, "plain HTTP for tests, loopback HOST:PORT; repeatable");
  app.add_option("--robot", options.robot, "this operator signs in without a page; or deny")
      ->check(IsOperator);
  app.add_option("--log", options.log, "file for one line per request");
  app.add_option("--document-age", options.document_age, "seconds that discovery and keys may be cached")
      ->check(CLI::Range(0, 86400));
  app.add_flag("--iss-parameter", options.iss_parameter,
               "promise and send iss in the redirect back (RFC 9207)");
  app.add_flag("--sign-userinfo", options.sign_userinfo, "userinfo is a signed token (application/jwt)");
  app.footer(kExamples);
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::expected<Options, int> ParseCommandLine(int argc, char** argv) {
  CLI::App app("cis2-sim: a stand-in for NHS CIS2 Authentication");
  Options options;
  try {
    Declare(app, options);
    app.parse(argc, argv);
  } catch (const CLI::Error& stop) {
    return std::unexpected(app.exit(stop));
  }
  return options;
}

base::Result<std::string> CompleteIssuer(std::string_view issuer, std::uint16_t port) {
  constexpr std::string_view kScheme = "https://";
  const auto path = issuer.find('/', std::min(kScheme.size(), issuer.size()));
  const auto colon = issuer.find(':', std::min(kScheme.size(), issuer.size()));
  const bool whole = issuer.starts_with(kScheme) && path != std::string_view::npos &&
                     colon > kScheme.size() && colon < path &&
                     IsPort(issuer.substr(colon + 1, path - colon - 1));
  if (!whole || issuer.ends_with('/') || issuer.find_first_of("?# ") != std::string_view::npos) {
    return base::Fail("the issuer '" + base::Printable(issuer, 256) +
                      "' is not https://HOST:PORT/PATH with an explicit port and no final slash");
  }
  if (issuer.substr(colon + 1, path - colon - 1) != "0") {
    return std::string(issuer);
  }
  return std::string(issuer.substr(0, colon + 1)) + std::to_string(port) + std::string(issuer.substr(path));
}

}  // namespace cis2::simulator
