// The token response (RFC 6749 sections 5.1 and 5.2, OIDC Core 3.1.3.3).
#include "tests/simulator/misbehave_rows.h"

#include <array>

namespace cis2::simulator {
namespace {

constexpr Misbehaviour Row(std::string_view name, std::string_view what, void (*hook)(TokenDraft&)) {
  return {.name = name, .what = what, .token = hook};
}

// An answer that is given without a look at the request.
constexpr Misbehaviour Blind(std::string_view name, std::string_view what, void (*hook)(RequestDraft&)) {
  return {.name = name, .what = what, .token_request = hook};
}

constexpr std::string_view kBadGrant = "The provided access grant is invalid, expired, or revoked.";

void AnswerText(TokenDraft& d, std::string text) { d.delivery.instead = JsonTextAnswer(std::move(text)); }

Answer BadRequest(std::string_view content_type, std::string text) {
  Answer answer = TextAnswer(content_type, std::move(text));
  answer.response.status = 400;
  return answer;
}

constexpr auto kRows = std::to_array<Misbehaviour>({
    // Refusals and faults.
    Blind("token-500", "the token endpoint answers 500",
          [](RequestDraft& d) { d.delivery.instead = ServerError(); }),
    Blind("token-503", "the token endpoint answers 503",
          [](RequestDraft& d) {
            d.delivery.instead = Refused(503, "temporarily_unavailable", "The server is overloaded.");
          }),
    Blind("token-hang", "the token endpoint never answers",
          [](RequestDraft& d) { d.delivery.instead = Hang(); }),
    Blind("token-invalid-grant", "the token endpoint refuses the code",
          [](RequestDraft& d) { d.delivery.instead = Refused(400, "invalid_grant", kBadGrant); }),
    Blind("token-invalid-client", "the token endpoint refuses the client",
          [](RequestDraft& d) { d.delivery.instead = Refused(401, "invalid_client", "JWT is not valid"); }),
    Blind("token-invalid-client-400", "the token endpoint refuses the client with status 400",
          [](RequestDraft& d) { d.delivery.instead = Refused(400, "invalid_client", "JWT is not valid"); }),
    Blind("token-other-error", "the token endpoint refuses with another error",
          [](RequestDraft& d) {
            d.delivery.instead = Refused(400, "unauthorized_client", "Grant type is not allowed");
          }),
    Blind("token-error-number", "the token endpoint refuses with an error that is a number",
          [](RequestDraft& d) { d.delivery.instead = JsonAnswer(400, Json{{"error", 7}}); }),
    Blind("token-error-html", "the token endpoint refuses with a page",
          [](RequestDraft& d) { d.delivery.instead = BadRequest("text/html", "<h1>Bad Request</h1>"); }),
    Blind("token-error-not-json", "the token endpoint refuses with what is no JSON",
          [](RequestDraft& d) {
            d.delivery.instead = BadRequest("application/json", R"({"error":"invalid_grant")");
          }),
    Blind("token-redirect", "the token endpoint redirects to another page",
          [](RequestDraft& d) { d.delivery.instead = RedirectElsewhere(); }),
    Blind("token-200-with-error", "the token endpoint refuses with status 200",
          [](RequestDraft& d) {
            d.delivery.instead =
                JsonAnswer(200, Json{{"error_description", kBadGrant}, {"error", "invalid_grant"}});
          }),

    // The body.
    Row("token-201", "the tokens come with status 201",
        [](TokenDraft& d) { d.delivery.instead = JsonAnswer(201, d.members); }),
    Row("token-array", "the tokens come in a list",
        [](TokenDraft& d) { AnswerText(d, Text(Json::array({d.members}))); }),
    Row("token-html", "the tokens are called text/html",
        [](TokenDraft& d) { d.delivery.instead = TextAnswer("text/html", Text(d.members)); }),
    Row("token-not-json", "the tokens come as a form",
        [](TokenDraft& d) { AnswerText(d, "access_token=a&id_token=b&token_type=Bearer"); }),
    Row("token-duplicate-name", "the answer has id_token twice",
        [](TokenDraft& d) { AnswerText(d, WithTwice(d.members, "id_token")); }),
    Row("token-trailing-bytes", "more bytes come behind the tokens",
        [](TokenDraft& d) { AnswerText(d, Text(d.members) + "{}"); }),
    Row("token-deep", "the answer has lists two hundred deep",
        [](TokenDraft& d) { AnswerText(d, WithRaw(d.members, "deep", DeepList())); }),
    Row("token-huge", "the answer has two million bytes",
        [](TokenDraft& d) { AnswerText(d, Padded(d.members, 2'000'000)); }),
    Row("token-invalid-utf8", "the answer has bytes that are no UTF-8",
        [](TokenDraft& d) { AnswerText(d, WithRaw(d.members, "text", "\"\xff\xfe\"")); }),

    // The tokens.
    Row("token-no-id-token", "there is no ID token", [](TokenDraft& d) { d.members.erase("id_token"); }),
    Row("token-id-token-empty", "the ID token is empty", [](TokenDraft& d) { d.members["id_token"] = ""; }),
    Row("token-id-token-list", "the ID token is in a list",
        [](TokenDraft& d) { d.members["id_token"] = Json::array({d.members["id_token"]}); }),
    Row("token-access-token-as-id-token", "the access token stands in place of the ID token",
        [](TokenDraft& d) { d.members["id_token"] = d.members["access_token"]; }),
    Row("token-no-access-token", "there is no access token",
        [](TokenDraft& d) { d.members.erase("access_token"); }),
    Row("token-access-token-empty", "the access token is empty",
        [](TokenDraft& d) { d.members["access_token"] = ""; }),
    Row("token-access-token-number", "the access token is a number",
        [](TokenDraft& d) { d.members["access_token"] = 123456789; }),
    Row("token-access-token-space", "the access token has a space in it",
        [](TokenDraft& d) { d.members["access_token"] = "an access token"; }),
    Row("token-access-token-newline", "the access token has a header of its own in it",
        [](TokenDraft& d) { d.members["access_token"] = "access\r\nX-Injected: token"; }),
    Row("token-access-token-huge", "the access token has nine thousand characters",
        [](TokenDraft& d) { d.members["access_token"] = std::string(9000, 'a'); }),

    // token_type, expires_in and what else may be there.
    Row("token-type-mac", "token_type is mac", [](TokenDraft& d) { d.members["token_type"] = "mac"; }),
    Row("token-type-number", "token_type is a number", [](TokenDraft& d) { d.members["token_type"] = 1; }),
    Row("token-type-missing", "there is no token_type", [](TokenDraft& d) { d.members.erase("token_type"); }),
    Row("token-type-small", "token_type is bearer",
        [](TokenDraft& d) { d.members["token_type"] = "bearer"; }),
    Row("token-type-capitals", "token_type is BEARER",
        [](TokenDraft& d) { d.members["token_type"] = "BEARER"; }),
    Row("token-expires-in-string", "expires_in is a string",
        [](TokenDraft& d) { d.members["expires_in"] = "3599"; }),
    Row("token-expires-in-negative", "expires_in is negative",
        [](TokenDraft& d) { d.members["expires_in"] = -1; }),
    Row("token-expires-in-fraction", "expires_in is a fraction",
        [](TokenDraft& d) { d.members["expires_in"] = 3599.5; }),
    Row("token-no-expires-in", "there is no expires_in",
        [](TokenDraft& d) { d.members.erase("expires_in"); }),
    Row("token-no-scope", "there is no scope", [](TokenDraft& d) { d.members.erase("scope"); }),
    Row("token-unknown-members", "the answer has members that nobody knows, and a refresh token",
        [](TokenDraft& d) {
          d.members["unknown"] = Json{{"id_token", "x"}};
          d.members["refresh_token"] = "a-refresh-token";
        }),
});

}  // namespace

std::span<const Misbehaviour> TokenRows() { return kRows; }

}  // namespace cis2::simulator
