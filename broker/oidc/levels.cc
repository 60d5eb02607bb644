#include "broker/oidc/levels.h"

namespace cis2::oidc {
namespace {

using base::Json;
using reasons::Checked;
using reasons::Reason;
using reasons::Refuse;

std::optional<int> ParseLevel(const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>(); text != nullptr) {
    const bool one_digit = text->size() == 1 && text->front() >= '0' && text->front() <= '9';
    return one_digit ? std::optional(text->front() - '0') : std::nullopt;
  }
  // Numbers without a sign only; a fraction or an exponent makes another type of the same number.
  const auto* number = value.get_ptr<const Json::number_unsigned_t*>();
  return number != nullptr && *number <= 9 ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

// The level that a word stands for.
std::optional<int> MappedLevel(const Json& value, const config::LevelValues& values) {
  const auto* text = value.get_ptr<const std::string*>();
  const auto known = text == nullptr ? values.end() : values.find(*text);
  return known == values.end() ? std::nullopt : std::optional(known->second);
}

Checked<int> ReadLevel(const Json& claims, const std::string& name, const config::LevelValues& values,
                       Reason missing, Reason malformed) {
  if (name.empty()) {
    return 0;
  }
  const Json* value = base::Member(claims, name);
  if (value == nullptr) {
    return Refuse(missing, "there is no " + name);
  }
  const auto level = values.empty() ? ParseLevel(*value) : MappedLevel(*value, values);
  if (!level) {
    return Refuse(malformed);
  }
  return *level;
}

}  // namespace

Checked<int> ReadAal(const Json& id_token_claims, const config::Provider& settings) {
  return ReadLevel(id_token_claims, settings.aal_claim, settings.aal_values, Reason::kAalMissing,
                   Reason::kAalMalformed);
}

Checked<int> ReadIal(const Json& id_token_claims, const config::Provider& settings) {
  return ReadLevel(id_token_claims, settings.ial_claim, settings.ial_values, Reason::kIalMissing,
                   Reason::kIalMalformed);
}

Checked<void> CheckUserinfoIal(const Json& userinfo, int id_token_ial) {
  const Json* value = base::Member(userinfo, "idassurancelevel");
  if (value == nullptr) {
    return {};
  }
  const auto level = ParseLevel(*value);
  if (!level || *level < id_token_ial) {
    return Refuse(Reason::kIalUserinfoLower, level ? "idassurancelevel is " + std::to_string(*level) +
                                                         ", id_assurance_level is " +
                                                         std::to_string(id_token_ial)
                                                   : "idassurancelevel is malformed");
  }
  return {};
}

}  // namespace cis2::oidc
