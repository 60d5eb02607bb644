// A compact JWS from a stranger: jose::ReadHeader and jose::VerifySignature with a key of every type.
//
// Invariant: nothing verifies that was not signed. The keys are those of the standards, nobody here signs
// with them, so a token that verifies carries the header and payload of a seed.
#include "broker/jose/verify.h"
#include "tests/fuzz/known_keys.h"
#include "tests/fuzz/target.h"

namespace cis2::fuzz {
namespace {

using reasons::Reason;

void CheckVerified(std::string_view token, const jose::UnverifiedHeader& header,
                   const jose::VerificationKey& key, const base::Json& claims) {
  Require(header.alg == jose::Name(key.alg), "alg is the key's");
  Require(claims.is_object(), "claims are an object");
  Require(base::ParseJson(claims.dump()) == claims, "claims survive being written and read again");
  Require(IsSignedPart(token.substr(0, token.rfind('.'))), "what verifies was signed");
}

}  // namespace

Judgement Judge(std::string_view token) {
  const auto header = jose::ReadHeader(token);
  if (!header) {
    RequireRefusal(header.error(), {Reason::kIdTokenForm, Reason::kIdTokenCrit, Reason::kIdTokenAlg});
  }
  bool accepted = false;
  for (const jose::VerificationKey* key : KnownKeys()) {
    const auto claims = jose::VerifySignature(token, *key);
    if (claims) {
      Require(header.has_value() && !accepted, "one key verifies, and the header could be read");
      CheckVerified(token, *header, *key, claims->json());
      accepted = true;
    } else {
      RequireRefusal(claims.error(), {Reason::kIdTokenForm, Reason::kIdTokenCrit, Reason::kIdTokenAlg,
                                      Reason::kIdTokenSignature});
      Require(header || header.error().reason == claims.error().reason, "an unread header refuses alike");
    }
  }
  return AcceptedIf(accepted);
}

}  // namespace cis2::fuzz
