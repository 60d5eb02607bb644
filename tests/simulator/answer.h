// What an endpoint of the simulator answers, as a value; server.h of broker/http sends it.
//
// JSON keeps the order it is built in, because ForgeRock's error texts are compared as text by their clients.
#ifndef CIS2_TESTS_SIMULATOR_ANSWER_H_
#define CIS2_TESTS_SIMULATOR_ANSWER_H_

#include "broker/http/message.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace cis2::simulator {

using Json = nlohmann::ordered_json;

// The text of `json`. Bytes that are no UTF-8 are replaced, so that it never throws.
std::string Text(const Json& json);

struct Answer {
  http::Response response;
  std::string_view route = "(unknown)";  // for the request log, a literal like the note
  std::string_view note;                 // why: a literal, never data
  bool hang = false;                     // the request is held and never answered
};

// A refusal in OAuth's form (RFC 6749 section 5.2). All texts are literals.
struct Refusal {
  int status = 400;
  std::string_view error;
  std::string_view description;
  std::string_view note;  // the true reason, which the provider does not tell
};

Answer JsonAnswer(int status, const Json& body);
// 200 with this text, called application/json whatever it is.
Answer JsonTextAnswer(std::string text);
// 200 with a signed token, application/jwt (OIDC Core 5.3.2).
Answer JwtAnswer(std::string token);
// {"error_description":"...","error":"..."}, in ForgeRock's order.
Answer RefusalAnswer(const Refusal& refusal);
Answer PageAnswer(int status, std::string html, std::string_view note = {});

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_ANSWER_H_
