// A provider made of answers written down beforehand: an http::Client that sends nothing.
//
// Threads: any; `during` runs on the caller's thread, outside the lock.
#ifndef CIS2_TESTS_SUPPORT_SCRIPTED_HTTP_H_
#define CIS2_TESTS_SUPPORT_SCRIPTED_HTTP_H_

#include "broker/http/client.h"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace cis2::tests {

class ScriptedHttp final : public http::Client {
 public:
  // What every request for exactly `url` gets from now on.
  void Answer(const std::string& url, http::ClientResult answer);
  // What the next one gets before that.
  void AnswerOnce(const std::string& url, http::ClientResult answer);
  // Called for each request before it is answered: to let time pass, or to look in while it is on its way.
  void During(std::function<void(const http::ClientRequest&)> during);

  // A request that nothing is scripted for is unreachable.
  http::ClientResult Send(const http::ClientRequest& request) override;

  [[nodiscard]] std::vector<http::ClientRequest> requests() const;
  [[nodiscard]] int Count(const std::string& url) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, http::ClientResult> answers_;
  std::map<std::string, std::deque<http::ClientResult>> once_;
  std::function<void(const http::ClientRequest&)> during_;
  std::vector<http::ClientRequest> requests_;
};

// Answers in short.
http::ClientResult JsonAnswer(const std::string& body, int status = 200, const http::Headers& more = {});
http::ClientResult FaultAnswer(http::TransportFault fault);

}  // namespace cis2::tests

#endif  // CIS2_TESTS_SUPPORT_SCRIPTED_HTTP_H_
