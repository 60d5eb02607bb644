#include "broker/front/callback_query.h"

#include "broker/base/text.h"
#include "broker/http/message.h"

#include <algorithm>
#include <array>
#include <string>

namespace cis2::front {
namespace {

constexpr std::size_t kMaxDescription = 256;
// Everything else is ignored (RFC 6749 section 4.1.2).
constexpr std::array<std::string_view, 5> kKnown = {"code", "error", "error_description", "iss", "state"};

// VSCHAR of RFC 6749 appendix A.
bool IsValue(std::string_view value) {
  return value.size() <= front_wire::kMaxParameter &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Known parameters out of a parsed query. Anything wrong with one makes the whole callback malformed.
class Parameters {
 public:
  explicit Parameters(const std::vector<http::FormField>& fields) : fields_(fields) {}

  std::optional<std::string> Take(std::string_view name) {
    const auto value = http::SingleField(fields_, name);
    malformed_ = malformed_ || !value || (*value && (*value)->size() > front_wire::kMaxParameter);
    return malformed_ ? std::nullopt : *value;
  }
  std::string TakeValue(std::string_view name) {
    const std::string value = Take(name).value_or("");
    malformed_ = malformed_ || !IsValue(value);
    return value;
  }
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  const std::vector<http::FormField>& fields_;
  bool malformed_ = false;
};

}  // namespace

std::optional<front_wire::Callback> ParseCallbackQuery(std::string_view query) {
  const auto fields = http::ParseKnownFields(query, kKnown);
  if (!fields) {
    return std::nullopt;
  }
  Parameters parameters(*fields);
  front_wire::Callback callback;
  const bool has_code = parameters.Take("code").has_value();
  const bool has_error = parameters.Take("error").has_value();
  callback.has_iss = parameters.Take("iss").has_value();
  callback.state = parameters.TakeValue("state");
  callback.code = parameters.TakeValue("code");
  callback.error = parameters.TakeValue("error");
  callback.iss = parameters.TakeValue("iss");
  // For the log line alone, so it is not refused for a character that it should not have.
  callback.error_description =
      base::Printable(parameters.Take("error_description").value_or(""), kMaxDescription);
  const bool exactly_one = has_code != has_error && callback.code.empty() != callback.error.empty();
  return parameters.malformed() || !exactly_one ? std::nullopt : std::optional(std::move(callback));
}

}  // namespace cis2::front
