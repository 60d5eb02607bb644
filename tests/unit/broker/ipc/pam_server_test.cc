#include "broker/ipc/pam_server.h"

#include "broker/board/memory_board.h"
#include "broker/ipc/acceptor.h"
#include "broker/ipc/control_server.h"
#include "pam_module/wire/messages.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/identities.h"
#include "tests/support/temp_dir.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace cis2::ipc {
namespace {

constexpr Peer kRoot{.pid = 1, .uid = 0};

class NullAudit final : public audit::Sink {
 public:
  void Write(const audit::Event& /*event*/) override {}
  void WriteDurably(const audit::Event& /*event*/, std::function<void(bool)> done) override {
    done_ = std::move(done);
  }

 private:
  std::function<void(bool)> done_;
};

// One end of a socket pair in the test, the other served; the I/O runs until nothing is left to do.
class IpcTest : public ::testing::Test {
 protected:
  IpcTest() {
    config_.web.public_url = "https://login.example:8443";
    config_.host.sshd_login_grace =
        std::chrono::seconds(0);  // our parent started on another clock than the fake one
    std::array<int, 2> fds{};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data());
    ours_ = base::UniqueFd(fds[0]);
    theirs_ = LocalSocket(io_, boost::asio::local::stream_protocol(), fds[1]);
  }

  void ServePamSocket() { ServePam(std::move(theirs_), {.pid = ::getpid(), .uid = 0}, host_); }
  // Until a whole round finds nothing ready.
  void Run() {
    do {
      io_.restart();
    } while (io_.poll() > 0);
  }
  void SendRaw(std::string_view bytes) {
    ASSERT_EQ(::send(ours_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    Run();
  }
  template <class Message>
  void Send(const Message& m) {
    std::array<std::byte, wire::kMaxFrame> frame{};
    const auto size = wire::Encode(m, frame);
    SendRaw({reinterpret_cast<const char*>(frame.data()), size.value_or(0)});
  }
  // Everything that came; "closed" is set when the peer ended it.
  std::string Receive(bool* closed = nullptr) {
    std::string all;
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t got = ::recv(ours_.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        if (closed != nullptr) {
          *closed = got == 0 || errno == ECONNRESET;  // the latter where it left something unread
        }
        return all;
      }
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  bool IsClosed() {
    bool closed = false;
    Receive(&closed);
    return closed;
  }
  static std::span<const std::byte> Body(const std::string& frame) {
    return std::as_bytes(std::span(frame)).subspan(wire::kFrameHeader);
  }
  static wire::LoginRequest Request() {
    return {.service = "sshd",
            .account = "op1",
            .rhost = "192.0.2.7",
            .ruser = "",
            .tty = "ssh",
            .ssh_connection = "",
            .ssh_auth_info = "",
            .flags = 0,
            .qr = wire::QrMode::kOff};
  }

  boost::asio::io_context io_;
  base::UniqueFd ours_;
  LocalSocket theirs_{io_};
  tests::FakeClock clock_;
  tests::FakeRandom random_;
  board::MemoryBoard board_{[this](std::function<void()> f) { boost::asio::post(io_, std::move(f)); }};
  NullAudit audit_;
  config::Config config_;
  std::vector<policy::Grant> grants_ = {tests::SomeGrant()};
  login::HostSide host_{
      {.config = config_,
       .clock = clock_,
       .random = random_,
       .board = board_,
       .audit = audit_,
       .host_name = "server-a",
       .grants = [this]() -> const std::vector<policy::Grant>& { return grants_; },
       .look_up_account = [](const std::string&, const std::function<void(std::optional<std::uint32_t>)>&) {},
       .provider_away = [] { return false; },
       .changed = [] {}}};
};

using PamServerTest = IpcTest;
using ControlServerTest = IpcTest;

TEST_F(PamServerTest, ALoginRequestIsAnsweredWithAScreen) {
  ServePamSocket();
  Send(Request());
  const std::string frame = Receive();
  const auto screen = wire::DecodeScreen(Body(frame));
  ASSERT_TRUE(screen.has_value());
  EXPECT_TRUE(screen->prompt.ends_with("Code: "));
  EXPECT_EQ(host_.Pending().size(), 1U);
}

TEST_F(PamServerTest, TheEndOfTheConnectionCancelsTheLogin) {
  ServePamSocket();
  Send(Request());
  ours_.Reset();
  Run();
  EXPECT_TRUE(host_.Pending().empty());
}

TEST_F(PamServerTest, AnAnswerBeforeTheRequestEndsTheConnection) {
  ServePamSocket();
  Send(wire::Answer{.text = "482913"});
  EXPECT_TRUE(IsClosed());
}

TEST_F(PamServerTest, ASecondRequestEndsTheConnectionAndItsLogin) {
  ServePamSocket();
  Send(Request());
  Send(Request());
  EXPECT_TRUE(IsClosed());
  EXPECT_TRUE(host_.Pending().empty());
}

TEST_F(PamServerTest, GarbageEndsTheConnection) {
  ServePamSocket();
  SendRaw("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(IsClosed());
}

TEST_F(PamServerTest, AnImpossibleLengthEndsTheConnectionBeforeTheBodyIsRead) {
  ServePamSocket();
  SendRaw(std::string_view("\x00\x00\x40\x00", 4));
  EXPECT_TRUE(IsClosed());
}

TEST_F(PamServerTest, AFrameInPiecesIsReadWhole) {
  ServePamSocket();
  std::array<std::byte, wire::kMaxFrame> frame{};
  const std::size_t size = wire::Encode(Request(), frame).value_or(0);
  for (std::size_t i = 0; i < size; ++i) {
    SendRaw({reinterpret_cast<const char*>(&frame[i]), 1});
  }
  EXPECT_EQ(host_.Pending().size(), 1U);
}

// The version of a module with which this broker does not speak.
class OtherReleaseTest : public IpcTest, public ::testing::WithParamInterface<std::uint16_t> {
 protected:
  void ExpectUnsupported() {
    const std::string frame = Receive();
    const auto verdict = wire::DecodeVerdict(Body(frame));
    ASSERT_TRUE(verdict.has_value());
    EXPECT_EQ(verdict->kind, wire::VerdictKind::kUnsupported);
    EXPECT_TRUE(verdict->text.starts_with("The login service on this server is being upgraded."));
    EXPECT_TRUE(host_.Pending().empty());
  }
};

TEST_P(OtherReleaseTest, IsToldSo) {
  ServePamSocket();
  wire::LoginRequest request = Request();
  request.version = GetParam();
  Send(request);
  ExpectUnsupported();
}

TEST_P(OtherReleaseTest, IsToldSoInTheAccountPhase) {
  ServePamSocket();
  Send(wire::AccountRequest{.version = GetParam(),
                            .service = "sshd",
                            .account = "op1",
                            .rhost = "",
                            .ruser = "",
                            .tty = "",
                            .ticket = ""});
  ExpectUnsupported();
}

TEST_P(OtherReleaseTest, IsToldSoWhateverFollowsTheVersion) {
  ServePamSocket();
  std::array<std::byte, 64> frame{};
  const auto size = wire::WriteFrame(static_cast<std::uint8_t>(wire::MessageType::kLoginRequest), frame,
                                     [](wire::Writer& w) {
                                       w.U16(GetParam());
                                       w.Str("a field that this version does not have");
                                     });
  SendRaw({reinterpret_cast<const char*>(frame.data()), size.value_or(0)});
  ExpectUnsupported();
}

INSTANTIATE_TEST_SUITE_P(Older, OtherReleaseTest, ::testing::Values(std::uint16_t{wire::kOldestVersion - 1}));
INSTANTIATE_TEST_SUITE_P(Newer, OtherReleaseTest,
                         ::testing::Values(std::uint16_t{wire::kVersion + 1}, std::uint16_t{0xffff}));

TEST_F(PamServerTest, EachVersionThatIsSpokenGetsAScreen) {
  ServePamSocket();
  wire::LoginRequest request = Request();
  request.version = wire::kOldestVersion;
  Send(request);
  const std::string frame = Receive();
  EXPECT_TRUE(wire::DecodeScreen(Body(frame)).has_value());
}

TEST_F(PamServerTest, AVerdictIsPushedWhileThePersonIsAskedAndItsAnswerMayCrossIt) {
  ServePamSocket();
  Send(Request());
  Receive();
  clock_.Advance(std::chrono::seconds(110));
  host_.OnTime();
  Run();
  const std::string frame = Receive();
  const auto verdict = wire::DecodeVerdict(Body(frame));
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->kind, wire::VerdictKind::kRefuse);
  EXPECT_FALSE(IsClosed());
}

// As a program does whose login has ended while nobody sits at its prompt.
TEST_F(PamServerTest, AVerdictThatIsLeftUnreadKeepsNoConnection) {
  ServePam(std::move(theirs_), {.pid = ::getpid(), .uid = 0}, host_, std::chrono::milliseconds(1));
  const std::string unknown(wire::kTicketSize, '0');
  Send(wire::AccountRequest{
      .service = "sshd", .account = "op1", .rhost = "", .ruser = "", .tty = "", .ticket = unknown});
  io_.restart();
  io_.run_for(std::chrono::seconds(10));  // ends at once: nothing is left to wait for
  bool closed = false;
  const std::string frame = Receive(&closed);
  EXPECT_TRUE(wire::DecodeVerdict(Body(frame)).has_value());
  EXPECT_TRUE(closed);
}

// Nothing can be accepted, as without a descriptor that is left: here because the socket does not listen yet.
TEST_F(PamServerTest, AnAcceptorThatCannotAcceptTriesNowAndThen) {
  const tests::TempDir folder;
  const std::string path = folder.path() + "/acceptor.sock";
  boost::asio::local::stream_protocol::socket bound(io_);
  bound.open();
  bound.bind(boost::asio::local::stream_protocol::endpoint(path));
  int served = 0;
  Acceptor acceptor(io_, base::UniqueFd(::dup(bound.native_handle())), "PAM socket", ::geteuid(), clock_,
                    [&served](LocalSocket, const Peer&) { ++served; });

  EXPECT_LT(io_.run_for(std::chrono::milliseconds(50)), 10U) << "it tries without end";

  ASSERT_EQ(::listen(bound.native_handle(), 1), 0);
  LocalSocket client(io_);
  client.connect(boost::asio::local::stream_protocol::endpoint(path));
  io_.restart();
  while (served == 0 && io_.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  EXPECT_EQ(served, 1);
  acceptor.Stop();
}

TEST_F(ControlServerTest, CommandsAreAnsweredAndUnknownOnesNamed) {
  ServeControl(std::move(theirs_), kRoot, [](const ControlRequest& request) -> base::Result<base::Json> {
    return request.command == "status" ? base::Result<base::Json>(base::Json{{"pending", 0}})
                                       : base::Fail("no such command");
  });
  SendRaw(std::string("\x00\x00\x00\x14", 4) + R"({"command":"status"})");
  EXPECT_EQ(Receive().substr(4), R"({"ok":true,"result":{"pending":0}})");
  SendRaw(std::string("\x00\x00\x00\x10", 4) + R"({"command":"rm"})");
  EXPECT_EQ(Receive().substr(4), R"({"error":"no such command","ok":false})");
  SendRaw(std::string("\x00\x00\x00\x02", 4) + "[]");
  EXPECT_NE(Receive().find(R"("ok":false)"), std::string::npos);
}

TEST_F(ControlServerTest, ACommandGetsItsMembersAndWhoAsks) {
  ServeControl(std::move(theirs_), kRoot, [](const ControlRequest& request) -> base::Result<base::Json> {
    return base::Json{{"account", base::StringMember(request.json, "account").value_or("")},
                      {"uid", request.peer.uid}};
  });
  SendRaw(std::string("\x00\x00\x00\x24", 4) + R"({"command":"cancel","account":"op1"})");
  EXPECT_EQ(Receive().substr(4), R"({"ok":true,"result":{"account":"op1","uid":0}})");
}

TEST_F(ControlServerTest, AnImpossibleLengthEndsTheConnection) {
  ServeControl(std::move(theirs_), kRoot, [](const ControlRequest&) { return base::Json(); });
  SendRaw(std::string_view("\xff\xff\xff\xff", 4));
  EXPECT_TRUE(IsClosed());
}

}  // namespace
}  // namespace cis2::ipc
