#include "tests/simulator/endpoints.h"

#include "broker/base/text.h"
#include "tests/simulator/discovery.h"
#include "tests/simulator/encoding.h"
#include "tests/simulator/pages.h"
#include "tests/simulator/tokens.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

namespace cis2::simulator {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

// "/openam/oauth2/..." of "https://host:port/openam/oauth2/...".
std::string PathOf(std::string_view issuer) {
  const auto host = issuer.find("://") + 3;
  const auto path = issuer.find('/', host);
  return path == std::string_view::npos ? std::string() : std::string(issuer.substr(path));
}

Refusal BadGrant(std::string_view note) {
  return {400, "invalid_grant", "The provided access grant is invalid, expired, or revoked.", note};
}

// What the hooks made of an honest answer.
Answer Deliver(Answer honest, const Delivery& delivery) {
  Answer answer = delivery.instead.value_or(std::move(honest));
  auto& headers = answer.response.headers;
  headers.insert(headers.end(), delivery.more_headers.begin(), delivery.more_headers.end());
  return answer;
}

bool IsForm(const http::Headers& headers) {
  const auto type = http::FindHeader(headers, "Content-Type");
  return type && (*type == kFormType || type->starts_with(std::string(kFormType) + ";"));
}

// RFC 6749 section 3.2: no parameter more than once.
bool HasRepeated(const std::vector<http::FormField>& form) {
  std::set<std::string_view> names;
  return std::ranges::any_of(form,
                             [&](const http::FormField& field) { return !names.insert(field.first).second; });
}

// RFC 7636 sections 4.1 and 4.6, and RFC 9700 section 4.8.2: a verifier without a challenge is a downgrade.
std::string_view FaultOfVerifier(const std::optional<std::string>& verifier, const std::string& challenge) {
  if (challenge.empty()) {
    return verifier ? "code_verifier without a challenge" : "";
  }
  if (!verifier) {
    return "code_verifier missing";
  }
  const auto is_unreserved = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
  };
  if (verifier->size() < 43 || verifier->size() > 128 || !std::ranges::all_of(*verifier, is_unreserved)) {
    return "code_verifier malformed";
  }
  return base::Base64UrlEncode(base::Sha256(*verifier)) == challenge ? "" : "code_verifier wrong";
}

std::string_view NameOf(http::Method method) { return method == http::Method::kPost ? "POST" : "GET"; }

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

}  // namespace

const Endpoints::Route Endpoints::kRoutes[] = {
    {http::Method::kGet, "/.well-known/openid-configuration", &Endpoints::Discovery, &Counters::discovery},
    {http::Method::kGet, "/connect/jwk_uri", &Endpoints::Jwks, &Counters::jwks},
    {http::Method::kGet, "/authorize", &Endpoints::Authorize, &Counters::authorize},
    {http::Method::kPost, "/authorize", &Endpoints::SignInForm, nullptr},
    {http::Method::kPost, "/access_token", &Endpoints::Token, &Counters::token},
    {http::Method::kGet, "/userinfo", &Endpoints::Userinfo, &Counters::userinfo},
};

Endpoints::Endpoints(const Registration& registration, KeyRing& keys, Bench& bench, const base::Clock& clock,
                     base::Random& random)
    : registration_(registration),
      keys_(keys),
      bench_(bench),
      clock_(clock),
      random_(random),
      client_check_(registration, clock),
      base_path_(PathOf(registration.issuer)) {}

Answer Endpoints::Handle(const http::ServerRequest& request) {
  std::string allowed;
  for (const auto& route : kRoutes) {
    if (request.path != base_path_ + std::string(route.path)) {
      continue;
    }
    if (request.method != route.method) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(NameOf(route.method));
      continue;
    }
    if (route.counter != nullptr) {
      ++(bench_.counters.*route.counter);
    }
    Answer answer = (this->*route.answer)(request);
    answer.route = route.path;
    return answer;
  }
  if (allowed.empty()) {
    return PageAnswer(404, ErrorPage("There is nothing at this address."));
  }
  Answer answer = PageAnswer(405, ErrorPage("This address is not asked like that."));
  answer.response.headers.emplace_back("Allow", allowed);
  return answer;
}

std::int64_t Endpoints::WallSeconds() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.WallNow()).time_since_epoch().count();
}

Answer Endpoints::Document(const Json& document, const Delivery& delivery) const {
  Answer answer = JsonAnswer(200, document);
  answer.response.headers = {
      {"Content-Type", "application/json;charset=UTF-8"},
      {"Cache-Control", "public, max-age=" + std::to_string(registration_.document_age.count())}};
  return Deliver(std::move(answer), delivery);
}

Answer Endpoints::Discovery(const http::ServerRequest& /*request*/) {
  DiscoveryDraft draft{DiscoveryDocument(registration_), {}};
  bench_.misbehaviours.Apply(&Misbehaviour::discovery, draft);
  return Document(draft.document, draft.delivery);
}

Answer Endpoints::Jwks(const http::ServerRequest& /*request*/) {
  JwksDraft draft{keys_.Jwks(), keys_, {}};
  bench_.misbehaviours.Apply(&Misbehaviour::jwks, draft);
  return Document(draft.document, draft.delivery);
}

Answer Endpoints::Authorize(const http::ServerRequest& request) {
  ParsedAuthorization parsed = ParseAuthorization(request.query, registration_.client);
  if (const auto* const error = std::get_if<PageError>(&parsed)) {
    return PageAnswer(400, ErrorPage(error->what), "shown, not redirected");
  }
  if (const auto* const error = std::get_if<AuthorizationError>(&parsed)) {
    bench_.memory.RememberSecret("state", error->state.value_or(""));
    return Back(*error);
  }
  auto& asked = std::get<AuthorizationRequest>(parsed);
  bench_.memory.RememberSecret("state", asked.state.value_or(""));
  bench_.memory.RememberSecret("nonce", asked.nonce.value_or(""));

  if (bench_.robot) {
    return SignIn(std::move(asked), *bench_.robot);
  }
  const std::string transaction = bench_.memory.AddTransaction(asked);
  return PageAnswer(200, SignInPage(asked, registration_.client.id, transaction), "page shown");
}

Answer Endpoints::SignInForm(const http::ServerRequest& request) {
  const auto form = IsForm(request.headers) ? http::ParseForm(request.body) : std::nullopt;
  if (!form) {
    return PageAnswer(400, ErrorPage("The form cannot be read."), "no form");
  }
  const auto name = Field(*form, "operator").value_or("");
  if (name != kDeny && FindOperator(name) == nullptr) {
    return PageAnswer(400, ErrorPage("There is no such operator."), "operator unknown");
  }
  auto asked = bench_.memory.TakeTransaction(Field(*form, "transaction").value_or(""));
  if (!asked) {
    return PageAnswer(400, ErrorPage("This page was already answered, or is too old."),
                      "transaction unknown");
  }
  return SignIn(std::move(*asked), name);
}

Answer Endpoints::SignIn(AuthorizationRequest request, std::string_view name) {
  if (name == kDeny) {
    return Back({request.redirect_uri, request.state, "access_denied",
                 "Resource Owner did not authorize the request"});
  }
  SignInDraft draft{request, std::nullopt, {}};
  bench_.misbehaviours.Apply(&Misbehaviour::sign_in, draft);
  if (draft.delivery.instead) {
    return Deliver({}, draft.delivery);
  }
  if (draft.error) {
    return Back(*draft.error);
  }
  const std::string redirect_uri = request.redirect_uri;
  const auto state = request.state;
  Grant grant{std::move(request), FindOperator(name), WallSeconds(), ForgeRockId(random_.Bytes(20))};
  Form parameters = {{"code", bench_.memory.AddCode(std::move(grant))}};
  if (state) {
    parameters.emplace_back("state", *state);
  }
  // What ForgeRock adds; a client ignores what it does not know (RFC 6749 section 4.1.2).
  parameters.emplace_back("client_id", registration_.client.id);
  parameters.emplace_back("session_state", base::Base64UrlEncode(random_.Bytes(32)) + ".1");
  return Back(redirect_uri, std::move(parameters), "signed in");
}

Answer Endpoints::Back(const AuthorizationError& error) {
  return Back(error.redirect_uri, ErrorParameters(error), "error redirected");
}

Answer Endpoints::Back(const std::string& redirect_uri, Form parameters, std::string_view note) {
  // RFC 9207 section 2: in error responses too.
  if (registration_.iss_parameter) {
    parameters.emplace_back("iss", registration_.issuer);
  }
  CallbackDraft draft{redirect_uri, std::move(parameters), {}};
  bench_.misbehaviours.Apply(&Misbehaviour::callback, draft);
  Answer answer = PageAnswer(302, {}, note);
  answer.response.headers.emplace_back("Location", RedirectTarget(draft.redirect_uri, draft.parameters));
  return Deliver(std::move(answer), draft.delivery);
}

Answer Endpoints::Token(const http::ServerRequest& request) {
  const Form form = IsForm(request.headers) ? http::ParseForm(request.body).value_or(Form{}) : Form{};
  for (const auto& [name, value] : form) {
    if (name == "client_assertion" || name == "code_verifier") {
      bench_.memory.RememberSecret(name, value);
    }
  }
  RequestDraft draft{registration_, {}};
  bench_.misbehaviours.Apply(&Misbehaviour::token_request, draft);
  Answer answer;
  if (draft.delivery.instead) {
    answer = Deliver({}, draft.delivery);
  } else {
    const auto redemption = Redeem(request.headers, form);
    answer = redemption ? Tokens(*redemption) : RefusalAnswer(redemption.error());
  }
  if (answer.response.status == 401) {
    // RFC 6749 section 5.2.
    answer.response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"simulated CIS2\"");
  }
  bench_.counters.token_refused += answer.response.status >= 400 && !answer.hang ? 1 : 0;
  return answer;
}

std::expected<Endpoints::Redemption, Refusal> Endpoints::Redeem(const http::Headers& headers,
                                                                const Form& form) {
  if (form.empty() || HasRepeated(form)) {
    return std::unexpected(
        Refusal{400, "invalid_request", "The request cannot be read", "no form, or a field twice"});
  }
  if (const auto refusal = client_check_.Check(headers, form)) {
    return std::unexpected(*refusal);
  }
  if (Field(form, "grant_type") != "authorization_code") {
    return std::unexpected(
        Refusal{400, "unsupported_grant_type", "Grant type is not supported", "grant_type"});
  }
  const std::string code = Field(form, "code").value_or("");
  auto grant = bench_.memory.TakeCode(code);
  if (!grant) {
    return std::unexpected(BadGrant("code unknown, used or too old"));
  }
  if (Field(form, "redirect_uri") != grant->request.redirect_uri) {
    return std::unexpected(BadGrant("redirect_uri is not that of the request"));
  }
  const auto fault = FaultOfVerifier(Field(form, "code_verifier"), grant->request.code_challenge);
  if (!fault.empty()) {
    return std::unexpected(BadGrant(fault));
  }
  return Redemption{code, std::move(*grant)};
}

// What a misbehaviour puts in place of a token is as secret as the token.
void Endpoints::RememberTokens(const Json& members) {
  for (const auto* const name : {"access_token", "id_token"}) {
    const auto member = members.is_object() ? members.find(name) : members.end();
    if (member != members.end() && member->is_string()) {
      bench_.memory.RememberSecret(name, member->get<std::string>());
    }
  }
}

Answer Endpoints::Tokens(const Redemption& redemption) {
  const auto now = WallSeconds();
  const Key& key = keys_.signing();
  const Json header{{"typ", "JWT"}, {"kid", key.kid}, {"alg", key.alg}};
  const std::string access_token =
      SignCompact(Text(header), Text(AccessTokenClaims(registration_, redemption.grant, now, random_)),
                  key.alg, key.key.get());
  const std::string id_token = SignIdToken(redemption, access_token, now);
  bench_.memory.RememberSecret("access_token", access_token);
  bench_.memory.RememberSecret("id_token", id_token);
  bench_.memory.Redeemed(redemption.code, access_token, {redemption.grant, id_token});

  TokenDraft draft{redemption.grant,
                   Json{{"access_token", access_token},
                        {"scope", Joined(redemption.grant.request.scopes)},
                        {"id_token", id_token},
                        {"token_type", "Bearer"},
                        {"expires_in", kAccessTokenLifetime.count()}},
                   {}};
  bench_.misbehaviours.Apply(&Misbehaviour::token, draft);
  RememberTokens(draft.members);
  return Deliver(JsonAnswer(200, draft.members), draft.delivery);
}

JwsDraft Endpoints::Unsigned(Json claims) {
  const Key& key = keys_.signing();
  return {registration_,
          keys_,
          Json{{"typ", "JWT"}, {"kid", key.kid}, {"alg", key.alg}},
          std::move(claims),
          key.alg,
          &key,
          {},
          {}};
}

std::string Endpoints::SignIdToken(const Redemption& redemption, const std::string& access_token,
                                   std::int64_t now) {
  IdTokenDraft draft{
      Unsigned(IdTokenClaims(registration_, redemption.grant, redemption.code, access_token, now, random_)),
      redemption.grant};
  bench_.id_token_overrides.ApplyTo(draft.claims);
  bench_.misbehaviours.Apply(&Misbehaviour::id_token, draft);
  CompactDraft compact{draft.Sign()};
  bench_.misbehaviours.Apply(&Misbehaviour::compact, compact);
  return compact.token;
}

Answer Endpoints::Userinfo(const http::ServerRequest& request) {
  RequestDraft before{registration_, {}};
  bench_.misbehaviours.Apply(&Misbehaviour::userinfo_request, before);
  if (before.delivery.instead) {
    return Deliver({}, before.delivery);
  }
  constexpr std::string_view kScheme = "Bearer ";
  const auto authorization = http::FindHeader(request.headers, "Authorization").value_or("");
  const Issued* const issued =
      authorization.starts_with(kScheme)
          ? bench_.memory.FindAccessToken(std::string(authorization.substr(kScheme.size())))
          : nullptr;
  if (issued == nullptr) {
    Answer refused =
        RefusalAnswer({401, "invalid_token",
                       "The access token provided is expired, revoked, malformed, or invalid for other "
                       "reasons.",
                       "access token unknown, revoked or too old"});
    refused.response.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    return refused;
  }
  UserinfoDraft draft{Unsigned(UserinfoClaims(issued->grant)),
                      issued->grant,
                      issued->id_token,
                      registration_.sign_userinfo,
                      {}};
  bench_.userinfo_overrides.ApplyTo(draft.claims);
  bench_.misbehaviours.Apply(&Misbehaviour::userinfo, draft);
  if (!draft.is_signed) {
    return Deliver(JsonAnswer(200, draft.claims), draft.delivery);
  }
  std::string token = draft.Sign();
  bench_.memory.RememberSecret("userinfo", token);
  return Deliver(JwtAnswer(std::move(token)), draft.delivery);
}

}  // namespace cis2::simulator
