#include "broker/base/documents.h"
#include "broker/config/load.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/failure.h"
#include "broker/ctl/key_file.h"
#include "broker/ctl/print_json.h"
#include "broker/jose/generate.h"
#include "broker/jose/key_uri.h"
#include "broker/jose/signing_key.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace cis2::ctl {
namespace {

using base::Fail;
using base::Result;

// The settings that say where the key goes and what it is for: the configuration's, or the defaults where
// none was named and there is none yet.
std::expected<config::Provider, int> Settings(const CommonOptions& common, const Streams& streams) {
  std::error_code ignored;
  if (!common.config_given && !std::filesystem::exists(common.config, ignored)) {
    return config::Provider{};
  }
  auto config = LoadConfig(common, streams);
  if (!config) {
    return std::unexpected(config.error());
  }
  return std::move(config->provider);
}

}  // namespace

Result<jose::SigningKey> MakeKeyFile(const std::string& path, const std::string& alg_name) {
  const auto alg = jose::AlgorithmFromName(alg_name);
  if (!alg) {
    return Fail("there is no algorithm " + alg_name + " for client keys");
  }
  if (jose::IsKeyUri(path) || !path.starts_with('/')) {
    return Fail(
        "a key is written to an absolute path; give one with --out (a key in a token is made by the tools of "
        "the token: " CIS2_DOCUMENTS "keys.md)");
  }
  CIS2_TRY(const base::Secret pem, jose::GeneratePem(*alg));
  CIS2_TRY(jose::SigningKey key, jose::SigningKey::FromPem(pem.Reveal(), *alg));
  CIS2_CHECK(WriteNewKeyFile(path, pem));
  return key;
}

int Keygen(const CommonOptions& common, KeygenOptions options, const Streams& streams) {
  if (options.out.empty() || options.alg.empty()) {
    const auto settings = Settings(common, streams);
    if (!settings) {
      streams.err << "cis2ctl: without a configuration that can be read, give --alg and --out\n";
      return settings.error();
    }
    options.out = options.out.empty() ? settings->client_key : options.out;
    options.alg = options.alg.empty() ? settings->client_assertion_alg : options.alg;
  }
  const auto key = MakeKeyFile(options.out, options.alg);
  if (!key) {
    return GiveUp(common, streams, kExitNo, key.error().message);
  }
  const std::string kid = key->Thumbprint();
  const base::Json jwk = key->PublicJwk(kid);
  if (common.json) {
    PrintJson(streams.out, nlohmann::ordered_json{{"path", options.out}, {"kid", kid}, {"jwk", jwk}});
  } else {
    streams.out << "file:   " << options.out << "\nkey id: " << kid << "\npublic: " << jwk.dump() << "\n";
  }
  return kExitOk;
}

}  // namespace cis2::ctl
