// The query that the provider sends the browser back with: front::ParseCallbackQuery, the frame that carries
// it to the broker, oidc::CheckCallback there.
//
// Invariant: what the front takes is one of code and error, printable, and fits into a frame that the broker
// reads back the same; a code that is redeemed came without an error and from the issuer.
#include "broker/oidc/callback.h"

#include "broker/front/callback_query.h"
#include "pam_module/wire/frame.h"
#include "tests/fuzz/target.h"
#include "tests/unit/broker/oidc/relying_party.h"

namespace cis2::fuzz {
namespace {

using reasons::Reason;

// What the broker reads out of the frame that the front sends.
front_wire::Callback AcrossTheSocket(front_wire::Callback callback) {
  callback.browser_addr = "192.0.2.7";
  const auto frame = front_wire::Encode(front_wire::ToBroker(std::move(callback)));
  Require(frame.has_value(), "what the front takes can be sent");
  auto message = front_wire::DecodeToBroker(Bytes(*frame).subspan(wire::kFrameHeader));
  Require(message && std::holds_alternative<front_wire::Callback>(*message), "what was sent can be read");
  Require(front_wire::Encode(*message) == frame, "and is the same");
  return std::get<front_wire::Callback>(*std::move(message));
}

oidc::CallbackFields FieldsOf(const front_wire::Callback& callback) {
  return {.code = callback.code,
          .error = callback.error,
          .error_description = callback.error_description,
          .iss = callback.has_iss ? std::optional(callback.iss) : std::nullopt};
}

}  // namespace

Judgement Judge(std::string_view query) {
  const auto parsed = front::ParseCallbackQuery(query);
  if (!parsed) {
    return Judgement::kRefused;
  }
  const front_wire::Callback callback = AcrossTheSocket(*parsed);
  Require(callback.code.empty() != callback.error.empty(), "exactly one of code and error");
  Require(callback.state == parsed->state && IsPrintable(callback.state), "the state is printable");
  Require(IsPrintable(callback.error_description), "the description is printable");
  const auto checked = oidc::CheckCallback(FieldsOf(callback), oidc::TestSettings(), /*iss_promised=*/false);
  if (!checked) {
    RequireRefusal(checked.error(), {Reason::kCallbackMalformed, Reason::kCallbackIssuerMismatch,
                                     Reason::kCallbackAccessDenied, Reason::kCallbackProviderError});
    return Judgement::kRefused;
  }
  Require(!callback.code.empty() && IsPrintable(callback.code), "a code that is redeemed is printable");
  Require(!callback.has_iss || callback.iss == oidc::kIssuer, "and came from the issuer");
  return Judgement::kAccepted;
}

}  // namespace cis2::fuzz
