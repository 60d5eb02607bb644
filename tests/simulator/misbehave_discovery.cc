// The discovery document (OIDC Discovery 3 and 4, RFC 9207 section 3).
#include "tests/simulator/misbehave_rows.h"

#include <algorithm>
#include <array>

namespace cis2::simulator {
namespace {

constexpr Misbehaviour Row(std::string_view name, std::string_view what, void (*hook)(DiscoveryDraft&)) {
  return {.name = name, .what = what, .discovery = hook};
}

constexpr std::string_view kIssPromise = "authorization_response_iss_parameter_supported";

std::string Member(const DiscoveryDraft& d, std::string_view name) {
  return d.document.at(std::string(name)).get<std::string>();
}

// Where the host of an https URL begins and where its port ends.
constexpr std::size_t kHostAt = std::string_view("https://").size();
std::size_t AuthorityEnd(const std::string& url) { return url.find('/', kHostAt); }

std::string HostOf(const std::string& url) { return url.substr(kHostAt, url.find(':', kHostAt) - kHostAt); }

std::string WithoutPort(std::string url) {
  const auto colon = url.find(':', kHostAt);
  return url.erase(colon, AuthorityEnd(url) - colon);
}

std::string WithAuthority(const std::string& url, std::string_view authority) {
  return "https://" + std::string(authority) + url.substr(AuthorityEnd(url));
}

std::string InCapitals(std::string url) {
  std::transform(url.begin() + kHostAt, url.begin() + static_cast<std::ptrdiff_t>(AuthorityEnd(url)),
                 url.begin() + kHostAt,
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return url;
}

void MoveTo(DiscoveryDraft& d, std::string_view endpoint, std::string_view authority) {
  d.document[std::string(endpoint)] = WithAuthority(Member(d, endpoint), authority);
}

void AnswerText(DiscoveryDraft& d, std::string text) { d.delivery.instead = JsonTextAnswer(std::move(text)); }

constexpr auto kRows = std::to_array<Misbehaviour>({
    // The answer.
    Row("discovery-500", "discovery answers 500",
        [](DiscoveryDraft& d) { d.delivery.instead = ServerError(); }),
    Row("discovery-404", "discovery answers 404",
        [](DiscoveryDraft& d) { d.delivery.instead = Refused(404, "not_found", "Resource not found"); }),
    Row("discovery-hang", "discovery never answers", [](DiscoveryDraft& d) { d.delivery.instead = Hang(); }),
    Row("discovery-redirect", "discovery redirects to another page",
        [](DiscoveryDraft& d) { d.delivery.instead = RedirectElsewhere(); }),
    Row("discovery-html", "discovery is right, but called text/html",
        [](DiscoveryDraft& d) { d.delivery.instead = TextAnswer("text/html", Text(d.document)); }),
    Row("discovery-not-json", "discovery is no JSON", [](DiscoveryDraft& d) { AnswerText(d, "{issuer:1}"); }),
    Row("discovery-array", "discovery is a list with the document in it",
        [](DiscoveryDraft& d) { AnswerText(d, Text(Json::array({d.document}))); }),
    Row("discovery-duplicate-name", "discovery has issuer twice",
        [](DiscoveryDraft& d) { AnswerText(d, WithTwice(d.document, "issuer")); }),
    Row("discovery-trailing-bytes", "more bytes come behind the document",
        [](DiscoveryDraft& d) { AnswerText(d, Text(d.document) + "{}"); }),
    Row("discovery-deep", "discovery has lists two hundred deep",
        [](DiscoveryDraft& d) { AnswerText(d, WithRaw(d.document, "deep", DeepList())); }),
    Row("discovery-huge", "discovery has two million bytes",
        [](DiscoveryDraft& d) { AnswerText(d, Padded(d.document, 2'000'000)); }),
    Row("discovery-unknown-members", "discovery has members that nobody knows",
        [](DiscoveryDraft& d) { d.document["unknown"] = Json{{"issuer", "https://other.example"}}; }),
    Row("discovery-max-age-0", "discovery may not be kept at all",
        [](DiscoveryDraft& d) { d.delivery.more_headers.emplace_back("Cache-Control", "max-age=0"); }),

    // The issuer.
    Row("discovery-other-issuer", "discovery names another issuer",
        [](DiscoveryDraft& d) { d.document["issuer"] = Member(d, "issuer") + "/other"; }),
    Row("discovery-issuer-without-port", "discovery names the issuer without its port",
        [](DiscoveryDraft& d) { d.document["issuer"] = WithoutPort(Member(d, "issuer")); }),
    Row("discovery-issuer-other-case", "discovery names the issuer with its host in capitals",
        [](DiscoveryDraft& d) { d.document["issuer"] = InCapitals(Member(d, "issuer")); }),
    Row("discovery-issuer-trailing-slash", "discovery names the issuer with a slash at its end",
        [](DiscoveryDraft& d) { d.document["issuer"] = Member(d, "issuer") + "/"; }),
    Row("discovery-issuer-missing", "discovery names no issuer",
        [](DiscoveryDraft& d) { d.document.erase("issuer"); }),
    Row("discovery-issuer-list", "discovery names the issuer in a list",
        [](DiscoveryDraft& d) { d.document["issuer"] = Json::array({d.document["issuer"]}); }),

    // The endpoints.
    Row("discovery-authorization-endpoint-other-host", "the authorization endpoint is on another host",
        [](DiscoveryDraft& d) { MoveTo(d, "authorization_endpoint", "other.sim-cis2.example"); }),
    Row("discovery-token-endpoint-other-host", "the token endpoint is on another host",
        [](DiscoveryDraft& d) { MoveTo(d, "token_endpoint", "other.sim-cis2.example"); }),
    Row("discovery-jwks-uri-other-host", "the JWKS is on another host",
        [](DiscoveryDraft& d) { MoveTo(d, "jwks_uri", "other.sim-cis2.example"); }),
    Row("discovery-userinfo-endpoint-other-host", "the userinfo endpoint is on another host",
        [](DiscoveryDraft& d) { MoveTo(d, "userinfo_endpoint", "other.sim-cis2.example"); }),
    Row("discovery-authorization-endpoint-http", "the authorization endpoint is http",
        [](DiscoveryDraft& d) {
          d.document["authorization_endpoint"] = Member(d, "authorization_endpoint").replace(0, 5, "http");
        }),
    Row("discovery-token-endpoint-other-port", "the token endpoint is on another port of the host",
        [](DiscoveryDraft& d) { MoveTo(d, "token_endpoint", HostOf(Member(d, "issuer")) + ":8446"); }),
    Row("discovery-jwks-uri-with-user", "the JWKS has a user name in front of its host",
        [](DiscoveryDraft& d) { d.document["jwks_uri"] = Member(d, "jwks_uri").insert(kHostAt, "user@"); }),
    Row("discovery-token-endpoint-fragment", "the token endpoint has a fragment",
        [](DiscoveryDraft& d) { d.document["token_endpoint"] = Member(d, "token_endpoint") + "#here"; }),
    Row("discovery-token-endpoint-relative", "the token endpoint is a relative URL",
        [](DiscoveryDraft& d) { d.document["token_endpoint"] = "access_token"; }),
    Row("discovery-token-endpoint-number", "the token endpoint is a number",
        [](DiscoveryDraft& d) { d.document["token_endpoint"] = 443; }),
    Row("discovery-authorization-endpoint-missing", "there is no authorization endpoint",
        [](DiscoveryDraft& d) { d.document.erase("authorization_endpoint"); }),
    Row("discovery-token-endpoint-missing", "there is no token endpoint",
        [](DiscoveryDraft& d) { d.document.erase("token_endpoint"); }),
    Row("discovery-jwks-uri-missing", "there is no JWKS",
        [](DiscoveryDraft& d) { d.document.erase("jwks_uri"); }),
    Row("discovery-userinfo-endpoint-missing", "there is no userinfo endpoint",
        [](DiscoveryDraft& d) { d.document.erase("userinfo_endpoint"); }),

    // RFC 9207.
    Row("discovery-iss-promise-string", "the iss parameter is promised by the string \"true\"",
        [](DiscoveryDraft& d) { d.document[std::string(kIssPromise)] = "true"; }),
    Row("discovery-iss-promised-not-sent", "the iss parameter is promised, and not sent",
        [](DiscoveryDraft& d) { d.document[std::string(kIssPromise)] = true; }),
    Row("discovery-iss-not-promised", "discovery says that there is no iss parameter",
        [](DiscoveryDraft& d) { d.document[std::string(kIssPromise)] = false; }),
});

}  // namespace

std::span<const Misbehaviour> DiscoveryRows() { return kRows; }

}  // namespace cis2::simulator
