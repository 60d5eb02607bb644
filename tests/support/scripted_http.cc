#include "tests/support/scripted_http.h"

#include <algorithm>

namespace cis2::tests {

void ScriptedHttp::Answer(const std::string& url, http::ClientResult answer) {
  const std::lock_guard lock(mutex_);
  answers_.insert_or_assign(url, std::move(answer));
}

void ScriptedHttp::AnswerOnce(const std::string& url, http::ClientResult answer) {
  const std::lock_guard lock(mutex_);
  once_[url].push_back(std::move(answer));
}

void ScriptedHttp::During(std::function<void(const http::ClientRequest&)> during) {
  const std::lock_guard lock(mutex_);
  during_ = std::move(during);
}

http::ClientResult ScriptedHttp::Send(const http::ClientRequest& request) {
  std::function<void(const http::ClientRequest&)> during;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    during = during_;
  }
  if (during) {
    during(request);
  }
  const std::lock_guard lock(mutex_);
  if (auto& queue = once_[request.url]; !queue.empty()) {
    auto answer = std::move(queue.front());
    queue.pop_front();
    return answer;
  }
  const auto it = answers_.find(request.url);
  return it == answers_.end() ? FaultAnswer(http::TransportFault::kUnreachable) : it->second;
}

std::vector<http::ClientRequest> ScriptedHttp::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int ScriptedHttp::Count(const std::string& url) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::ranges::count(requests_, url, &http::ClientRequest::url));
}

http::ClientResult JsonAnswer(const std::string& body, int status, const http::Headers& more) {
  http::Response response{
      .status = status, .headers = {{"Content-Type", "application/json;charset=UTF-8"}}, .body = body};
  response.headers.insert(response.headers.end(), more.begin(), more.end());
  return response;
}

http::ClientResult FaultAnswer(http::TransportFault fault) {
  return std::unexpected(http::TransportError{.fault = fault, .detail = "scripted fault"});
}

}  // namespace cis2::tests
