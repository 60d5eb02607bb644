// Named ways in which the simulator breaks the rules, and overrides of single claims.
//
// A misbehaviour is one row of a table: a name, a sentence, and a hook for each artefact that it changes. The
// endpoints make every artefact honestly, as a draft, hand the draft to Misbehaviours::Apply, and send what
// comes back. So a new misbehaviour is a new row in one of the misbehave_*.cc, and no endpoint knows any of
// them by name.
//
// Order of one journey: sign_in, callback; token_request, id_token, compact, token; userinfo_request,
// userinfo.
#ifndef CIS2_TESTS_SIMULATOR_MISBEHAVE_H_
#define CIS2_TESTS_SIMULATOR_MISBEHAVE_H_

#include "broker/http/message.h"
#include "tests/simulator/answer.h"
#include "tests/simulator/authorize.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/memory.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::simulator {

// What a hook may do to any answer.
struct Delivery {
  std::optional<Answer> instead;  // sent in place of the draft
  http::Headers more_headers;     // added to whatever is sent
};

struct DiscoveryDraft {
  Json document;
  Delivery delivery;
};

struct JwksDraft {
  Json document;
  KeyRing& keys;
  Delivery delivery;
};

// A sign-in, before its code is made.
struct SignInDraft {
  AuthorizationRequest& request;
  std::optional<AuthorizationError> error;  // set: redirected back at once
  Delivery delivery;
};

// The redirect back to the client after a sign-in, or with an error.
struct CallbackDraft {
  std::string redirect_uri;
  std::vector<http::FormField> parameters;
  Delivery delivery;

  // Sets the parameter called `name`, in its place or at the end.
  void Set(std::string_view name, std::string value);
};

// A token or userinfo request, before it is looked at: what is answered here uses nothing up.
struct RequestDraft {
  const Registration& registration;
  Delivery delivery;
};

// A token before it is signed.
struct JwsDraft {
  const Registration& registration;
  KeyRing& keys;
  Json header;
  Json claims;
  std::string alg;          // that the signature is made with, whatever the header says
  const Key* signer;        // null: no signature
  std::string header_text;  // not empty: in place of `header`, byte for byte
  std::string payload;      // not empty: in place of `claims`, byte for byte

  [[nodiscard]] std::string Sign() const;
};

struct IdTokenDraft : JwsDraft {
  const Grant& grant;
};

// The signed ID token as it is sent.
struct CompactDraft {
  std::string token;
};

struct TokenDraft {
  const Grant& grant;
  Json members;
  Delivery delivery;
};

struct UserinfoDraft : JwsDraft {
  const Grant& grant;
  const std::string& id_token;  // of the same sign-in
  bool is_signed;               // sent as application/jwt
  Delivery delivery;
};

struct Misbehaviour {
  std::string_view name;
  std::string_view what;
  void (*discovery)(DiscoveryDraft&) = nullptr;
  void (*jwks)(JwksDraft&) = nullptr;
  void (*sign_in)(SignInDraft&) = nullptr;
  void (*callback)(CallbackDraft&) = nullptr;
  void (*token_request)(RequestDraft&) = nullptr;
  void (*id_token)(IdTokenDraft&) = nullptr;
  void (*compact)(CompactDraft&) = nullptr;
  void (*token)(TokenDraft&) = nullptr;
  void (*userinfo_request)(RequestDraft&) = nullptr;
  void (*userinfo)(UserinfoDraft&) = nullptr;
};

// All rows, in the order of a journey.
std::span<const Misbehaviour> KnownMisbehaviours();

// Which of them are on.
class Misbehaviours {
 public:
  // On for the next `times` answers that a hook of it changes; 0: until Reset(). Setting one that is on
  // replaces its count. False for a name that no row has.
  bool Set(std::string_view name, unsigned times);
  void Reset() { active_.clear(); }

  // Applies the hook `member` of every active row that has it, in the order they were set.
  template <class Draft>
  void Apply(void (*Misbehaviour::*member)(Draft&), Draft& draft) {
    for (auto& entry : active_) {
      if (auto* const hook = entry.row->*member; hook != nullptr) {
        hook(draft);
        entry.done = entry.left == 1;
        entry.left -= entry.left > 0 ? 1 : 0;
      }
    }
    std::erase_if(active_, [](const Active& entry) { return entry.done; });
  }

 private:
  struct Active {
    const Misbehaviour* row;
    unsigned left;  // 0: no end
    bool done = false;
  };
  std::vector<Active> active_;
};

// Claims that the control interface set or removed, for one kind of artefact. A later call wins.
class ClaimOverrides {
 public:
  void Set(const std::string& name, Json value) { changes_[name] = std::move(value); }
  void Remove(const std::string& name) { changes_[name] = std::nullopt; }
  void Reset() { changes_.clear(); }
  void ApplyTo(Json& claims) const;

 private:
  std::map<std::string, std::optional<Json>> changes_;
};

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_MISBEHAVE_H_
