#include "tests/simulator/discovery.h"

#include "tests/simulator/authorize.h"

namespace cis2::simulator {
namespace {

// ForgeRock Access Management's stock lists, in its order.
Json SigningAlgorithms() {
  return {"PS384", "ES384", "RS384", "HS256", "HS512", "ES256",
          "RS256", "HS384", "ES512", "PS256", "PS512", "RS512"};
}
Json KeyEncryptionAlgorithms() {
  return {"RSA-OAEP", "RSA-OAEP-256", "A128KW", "RSA1_5", "A256KW", "dir", "A192KW"};
}
Json ContentEncryptionAlgorithms() {
  return {"A256GCM", "A192GCM", "A128GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"};
}

// The values that CIS2's clients are known to send.
Json AcrValues() {
  return {"AAL3_ANY",       "AAL2_OR_AAL3_ANY", "AAL2_ANY",          "AAL1_USERPASS",
          "AAL3_IOS",       "AAL3_FIDO2",       "AAL3_N3_SMARTCARD", "AAL3_CIS2_SMARTCARD",
          "AAL3_SMARTCARD", "AAL2_TOTP",        "AAL2_NHSMAIL"};
}

}  // namespace

Json DiscoveryDocument(const Registration& registration) {
  Json document;
  document["request_parameter_supported"] = true;
  document["claims_parameter_supported"] = false;
  document["id_token_encryption_alg_values_supported"] = KeyEncryptionAlgorithms();
  document["id_token_encryption_enc_values_supported"] = ContentEncryptionAlgorithms();
  document["acr_values_supported"] = AcrValues();
  document["authorization_endpoint"] = registration.Endpoint("/authorize");
  document["issuer"] = registration.issuer;
  document["scopes_supported"] = KnownScopes();
  document["jwks_uri"] = registration.Endpoint("/connect/jwk_uri");
  document["subject_types_supported"] = {"public"};
  document["id_token_signing_alg_values_supported"] = SigningAlgorithms();
  document["userinfo_signing_alg_values_supported"] = {"ES384", "HS256", "HS512", "ES256",
                                                       "RS256", "HS384", "ES512"};
  document["token_endpoint_auth_methods_supported"] = {"client_secret_post", "private_key_jwt",
                                                       "client_secret_basic"};
  document["token_endpoint_auth_signing_alg_values_supported"] = SigningAlgorithms();
  document["token_endpoint"] = registration.Endpoint("/access_token");
  document["response_types_supported"] = {"code"};
  document["response_modes_supported"] = {"query"};
  document["grant_types_supported"] = {"authorization_code"};
  document["code_challenge_methods_supported"] = {"S256"};
  document["userinfo_endpoint"] = registration.Endpoint("/userinfo");
  document["version"] = "3.0";
  if (registration.iss_parameter) {
    document["authorization_response_iss_parameter_supported"] = true;
  }
  return document;
}

}  // namespace cis2::simulator
