// The only way foreign JSON enters a process of ours.
//
// nlohmann/json keeps the last of two members with one name without a word, and parses as deep as the
// stack goes. This reader refuses duplicate names, nesting beyond `max_depth`, bytes after the value,
// invalid UTF-8, inputs above `max_size` and more than `max_values` values; RFC 8259 section 4, RFC 8725
// section 3. After that, use the getters below or nlohmann's typed ones: never at(), get<T>() or operator[]
// on foreign JSON, since those throw.
#ifndef CIS2_BROKER_BASE_JSON_H_
#define CIS2_BROKER_BASE_JSON_H_

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cis2::base {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t max_size = std::size_t{256} * 1024;
  std::size_t max_depth = 16;
  std::size_t max_values = 20'000;  // each takes some hundred bytes of memory, though "{}," is three of text
};

// Nothing for anything refused. Why is not told: an answer that depends on it would be an oracle, and the
// input must not reach a log.
std::optional<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});

// The member if `object` is an object and has it, else null. The pointer lives as long as `object`.
const Json* Member(const Json& object, std::string_view name);
// The member if it is a string / a whole number within int64, else nothing.
std::optional<std::string> StringMember(const Json& object, std::string_view name);
std::optional<std::int64_t> IntegerMember(const Json& object, std::string_view name);

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_JSON_H_
