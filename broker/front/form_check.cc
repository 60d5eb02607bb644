#include "broker/front/form_check.h"

#include "broker/base/secret.h"
#include "broker/base/text.h"

namespace cis2::front {
namespace {

constexpr std::string_view kPurpose = "continue-or-deny ";
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::size_t kMaxFields = 4;

}  // namespace

std::string FormToken(std::string_view browser_key, std::string_view user_code) {
  return base::Base64UrlEncode(base::HmacSha256(browser_key, std::string(kPurpose) + std::string(user_code)));
}

bool HasFormToken(std::string_view body, std::string_view browser_key, std::string_view user_code) {
  const auto fields = http::ParseForm(body, kMaxFields);
  if (!fields) {
    return false;
  }
  const auto token = http::SingleField(*fields, "csrf");
  return token && *token && base::Secret(FormToken(browser_key, user_code)).Equals(**token);
}

bool IsFormBody(const http::Headers& headers) {
  const auto type = http::FindHeader(headers, "Content-Type");
  if (!type) {
    return false;
  }
  std::string_view essence = type->substr(0, type->find(';'));
  while (essence.ends_with(' ') || essence.ends_with('\t')) {
    essence.remove_suffix(1);
  }
  return base::EqualWithoutCase(essence, kFormType);
}

bool IsFromOwnSite(const http::Headers& headers, std::string_view public_url) {
  for (const std::string_view origin : http::FindHeaders(headers, "Origin")) {
    if (origin != "null" && origin != public_url) {
      return false;
    }
  }
  for (const std::string_view site : http::FindHeaders(headers, "Sec-Fetch-Site")) {
    if (site != "same-origin" && site != "none") {
      return false;
    }
  }
  return true;
}

}  // namespace cis2::front
