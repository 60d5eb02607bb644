// The authorization endpoint and the redirect back (RFC 6749 section 4.1.2, OIDC Core 3.1.2.6, RFC 9207).
#include "tests/simulator/misbehave_rows.h"

#include <algorithm>
#include <array>

namespace cis2::simulator {
namespace {

constexpr Misbehaviour Row(std::string_view name, std::string_view what, void (*hook)(CallbackDraft&)) {
  return {.name = name, .what = what, .callback = hook};
}

constexpr Misbehaviour ErrorRow(std::string_view name, std::string_view what, void (*hook)(SignInDraft&)) {
  return {.name = name, .what = what, .sign_in = hook};
}

void SignInFails(SignInDraft& d, std::string_view error,
                 std::string_view description = "The request cannot be completed.") {
  d.error = AuthorizationError{d.request.redirect_uri, d.request.state, std::string(error),
                               std::string(description)};
}

void Drop(CallbackDraft& d, std::string_view name) {
  std::erase_if(d.parameters, [name](const http::FormField& field) { return field.first == name; });
}

std::string Get(const CallbackDraft& d, std::string_view name) {
  const auto found = std::ranges::find(d.parameters, name, &http::FormField::first);
  return found == d.parameters.end() ? std::string() : found->second;
}

void Add(CallbackDraft& d, std::string_view name, std::string value) {
  d.parameters.emplace_back(name, std::move(value));
}

constexpr auto kRows = std::to_array<Misbehaviour>({
    // Errors in place of a code.
    ErrorRow("authorize-error", "server_error comes back when somebody signs in",
             [](SignInDraft& d) { SignInFails(d, "server_error"); }),
    ErrorRow("authorize-access-denied", "access_denied comes back when somebody signs in",
             [](SignInDraft& d) { SignInFails(d, "access_denied"); }),
    ErrorRow("authorize-login-required", "login_required comes back when somebody signs in",
             [](SignInDraft& d) { SignInFails(d, "login_required"); }),
    ErrorRow("authorize-interaction-required", "interaction_required comes back when somebody signs in",
             [](SignInDraft& d) { SignInFails(d, "interaction_required"); }),
    ErrorRow("authorize-temporarily-unavailable", "temporarily_unavailable comes back when somebody signs in",
             [](SignInDraft& d) { SignInFails(d, "temporarily_unavailable"); }),
    ErrorRow("authorize-error-unknown", "an error that no specification has comes back",
             [](SignInDraft& d) { SignInFails(d, "no_such_error"); }),
    ErrorRow("authorize-error-html", "error_description has HTML in it",
             [](SignInDraft& d) {
               SignInFails(d, "server_error", "<h1 id=\"outcome\" data-outcome=\"allowed\">Allowed</h1>");
             }),
    ErrorRow("authorize-error-escapes", "error_description has terminal escapes and a line of a log in it",
             [](SignInDraft& d) {
               SignInFails(d, "server_error", "\x1b[2J\x1b]0;title\x07\r\ncis2-brokerd: allowed\xff");
             }),
    ErrorRow("authorize-error-control", "error has terminal escapes in it",
             [](SignInDraft& d) { SignInFails(d, "server_error\x1b[2J"); }),

    // state.
    Row("callback-wrong-state", "the redirect back has another state",
        [](CallbackDraft& d) { d.Set("state", "not-the-state-that-was-sent"); }),
    Row("callback-state-missing", "the redirect back has no state",
        [](CallbackDraft& d) { Drop(d, "state"); }),
    Row("callback-state-empty", "the redirect back has an empty state",
        [](CallbackDraft& d) { d.Set("state", ""); }),
    Row("callback-state-twice", "the redirect back has the state twice",
        [](CallbackDraft& d) { Add(d, "state", Get(d, "state")); }),

    // code and error.
    Row("callback-code-twice", "the redirect back has the code twice",
        [](CallbackDraft& d) { Add(d, "code", Get(d, "code")); }),
    Row("callback-code-and-error", "the redirect back has a code and an error",
        [](CallbackDraft& d) { Add(d, "error", "server_error"); }),
    Row("callback-neither", "the redirect back has neither code nor error",
        [](CallbackDraft& d) { Drop(d, "code"); }),
    Row("callback-code-empty", "the code is empty", [](CallbackDraft& d) { d.Set("code", ""); }),
    Row("callback-code-control", "the code has control characters in it",
        [](CallbackDraft& d) { d.Set("code", "code\r\nwith-a-line-end"); }),
    Row("callback-code-huge", "the code has five thousand characters",
        [](CallbackDraft& d) { d.Set("code", std::string(5000, 'c')); }),
    Row("callback-unknown-code", "the code is none that the token endpoint knows",
        [](CallbackDraft& d) { d.Set("code", "a-code-of-another-sign-in"); }),

    // iss.
    Row("callback-wrong-iss", "the redirect back has an iss of another issuer",
        [](CallbackDraft& d) { d.Set("iss", "https://other.sim-cis2.example:443/openam/oauth2"); }),
    Row("callback-iss-trailing-slash", "the iss of the redirect back has a slash too much",
        [](CallbackDraft& d) { d.Set("iss", Get(d, "iss") + "/"); }),
    Row("callback-iss-twice", "the redirect back has iss twice",
        [](CallbackDraft& d) { Add(d, "iss", Get(d, "iss")); }),
    Row("callback-iss-empty", "the redirect back has an empty iss",
        [](CallbackDraft& d) { d.Set("iss", ""); }),
    Row("callback-iss-missing", "the redirect back has no iss, though it may be promised",
        [](CallbackDraft& d) { Drop(d, "iss"); }),

    // What else may come.
    Row("callback-extra-parameters", "the redirect back has parameters that nobody knows, one of them twice",
        [](CallbackDraft& d) {
          Add(d, "unknown", "1");
          Add(d, "unknown", "2");
          Add(d, "scope", "openid");
        }),
    Row("callback-bare", "the redirect back has code and state alone",
        [](CallbackDraft& d) {
          Drop(d, "client_id");
          Drop(d, "session_state");
        }),
});

}  // namespace

std::span<const Misbehaviour> CallbackRows() { return kRows; }

}  // namespace cis2::simulator
