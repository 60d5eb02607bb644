// What the tables of misbehaviours share.
#include "tests/simulator/misbehave_rows.h"

#include <utility>

namespace cis2::simulator {

Answer ServerError() {
  return RefusalAnswer(
      {500, "server_error", "The authorization server encountered an unexpected condition.", "misbehaviour"});
}

Answer Hang() {
  Answer answer;
  answer.hang = true;
  answer.note = "misbehaviour";
  return answer;
}

Answer Refused(int status, std::string_view error, std::string_view description) {
  return RefusalAnswer({status, error, description, "misbehaviour"});
}

Answer RedirectElsewhere() {
  Answer answer = PageAnswer(302, {}, "misbehaviour");
  answer.response.headers.emplace_back("Location", "/elsewhere");
  return answer;
}

Answer TextAnswer(std::string_view content_type, std::string text) {
  Answer answer = JsonTextAnswer(std::move(text));
  answer.response.headers.front().second = content_type;
  answer.note = "misbehaviour";
  return answer;
}

std::string WithRaw(const Json& object, std::string_view name, std::string_view text) {
  return "{" + Text(Json(name)) + ":" + std::string(text) + "," + Text(object).substr(1);
}

std::string WithTwice(const Json& object, std::string_view name) {
  return WithRaw(object, name, Text(object.at(std::string(name))));
}

std::string_view DeepList() {
  static const std::string list = std::string(200, '[') + std::string(200, ']');
  return list;
}

std::string Padded(const Json& object, std::size_t size) {
  return WithRaw(object, "padding", Text(Json(std::string(size, 'p'))));
}

}  // namespace cis2::simulator
