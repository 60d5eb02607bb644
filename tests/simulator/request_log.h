// One line per request in a file, without any part of the request that could be a secret.
//
// "2026-11-23T09:15:02.123Z 127.0.0.1 POST /access_token 401 assertion: kid unknown". The path is the route's
// name, never what was asked for; the reason is a literal.
#ifndef CIS2_TESTS_SIMULATOR_REQUEST_LOG_H_
#define CIS2_TESTS_SIMULATOR_REQUEST_LOG_H_

#include "broker/base/clock.h"
#include "broker/base/fd.h"
#include "broker/base/result.h"
#include "broker/http/message.h"
#include "tests/simulator/answer.h"

#include <string>

namespace cis2::simulator {

class RequestLog {
 public:
  // Writes nowhere.
  RequestLog() = default;
  // Appends to `path`, made with mode 0600.
  static base::Result<RequestLog> Open(const std::string& path);

  // A line that cannot be written is lost: no test depends on it.
  void Write(base::WallTime now, const http::ServerRequest& request, const Answer& answer) const;

 private:
  base::UniqueFd fd_;
};

}  // namespace cis2::simulator

#endif  // CIS2_TESTS_SIMULATOR_REQUEST_LOG_H_
