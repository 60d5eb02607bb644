// The provider's key set: jose::KeySet::Parse for every algorithm.
//
// Invariant: a key that is found fits its algorithm, and its public members are a key set with the same key.
// A token without kid finds a key only where there is one alone; an empty kid finds none.
#include "broker/base/json.h"
#include "broker/jose/jwk.h"
#include "broker/jose/key_rules.h"
#include "broker/jose/public_jwk.h"
#include "tests/fuzz/target.h"

#include <optional>

namespace cis2::fuzz {
namespace {

constexpr std::size_t kMaxKeys = 64;

// OpenSSL judges an RSA modulus with random witnesses (SP 800-56B, 6.4.2.2): one that has a factor of a few digits passes
// nearly always, and fails once in a few hundred thousand times. A key that fails three times is none.
std::optional<jose::KeySet> ParseOne(const base::Json& members, jose::Algorithm alg) {
  std::optional<jose::KeySet> set;
  for (int i = 0; i < 3 && (!set || set->size() != 1); ++i) {
    set = jose::KeySet::Parse(base::Json({{"keys", {members}}}).dump(), alg);
  }
  return set;
}

void CheckKey(const jose::VerificationKey& key, jose::Algorithm alg) {
  Require(key.alg == alg && jose::Fits(key.key.get(), alg), "a key fits the algorithm that it was taken for");
  const base::Json members = jose::PublicMembers(key.key.get());
  const auto again = ParseOne(members, alg);
  Require(again && again->size() == 1, "the public members of a key are a key");
  Require(jose::Thumbprint(jose::PublicMembers(again->Find(std::nullopt)->key.get())) ==
              jose::Thumbprint(members),
          "and the same one");
}

// Every key of the set that the document names.
void CheckNamedKeys(const jose::KeySet& set, const base::Json& document, jose::Algorithm alg) {
  for (const base::Json& jwk : *base::Member(document, "keys")) {
    const auto kid = base::StringMember(jwk, "kid");
    const jose::VerificationKey* key = kid ? set.Find(kid) : nullptr;
    if (key != nullptr) {
      Require(key->kid == *kid, "a key is found by its own name");
      CheckKey(*key, alg);
    }
  }
}

bool TakesAnyKey(std::string_view json, jose::Algorithm alg) {
  const auto set = jose::KeySet::Parse(json, alg);
  if (!set) {
    return false;
  }
  const auto document = base::ParseJson(json);
  Require(document.has_value() && set->size() <= kMaxKeys, "a key set is JSON within its limit");
  Require((set->Find(std::nullopt) != nullptr) == (set->size() == 1),
          "without kid only a single key is meant");
  Require(set->Find("") == nullptr, "an empty kid is nobody's");
  if (set->size() == 1) {
    CheckKey(*set->Find(std::nullopt), alg);
  }
  CheckNamedKeys(*set, *document, alg);
  return set->size() > 0;
}

}  // namespace

Judgement Judge(std::string_view json) {
  bool accepted = false;
  for (const char* name : {"RS256", "PS512", "ES256", "EdDSA"}) {
    accepted = TakesAnyKey(json, *jose::AlgorithmFromName(name)) || accepted;
  }
  return AcceptedIf(accepted);
}

}  // namespace cis2::fuzz
