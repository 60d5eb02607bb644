#include "broker/base/json.h"

#include <cstdint>
#include <set>
#include <vector>

namespace cis2::base {
namespace {

// Judges a document without keeping it: depth, number of values and member names. The value is built in a
// second pass, by the library itself, once nothing can surprise it.
class Judge : public Json::json_sax_t {
 public:
  explicit Judge(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return Count(); }
  bool boolean(bool /*value*/) override { return Count(); }
  bool number_integer(number_integer_t /*value*/) override { return Count(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return Count(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return Count(); }
  bool string(string_t& /*value*/) override { return Count(); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return Enter(); }
  bool key(string_t& name) override { return names_.back().insert(name).second; }
  bool end_object() override { return Leave(); }
  bool start_array(std::size_t /*elements*/) override { return Enter(); }
  bool end_array() override { return Leave(); }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool Count() { return ++values_ <= limits_.max_values; }
  bool Enter() {
    names_.emplace_back();
    return Count() && names_.size() <= limits_.max_depth;
  }
  bool Leave() {
    names_.pop_back();
    return true;
  }

  JsonLimits limits_;
  std::size_t values_ = 0;
  std::vector<std::set<std::string>> names_;
};

}  // namespace

std::optional<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  // A byte order mark is not JSON (RFC 8259 section 8.1), though the library would skip it. Nor is a zero
  // byte anywhere, which it takes for the end of the text, whatever comes behind.
  if (text.size() > limits.max_size || text.starts_with("\xef\xbb\xbf") ||
      text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  Judge judge(limits);
  if (!Json::sax_parse(text, &judge)) {
    return std::nullopt;
  }
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) {
    return std::nullopt;
  }
  return value;
}

const Json* Member(const Json& object, std::string_view name) {
  if (!object.is_object()) {
    return nullptr;
  }
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

std::optional<std::string> StringMember(const Json& object, std::string_view name) {
  const Json* value = Member(object, name);
  const auto* text = value == nullptr ? nullptr : value->get_ptr<const std::string*>();
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<std::int64_t> IntegerMember(const Json& object, std::string_view name) {
  const Json* value = Member(object, name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (const auto* n = value->get_ptr<const std::uint64_t*>(); n != nullptr) {
    return *n <= INT64_MAX ? std::optional(static_cast<std::int64_t>(*n)) : std::nullopt;
  }
  const auto* n = value->get_ptr<const std::int64_t*>();
  return n == nullptr ? std::nullopt : std::optional(*n);
}

}  // namespace cis2::base
