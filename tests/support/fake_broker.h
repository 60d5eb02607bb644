// A broker made of a script: what it must hear from the module, in order, and what it answers.
//
//   FakeBroker broker(folder.File("pam.sock"));
//   broker.Accepts().HearsLogin({.account = "op1"}).ShowsScreen("Code: ").HearsAnswer("482913").Allows();
//   broker.Start();
//   ... pam_authenticate ...
//   EXPECT_THAT(broker.Finish(), IsEmpty());
//
// Every line must be used up; a line that does not fit, a connection nobody scripted and bytes nobody heard
// are reported by Finish(), in words. The script ends at its first misfit.
// Threads: the script runs on a thread of its own from Start() to Finish(). No line waits longer than
// kPatienceMilliseconds, and Finish() ends a line that is still waiting.
#ifndef CIS2_TESTS_SUPPORT_FAKE_BROKER_H_
#define CIS2_TESTS_SUPPORT_FAKE_BROKER_H_

#include "pam_module/wire/messages.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace cis2::testing {

// What a request must carry. A field that is not set is not looked at.
struct ExpectedLogin {
  std::optional<std::string> service = {};
  std::optional<std::string> account = {};
  std::optional<std::string> rhost = {};
  std::optional<std::string> ruser = {};
  std::optional<std::string> tty = {};
  std::optional<std::string> ssh_connection = {};
  std::optional<std::string> ssh_auth_info = {};
  std::optional<std::uint32_t> flags = {};
  std::optional<wire::QrMode> qr = {};
};
struct ExpectedAccount {
  std::optional<std::string> service = {};
  std::optional<std::string> account = {};
  std::optional<std::string> rhost = {};
  std::optional<std::string> ruser = {};
  std::optional<std::string> tty = {};
  std::optional<std::string> ticket = {};
};

class FakeBroker {
 public:
  static constexpr int kPatienceMilliseconds = 50'000;
  // The ticket that Allows() gives.
  static constexpr char kTicket[] = "0123456789abcdef0123456789abcdef";

  // Listens at once, so that the module can connect before Start(). The folder must exist.
  explicit FakeBroker(std::string socket_path);
  FakeBroker(const FakeBroker&) = delete;
  FakeBroker& operator=(const FakeBroker&) = delete;
  ~FakeBroker();

  // The lines of the script.
  FakeBroker& Accepts();
  FakeBroker& HearsLogin(const ExpectedLogin& expected = {});
  FakeBroker& HearsAnswer(const std::string& text);
  FakeBroker& HearsAccount(const ExpectedAccount& expected);
  FakeBroker& HearsTheEnd();
  FakeBroker& ShowsScreen(const std::string& prompt, const std::string& info = "");
  FakeBroker& Allows(const std::string& ticket = kTicket);
  FakeBroker& Gives(wire::VerdictKind kind, const std::string& text = "", const std::string& reference = "",
                    const std::string& ticket = "");
  FakeBroker& Sends(const std::string& bytes);
  FakeBroker& Closes();
  // Lets WaitFor(mark) go on.
  FakeBroker& Reaches(const std::string& mark);

  void Start();
  // Returns when the script has reached the mark, or has ended.
  void WaitFor(const std::string& mark);
  // Ends the script and says what was wrong, nothing when all went as written.
  std::vector<std::string> Finish();

  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }

 private:
  // Answers what did not fit, or "".
  struct Line {
    std::string words;
    std::function<std::string()> run;
  };

  FakeBroker& Add(std::string words, std::function<std::string()> run);
  void Run();
  void CloseConnection();
  std::string WaitUntilReadable(int fd);
  std::string ReadExactly(std::string& out, std::size_t size);
  std::string ReadFrame(wire::MessageType type, std::string& body);
  std::string SendAll(const std::string& bytes);
  std::string Leftovers();

  const std::string socket_path_;
  int listener_ = -1;
  int connection_ = -1;
  int stop_reader_ = -1;
  int stop_writer_ = -1;
  std::vector<Line> lines_;
  std::thread thread_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::set<std::string> marks_;
  bool ended_ = false;
  std::vector<std::string> problems_;
};

// The bytes of a message as they go over the socket.
template <class Message>
std::string FrameOf(const Message& message) {
  std::string bytes(wire::kMaxFrame, '\0');
  const auto size = wire::Encode(message, std::as_writable_bytes(std::span(bytes)));
  bytes.resize(size.value_or(0));
  return bytes;
}

}  // namespace cis2::testing

#endif  // CIS2_TESTS_SUPPORT_FAKE_BROKER_H_
