// HTTP messages as values. Nothing here does I/O; http/client.h sends them, http/server.h receives them.
#ifndef CIS2_BROKER_HTTP_MESSAGE_H_
#define CIS2_BROKER_HTTP_MESSAGE_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cis2::http {

enum class Method { kGet, kHead, kPost, kOther };

// In the order received. Names compare without case (RFC 9110 section 5.1).
using Headers = std::vector<std::pair<std::string, std::string>>;

// The value of the only header called `name`; nothing when there is none, or more than one.
std::optional<std::string_view> FindHeader(const Headers& headers, std::string_view name);
// All values of headers called `name`.
std::vector<std::string_view> FindHeaders(const Headers& headers, std::string_view name);

// What a server received. `path` is not decoded: a route either matches byte for byte or does not.
struct ServerRequest {
  Method method = Method::kOther;
  std::string path;   // "/l/BCDF-GHJK"
  std::string query;  // behind '?', not decoded, may be empty
  Headers headers;
  std::string body;
  std::string peer_address;  // numeric, of the TCP connection; empty on a Unix socket
};

struct Response {
  int status = 500;
  Headers headers;
  std::string body;
};

// What a client sends. A constructor, so that it may stand in a co_await expression (g++ 12).
struct ClientRequest {
  ClientRequest(Method m, std::string u) : method(m), url(std::move(u)) {}

  Method method;
  std::string url;  // https only
  Headers headers;
  std::string body;
  std::size_t max_response = 256UL * 1024;  // bytes of the body; more is a failure
};

// One name and value of a query or a form. RFC 6749 appendix B: "+" is a space.
using FormField = std::pair<std::string, std::string>;
// Nothing when an escape is broken, a byte is NUL, or there are more than `max_fields`.
inline constexpr std::size_t kMaxFields = 32;
std::optional<std::vector<FormField>> ParseForm(std::string_view text, std::size_t max_fields = kMaxFields);
// Likewise, of the fields with one of these names alone. Another field is read past, however many there are and whatever
// its value is; its name must be well-formed, so that it is certain that it is another one.
std::optional<std::vector<FormField>> ParseKnownFields(std::string_view text,
                                                       std::span<const std::string_view> names);
// The value of the only field called `name`: outer nothing when it is given twice.
std::optional<std::optional<std::string>> SingleField(const std::vector<FormField>& fields,
                                                      std::string_view name);
// application/x-www-form-urlencoded.
std::string BuildForm(const std::vector<FormField>& fields);

}  // namespace cis2::http

#endif  // CIS2_BROKER_HTTP_MESSAGE_H_
