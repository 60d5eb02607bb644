#include "tests/simulator/request_log.h"

#include "broker/base/text.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace cis2::simulator {
namespace {

std::string_view NameOf(http::Method method) {
  switch (method) {
    case http::Method::kGet:
      return "GET";
    case http::Method::kHead:
      return "HEAD";
    case http::Method::kPost:
      return "POST";
    case http::Method::kOther:
      return "OTHER";
  }
  return "OTHER";
}

}  // namespace

base::Result<RequestLog> RequestLog::Open(const std::string& path) {
  RequestLog log;
  log.fd_ = base::UniqueFd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
  if (!log.fd_.valid()) {
    return base::FailErrno("cannot open the log " + base::Printable(path, 256), errno);
  }
  return log;
}

void RequestLog::Write(base::WallTime now, const http::ServerRequest& request, const Answer& answer) const {
  if (!fd_.valid()) {
    return;
  }
  std::string line = base::FormatWallTime(now) + " " + base::Printable(request.peer_address) + " ";
  line += NameOf(request.method);
  line += " ";
  line += answer.route;
  line += answer.hang ? " held" : " " + std::to_string(answer.response.status);
  if (!answer.note.empty()) {
    line += " ";
    line += answer.note;
  }
  line += "\n";
  const ssize_t written = ::write(fd_.get(), line.data(), line.size());
  static_cast<void>(written);
}

}  // namespace cis2::simulator
