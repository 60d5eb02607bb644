#include "tests/support/fake_broker.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace cis2::testing {
namespace {

std::string Misfit(const char* field, const std::string& expected, std::string_view got) {
  return std::string(field) + " is \"" + std::string(got) + "\", not \"" + expected + "\"; ";
}

std::string Compare(const char* field, const std::optional<std::string>& expected, std::string_view got) {
  return expected && *expected != got ? Misfit(field, *expected, got) : "";
}

std::span<const std::byte> Bytes(const std::string& s) { return std::as_bytes(std::span(s)); }

}  // namespace

FakeBroker::FakeBroker(std::string socket_path) : socket_path_(std::move(socket_path)) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socket_path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::chmod(socket_path_.c_str(), 0600) != 0 || ::listen(listener_, 8) != 0) {
    problems_.push_back("cannot listen on " + socket_path_ + ": " + std::strerror(errno));
  }
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    problems_.emplace_back("cannot make a pipe");
  }
  stop_reader_ = ends[0];
  stop_writer_ = ends[1];
}

FakeBroker::~FakeBroker() {
  Finish();
  ::close(listener_);
  ::close(stop_reader_);
}

FakeBroker& FakeBroker::Add(std::string words, std::function<std::string()> run) {
  lines_.push_back({std::move(words), std::move(run)});
  return *this;
}

FakeBroker& FakeBroker::Accepts() {
  return Add("accepts a connection", [this]() -> std::string {
    CloseConnection();
    if (std::string problem = WaitUntilReadable(listener_); !problem.empty()) {
      return problem;
    }
    connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    return connection_ < 0 ? std::string("accept failed: ") + std::strerror(errno) : "";
  });
}

FakeBroker& FakeBroker::HearsLogin(const ExpectedLogin& expected) {
  return Add("hears a login request", [this, expected]() -> std::string {
    std::string body;
    if (std::string problem = ReadFrame(wire::MessageType::kLoginRequest, body); !problem.empty()) {
      return problem;
    }
    const auto got = wire::DecodeLoginRequest(Bytes(body));
    if (!got) {
      return "the login request is malformed";
    }
    std::string misfits =
        Compare("service", expected.service, got->service) +
        Compare("account", expected.account, got->account) + Compare("rhost", expected.rhost, got->rhost) +
        Compare("ruser", expected.ruser, got->ruser) + Compare("tty", expected.tty, got->tty) +
        Compare("ssh_connection", expected.ssh_connection, got->ssh_connection) +
        Compare("ssh_auth_info", expected.ssh_auth_info, got->ssh_auth_info);
    if (expected.flags && *expected.flags != got->flags) {
      misfits += Misfit("flags", std::to_string(*expected.flags), std::to_string(got->flags));
    }
    if (expected.qr && *expected.qr != got->qr) {
      misfits += "the QR mode is another one; ";
    }
    return misfits;
  });
}

FakeBroker& FakeBroker::HearsAnswer(const std::string& text) {
  return Add("hears the answer \"" + text + "\"", [this, text]() -> std::string {
    std::string body;
    if (std::string problem = ReadFrame(wire::MessageType::kAnswer, body); !problem.empty()) {
      return problem;
    }
    const auto got = wire::DecodeAnswer(Bytes(body));
    return got ? Compare("the answer", text, got->text) : "the answer is malformed";
  });
}

FakeBroker& FakeBroker::HearsAccount(const ExpectedAccount& expected) {
  return Add("hears an account request", [this, expected]() -> std::string {
    std::string body;
    if (std::string problem = ReadFrame(wire::MessageType::kAccountRequest, body); !problem.empty()) {
      return problem;
    }
    const auto got = wire::DecodeAccountRequest(Bytes(body));
    if (!got) {
      return "the account request is malformed";
    }
    return Compare("service", expected.service, got->service) +
           Compare("account", expected.account, got->account) + Compare("rhost", expected.rhost, got->rhost) +
           Compare("ruser", expected.ruser, got->ruser) + Compare("tty", expected.tty, got->tty) +
           Compare("ticket", expected.ticket, got->ticket);
  });
}

FakeBroker& FakeBroker::HearsTheEnd() {
  return Add("hears the end of the connection", [this]() -> std::string {
    if (std::string problem = WaitUntilReadable(connection_); !problem.empty()) {
      return problem;
    }
    char c = 0;
    return ::recv(connection_, &c, 1, MSG_DONTWAIT) > 0 ? "there were more bytes" : "";
  });
}

FakeBroker& FakeBroker::ShowsScreen(const std::string& prompt, const std::string& info) {
  return Sends(FrameOf(wire::Screen{.info = info, .prompt = prompt}));
}

FakeBroker& FakeBroker::Allows(const std::string& ticket) {
  return Gives(wire::VerdictKind::kAllow, /*text=*/"", /*reference=*/"", ticket);
}

FakeBroker& FakeBroker::Gives(wire::VerdictKind kind, const std::string& text, const std::string& reference,
                              const std::string& ticket) {
  return Sends(FrameOf(wire::Verdict{.kind = kind, .text = text, .reference = reference, .ticket = ticket}));
}

FakeBroker& FakeBroker::Sends(const std::string& bytes) {
  return Add("sends " + std::to_string(bytes.size()) + " bytes", [this, bytes] { return SendAll(bytes); });
}

FakeBroker& FakeBroker::Closes() {
  return Add("closes the connection", [this] {
    CloseConnection();
    return std::string();
  });
}

FakeBroker& FakeBroker::Reaches(const std::string& mark) {
  return Add("reaches " + mark, [this, mark] {
    const std::lock_guard lock(mutex_);
    marks_.insert(mark);
    changed_.notify_all();
    return std::string();
  });
}

void FakeBroker::Start() { thread_ = std::thread(&FakeBroker::Run, this); }

void FakeBroker::WaitFor(const std::string& mark) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || marks_.contains(mark); });
}

std::vector<std::string> FakeBroker::Finish() {
  if (stop_writer_ >= 0) {
    ::close(stop_writer_);
    stop_writer_ = -1;
    if (thread_.joinable()) {
      thread_.join();
    } else if (!lines_.empty()) {
      problems_.emplace_back("the script was never started");
    }
    if (problems_.empty()) {
      if (std::string problem = Leftovers(); !problem.empty()) {
        problems_.push_back(std::move(problem));
      }
    }
    CloseConnection();
  }
  return problems_;
}

void FakeBroker::Run() {
  std::vector<std::string> problems;
  for (std::size_t i = 0; i < lines_.size() && problems.empty(); ++i) {
    if (const std::string problem = lines_[i].run(); !problem.empty()) {
      problems.push_back("line " + std::to_string(i + 1) + ", \"" + lines_[i].words + "\": " + problem);
      CloseConnection();
    }
  }
  const std::lock_guard lock(mutex_);
  problems_.insert(problems_.end(), problems.begin(), problems.end());
  ended_ = true;
  changed_.notify_all();
}

void FakeBroker::CloseConnection() {
  if (connection_ >= 0) {
    ::close(connection_);
    connection_ = -1;
  }
}

// The stop pipe counts only when nothing else has come, so that what the module did before Finish() is heard.
std::string FakeBroker::WaitUntilReadable(int fd) {
  pollfd entries[] = {{.fd = fd, .events = POLLIN, .revents = 0},
                      {.fd = stop_reader_, .events = POLLIN, .revents = 0}};
  int n = 0;
  do {
    n = ::poll(entries, 2, kPatienceMilliseconds);
  } while (n < 0 && errno == EINTR);
  if (entries[0].revents != 0) {
    return "";
  }
  return entries[1].revents != 0 ? "never happened" : "nothing came in time";
}

std::string FakeBroker::ReadExactly(std::string& out, std::size_t size) {
  out.resize(size);
  std::size_t used = 0;
  while (used < size) {
    if (std::string problem = WaitUntilReadable(connection_); !problem.empty()) {
      return problem;
    }
    const ssize_t n = ::recv(connection_, out.data() + used, size - used, 0);
    if (n <= 0) {
      return "the module ended the connection";
    }
    used += static_cast<std::size_t>(n);
  }
  return "";
}

std::string FakeBroker::ReadFrame(wire::MessageType type, std::string& body) {
  std::string header;
  if (std::string problem = ReadExactly(header, wire::kFrameHeader); !problem.empty()) {
    return problem;
  }
  const auto size = wire::FrameBodySize(Bytes(header).first<wire::kFrameHeader>());
  if (!size) {
    return "the frame has a wrong length";
  }
  if (std::string problem = ReadExactly(body, *size); !problem.empty()) {
    return problem;
  }
  return wire::TypeOf(Bytes(body)) == type ? "" : "it is a message of another type";
}

std::string FakeBroker::SendAll(const std::string& bytes) {
  const ssize_t n = ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return n == static_cast<ssize_t>(bytes.size()) ? "" : std::string("cannot send: ") + std::strerror(errno);
}

std::string FakeBroker::Leftovers() {
  pollfd entry = {.fd = listener_, .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, 0) > 0) {
    return "there was a connection that is not in the script";
  }
  char c = 0;
  if (connection_ >= 0 && ::recv(connection_, &c, 1, MSG_DONTWAIT) > 0) {
    return "the module sent something that is not in the script";
  }
  return "";
}

}  // namespace cis2::testing
