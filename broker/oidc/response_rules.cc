#include "broker/oidc/response_rules.h"

#include "broker/base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace cis2::oidc {
namespace {

using reasons::Reason;
using reasons::Refusal;
using std::chrono::seconds;

constexpr seconds kLeastFresh{60};
constexpr seconds kMostFresh{3600};
constexpr int kTooManyRequests = 429;  // RFC 6585 section 4: for now, like 503

std::string LowerTrimmed(std::string_view s) {
  const auto first = s.find_first_not_of(" \t");
  const auto last = s.find_last_not_of(" \t");
  std::string out(first == std::string_view::npos ? "" : s.substr(first, last - first + 1));
  std::ranges::transform(out, out.begin(), base::AsciiLower);
  return out;
}

// Splits at `separator` and hands each piece, trimmed and in small letters, to `visit`.
template <class Visit>
void ForEachPiece(std::string_view text, char separator, Visit visit) {
  while (true) {
    const auto end = text.find(separator);
    visit(LowerTrimmed(text.substr(0, end)));
    if (end == std::string_view::npos) {
      return;
    }
    text.remove_prefix(end + 1);
  }
}

// RFC 9111 section 5.2.2.1: "max-age=" and seconds. Nothing when it is another directive.
std::optional<seconds> MaxAge(std::string_view directive) {
  constexpr std::string_view kName = "max-age=";
  if (!directive.starts_with(kName)) {
    return std::nullopt;
  }
  directive.remove_prefix(kName.size());
  if (directive.size() >= 2 && directive.starts_with('"') && directive.ends_with('"')) {
    directive = directive.substr(1, directive.size() - 2);  // some senders quote it; section 5.2 says to cope
  }
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(directive.data(), directive.data() + directive.size(), value);
  if (error == std::errc::result_out_of_range) {
    return kMostFresh;
  }
  return error == std::errc() && end == directive.data() + directive.size() ? seconds(value) : seconds(0);
}

}  // namespace

bool HasMediaType(const http::Headers& headers, std::string_view media_type) {
  const auto value = http::FindHeader(headers, "Content-Type");
  if (!value) {
    return false;
  }
  bool first = true;
  bool ok = true;
  ForEachPiece(*value, ';', [&](const std::string& piece) {
    ok = ok && (first ? piece == media_type : piece == "charset=utf-8" || piece == "charset=\"utf-8\"");
    first = false;
  });
  return ok;
}

seconds FreshFor(const http::Headers& headers) {
  seconds fresh = kMostFresh;
  for (const std::string_view value : http::FindHeaders(headers, "Cache-Control")) {
    ForEachPiece(value, ',', [&](const std::string& directive) {
      if (directive == "no-store" || directive == "no-cache") {
        fresh = kLeastFresh;
      } else if (const auto age = MaxAge(directive)) {
        fresh = std::min(fresh, *age);
      }
    });
  }
  return std::max(fresh, kLeastFresh);
}

std::optional<Refusal> Unavailable(const http::ClientResult& result, std::string_view what) {
  if (!result) {
    return Refusal{.reason = Reason::kProviderUnavailable,
                   .detail = std::string(what) + ": " + result.error().detail,
                   .args = {}};
  }
  if (result->status >= 500 || result->status == kTooManyRequests) {
    return Refusal{
        .reason = Reason::kProviderUnavailable, .detail = StatusDetail(what, result->status), .args = {}};
  }
  return std::nullopt;
}

std::string StatusDetail(std::string_view what, int status) {
  return std::string(what) + " answered with status " + std::to_string(status);
}

}  // namespace cis2::oidc
