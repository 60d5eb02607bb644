// An answer of the provider as one fuzz input: a line with the status, a line for each header, an empty line,
// the body. What has no such head is a body alone, sent as JSON with status 200.
#ifndef CIS2_TESTS_FUZZ_HTTP_ANSWER_H_
#define CIS2_TESTS_FUZZ_HTTP_ANSWER_H_

#include "broker/http/message.h"
#include "tests/fuzz/target.h"

#include <algorithm>
#include <charconv>

namespace cis2::fuzz {

inline std::optional<int> StatusOf(std::string_view line) {
  int status = 0;
  const char* const end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data(), end, status);
  return error == std::errc() && stop == end && status >= 100 && status <= 599 ? std::optional(status)
                                                                               : std::nullopt;
}

inline http::Response AnswerOf(std::string_view input) {
  std::string_view rest = input;
  const auto status = StatusOf(TakeLine(rest));
  if (!status) {
    return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = std::string(input)};
  }
  http::Response response{.status = *status, .headers = {}, .body = {}};
  for (std::string_view line = TakeLine(rest); !line.empty(); line = TakeLine(rest)) {
    const auto colon = std::min(line.find(':'), line.size());
    response.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  response.body = rest;
  return response;
}

}  // namespace cis2::fuzz

#endif  // CIS2_TESTS_FUZZ_HTTP_ANSWER_H_
