#include "tests/simulator/answer.h"

#include <utility>

namespace cis2::simulator {

std::string Text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Answer JsonAnswer(int status, const Json& body) {
  Answer answer;
  answer.response.status = status;
  answer.response.headers = {{"Content-Type", "application/json;charset=UTF-8"},
                             {"Cache-Control", "no-store"},
                             {"Pragma", "no-cache"}};
  answer.response.body = Text(body);
  return answer;
}

Answer JsonTextAnswer(std::string text) {
  Answer answer = JsonAnswer(200, Json::object());
  answer.response.body = std::move(text);
  return answer;
}

Answer JwtAnswer(std::string token) {
  Answer answer = JsonTextAnswer(std::move(token));
  answer.response.headers.front().second = "application/jwt";
  return answer;
}

Answer RefusalAnswer(const Refusal& refusal) {
  Answer answer =
      JsonAnswer(refusal.status, Json{{"error_description", refusal.description}, {"error", refusal.error}});
  answer.note = refusal.note;
  return answer;
}

Answer PageAnswer(int status, std::string html, std::string_view note) {
  Answer answer;
  answer.response.status = status;
  answer.response.headers = {{"Content-Type", "text/html; charset=utf-8"},
                             {"Cache-Control", "no-store"},
                             {"Referrer-Policy", "no-referrer"},
                             {"X-Content-Type-Options", "nosniff"}};
  answer.response.body = std::move(html);
  answer.note = note;
  return answer;
}

}  // namespace cis2::simulator
