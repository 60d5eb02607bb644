#include "tests/simulator/control.h"

#include "tests/simulator/operators.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace cis2::simulator {
namespace {

constexpr std::int64_t kMaxTimes = 1'000'000;

Answer Done() { return JsonAnswer(200, Json{{"ok", true}}); }
Answer Cannot(std::string_view sentence) { return JsonAnswer(400, Json{{"error", sentence}}); }

// A misspelt member must not be a test that tests nothing.
bool HasOnly(const base::Json& body, std::initializer_list<std::string_view> names) {
  std::size_t known = 0;
  for (const auto name : names) {
    known += base::Member(body, name) != nullptr ? 1U : 0U;
  }
  return known == body.size();
}

// Which overrides "id_token.acr" means, and the claim's name, which may have dots of its own.
struct Target {
  ClaimOverrides* overrides;
  std::string claim;
};
std::optional<Target> ReadTarget(Bench& bench, std::string_view text) {
  constexpr std::string_view kIdToken = "id_token.";
  constexpr std::string_view kUserinfo = "userinfo.";
  if (text.starts_with(kIdToken)) {
    return Target{&bench.id_token_overrides, std::string(text.substr(kIdToken.size()))};
  }
  if (text.starts_with(kUserinfo)) {
    return Target{&bench.userinfo_overrides, std::string(text.substr(kUserinfo.size()))};
  }
  return std::nullopt;
}

bool IsObjectOrAbsent(const base::Json* member) { return member == nullptr || member->is_object(); }

std::optional<std::vector<Target>> ReadTargets(Bench& bench, const base::Json* list) {
  std::vector<Target> targets;
  if (list == nullptr) {
    return targets;
  }
  if (!list->is_array()) {
    return std::nullopt;
  }
  for (const auto& entry : *list) {
    const auto* const text = entry.get_ptr<const std::string*>();
    auto target = text != nullptr ? ReadTarget(bench, *text) : std::nullopt;
    if (!target || target->claim.empty()) {
      return std::nullopt;
    }
    targets.push_back(std::move(*target));
  }
  return targets;
}

void SetAll(ClaimOverrides& overrides, const base::Json* claims) {
  if (claims == nullptr) {
    return;
  }
  for (const auto& [name, value] : claims->items()) {
    overrides.Set(name, Json(value));
  }
}

}  // namespace

const Control::Call Control::kCalls[] = {
    {http::Method::kPost, "/robot", &Control::Robot},
    {http::Method::kPost, "/misbehave", &Control::Misbehave},
    {http::Method::kPost, "/claims", &Control::Claims},
    {http::Method::kPost, "/reset", &Control::Reset},
    {http::Method::kGet, "/requests", &Control::Requests},
    {http::Method::kGet, "/secrets", &Control::Secrets},
    {http::Method::kGet, "/misbehaviours", &Control::Known},
};

Answer Control::Handle(const http::ServerRequest& request) {
  for (const auto& call : kCalls) {
    if (request.path != call.path || request.method != call.method) {
      continue;
    }
    const auto body = request.body.empty() ? base::Json::object() : base::ParseJson(request.body);
    Answer answer =
        body && body->is_object() ? (this->*call.answer)(*body) : Cannot("the body must be one JSON object");
    answer.route = call.path;
    return answer;
  }
  return JsonAnswer(404, Json{{"error", "there is no such call; see CONTROL.md"}});
}

Answer Control::Robot(const base::Json& body) {
  const base::Json* const name = base::Member(body, "operator");
  if (name == nullptr || !HasOnly(body, {"operator"})) {
    return Cannot("robot takes exactly \"operator\"");
  }
  if (name->is_null()) {
    bench_.robot.reset();
    return Done();
  }
  const auto text = base::StringMember(body, "operator").value_or("");
  if (text != kDeny && FindOperator(text) == nullptr) {
    return Cannot("there is no operator of this name");
  }
  bench_.robot = text;
  return Done();
}

Answer Control::Misbehave(const base::Json& body) {
  const auto name = base::StringMember(body, "name");
  const bool has_times = base::Member(body, "times") != nullptr;
  const auto times = has_times ? base::IntegerMember(body, "times") : std::optional<std::int64_t>(1);
  if (!name || !times || *times < 0 || *times > kMaxTimes || !HasOnly(body, {"name", "times"})) {
    return Cannot("misbehave takes \"name\" and perhaps \"times\", a whole number from 0 up");
  }
  if (!bench_.misbehaviours.Set(*name, static_cast<unsigned>(*times))) {
    return Cannot("there is no misbehaviour of this name");
  }
  return Done();
}

Answer Control::Claims(const base::Json& body) {
  const base::Json* const id_token = base::Member(body, "id_token");
  const base::Json* const userinfo = base::Member(body, "userinfo");
  const auto removed = ReadTargets(bench_, base::Member(body, "remove"));
  if (!HasOnly(body, {"id_token", "userinfo", "remove"}) || !IsObjectOrAbsent(id_token) ||
      !IsObjectOrAbsent(userinfo)) {
    return Cannot("claims takes \"id_token\" and \"userinfo\", both objects, and \"remove\"");
  }
  if (!removed) {
    return Cannot("\"remove\" is a list of \"id_token.CLAIM\" and \"userinfo.CLAIM\"");
  }
  SetAll(bench_.id_token_overrides, id_token);
  SetAll(bench_.userinfo_overrides, userinfo);
  for (const auto& target : *removed) {
    target.overrides->Remove(target.claim);
  }
  return Done();
}

Answer Control::Reset(const base::Json& /*body*/) {
  bench_.Reset();
  return Done();
}

Answer Control::Requests(const base::Json& /*body*/) {
  const Counters& counters = bench_.counters;
  Json codes = Json::array();
  for (const auto& [code, redeemed] : bench_.memory.Codes()) {
    codes.push_back(Json{{"code", code}, {"redeemed", redeemed}});
  }
  return JsonAnswer(200, Json{{"authorize", counters.authorize},
                              {"token", counters.token},
                              {"token_refused", counters.token_refused},
                              {"userinfo", counters.userinfo},
                              {"discovery", counters.discovery},
                              {"jwks", counters.jwks},
                              {"codes", std::move(codes)}});
}

Answer Control::Secrets(const base::Json& /*body*/) {
  Json secrets = Json::object();
  for (const auto& [kind, value] : bench_.memory.Secrets()) {
    secrets[kind].push_back(value);
  }
  return JsonAnswer(200, secrets);
}

Answer Control::Known(const base::Json& /*body*/) {
  Json known = Json::array();
  for (const auto& row : KnownMisbehaviours()) {
    known.push_back(Json{{"name", row.name}, {"what", row.what}});
  }
  return JsonAnswer(200, Json{{"misbehaviours", std::move(known)}});
}

}  // namespace cis2::simulator
