// The broker's end of the front socket, with the front's end in the test.
#include "broker/app/front_link.h"

#include "broker/base/fd.h"
#include "broker/board/memory_board.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/post_queue.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <sys/socket.h>
#include <sys/time.h>
#include <vector>

namespace cis2::app {
namespace {

class FrontLinkTest : public ::testing::Test {
 protected:
  // What the front gets for one request.
  front_wire::ToFront AnswerTo(FrontLink& link, const front_wire::ToBroker& request) {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    const base::UniqueFd front(fds[1]);
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(front.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    link.Connect(ipc::LocalSocket(io_, boost::asio::local::stream_protocol(), fds[0]));
    const std::string asked = front_wire::Encode(request).value();
    EXPECT_EQ(::send(front.get(), asked.data(), asked.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(asked.size()));
    while (io_.poll() > 0) {
    }
    // Settings come first; here there are none, so their frame is empty.
    std::vector<std::byte> frame(front_wire::kMaxFrame);
    const ssize_t got = ::recv(front.get(), frame.data(), frame.size(), MSG_DONTWAIT);
    EXPECT_GT(got, 0) << "no answer";
    link.Close();
    const auto body =
        std::span(frame).first(got > 0 ? static_cast<std::size_t>(got) : 0).subspan(wire::kFrameHeader);
    return front_wire::DecodeToFront(body).value();
  }

  boost::asio::io_context io_;
  tests::FakeClock clock_;
  tests::FakeRandom random_;
  tests::PostQueue posts_;
  board::MemoryBoard board_{posts_.Poster()};
  config::Config config_;
  web::WebSide web_side_{{.config = config_,
                          .clock = clock_,
                          .random = random_,
                          .board = board_,
                          .discovery = [] { return nullptr; },
                          .sign_in = [](const auto&...) {},
                          .changed = [] {}}};
  std::vector<reasons::Reason> turned_away_;

  FrontLink Link(std::string jwks) {
    return {web_side_, std::move(jwks), [this](reasons::Reason reason) { turned_away_.push_back(reason); }};
  }
};

TEST_F(FrontLinkTest, AnAnswerGoesToTheFront) {
  FrontLink link = Link("{}");
  const auto answer = AnswerTo(link, front_wire::GetJwks{.request = 7});
  EXPECT_EQ(std::get<front_wire::Jwks>(answer).json, "{}");
}

// The browser would wait until the front gives up, and nobody would know why.
TEST_F(FrontLinkTest, AnAnswerThatCannotBeWrittenIsAnInternalErrorAtOnce) {
  FrontLink link = Link(std::string(64UL * 1024, 'j'));
  ::testing::internal::CaptureStderr();
  const auto answer = AnswerTo(link, front_wire::GetJwks{.request = 7});
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("cannot be written to cis2-front"),
            std::string::npos);
  const auto& page = std::get<front_wire::Page>(answer);
  EXPECT_EQ(page.request, 7U);
  EXPECT_EQ(page.status, 500);
  EXPECT_EQ(page.outcome, front_wire::PageOutcome::kError);
  EXPECT_EQ(page.reason, reasons::Reason::kLoginInternal);
  EXPECT_EQ(turned_away_, std::vector{reasons::Reason::kLoginInternal});
}

}  // namespace
}  // namespace cis2::app
