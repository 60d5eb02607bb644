#include "broker/front/broker_link.h"

#include "tests/support/fake_front_broker.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <sys/un.h>

namespace cis2::front {
namespace {

using FakeBroker = tests::FakeFrontBroker;

front_wire::Settings ExampleSettings() {
  front_wire::Settings settings;
  settings.public_url = "https://server.example:8443";
  settings.certificate_chain_pem = "certificate";
  settings.private_key_pem = "key";
  return settings;
}

front_wire::ShowLogin ExampleShow(const std::string& user_code = "BCDFGHJK") {
  front_wire::ShowLogin show;
  show.user_code = user_code;
  show.browser_addr = "192.0.2.7";
  return show;
}

front_wire::RedirectTo Answer(std::uint32_t request, const std::string& location) {
  front_wire::RedirectTo redirect;
  redirect.request = request;
  redirect.location = location;
  return redirect;
}

class BrokerLinkTest : public testing::Test {
 protected:
  BrokerLinkTest() : pair_(FakeBroker::Pair()) {}

  void Start(std::chrono::milliseconds request_timeout = std::chrono::seconds(20)) {
    link_.emplace(io_, Options(request_timeout));
    ASSERT_TRUE(link_->Adopt(std::move(pair_.second)).has_value());
  }
  void StartWithSettings(std::chrono::milliseconds request_timeout = std::chrono::seconds(20)) {
    Start(request_timeout);
    ASSERT_TRUE(broker().Send(ExampleSettings()));
    RunUntil([&] { return link_->connected(); });
  }
  LinkOptions Options(std::chrono::milliseconds request_timeout) {
    return {.request_timeout = request_timeout,
            .on_settings = [this](const front_wire::Settings& settings) { settings_.push_back(settings); },
            .on_lost = [this] { lost_ = true; }};
  }

  // One "location or nothing" for each request asked.
  void Ask(front_wire::ToBroker request) {
    const std::size_t at = answers_.size();
    answers_.emplace_back("open");
    link_->Ask(std::move(request), [this, at](const std::optional<front_wire::ToFront>& reply) {
      EXPECT_EQ(answers_[at], "open") << "answered twice";
      answers_[at] = reply ? std::get<front_wire::RedirectTo>(*reply).location : "nothing";
    });
  }

  template <class Condition>
  void RunUntil(Condition condition) {
    while (!condition()) {
      if (io_.run_one_for(std::chrono::seconds(20)) == 0) {
        FAIL() << "nothing happens any more";
      }
    }
  }
  // Runs what is due, so that the next Receive() finds it.
  front_wire::ShowLogin NextQuestion() {
    while (io_.poll() > 0) {
    }
    return broker().Expect<front_wire::ShowLogin>();
  }
  FakeBroker& broker() { return pair_.first; }

  boost::asio::io_context io_;
  std::pair<FakeBroker, base::UniqueFd> pair_;
  std::optional<BrokerLink> link_;
  std::vector<front_wire::Settings> settings_;
  std::vector<std::string> answers_;
  bool lost_ = false;
};

TEST_F(BrokerLinkTest, IsConnectedOnceSettingsCame) {
  Start();
  EXPECT_FALSE(link_->connected());
  ASSERT_TRUE(broker().Send(ExampleSettings()));
  RunUntil([&] { return !settings_.empty(); });
  EXPECT_TRUE(link_->connected());
  EXPECT_EQ(settings_[0].private_key_pem, "key");
}

TEST_F(BrokerLinkTest, LaterSettingsArePassedOnToo) {
  StartWithSettings();
  front_wire::Settings changed = ExampleSettings();
  changed.hsts = false;
  ASSERT_TRUE(broker().Send(changed));
  RunUntil([&] { return settings_.size() == 2; });
  EXPECT_FALSE(settings_[1].hsts);
}

TEST_F(BrokerLinkTest, AnswersFindTheirQuestionsInAnyOrder) {
  StartWithSettings();
  Ask(ExampleShow("BBBBBBBB"));
  Ask(ExampleShow("CCCCCCCC"));
  const auto first = NextQuestion();
  const auto second = NextQuestion();
  EXPECT_EQ(first.user_code, "BBBBBBBB");
  EXPECT_NE(first.request, second.request);

  ASSERT_TRUE(broker().Send(Answer(second.request, "/second")));
  ASSERT_TRUE(broker().Send(Answer(first.request, "/first")));

  RunUntil([&] { return answers_[0] != "open"; });
  EXPECT_THAT(answers_, testing::ElementsAre("/first", "/second"));
}

TEST_F(BrokerLinkTest, AnAnswerThatNobodyWaitsForIsDropped) {
  StartWithSettings();
  Ask(ExampleShow());
  const auto question = NextQuestion();
  ASSERT_TRUE(broker().Send(Answer(question.request + 1, "/stray")));
  ASSERT_TRUE(broker().Send(Answer(question.request, "/right")));
  RunUntil([&] { return answers_[0] != "open"; });
  EXPECT_EQ(answers_[0], "/right");
}

TEST_F(BrokerLinkTest, AQuestionWithoutAnAnswerEndsInTimeAndALateAnswerIsDropped) {
  StartWithSettings(std::chrono::milliseconds(20));
  Ask(ExampleShow());
  const auto question = NextQuestion();
  RunUntil([&] { return answers_[0] != "open"; });
  EXPECT_EQ(answers_[0], "nothing");

  ASSERT_TRUE(broker().Send(Answer(question.request, "/late")));
  ASSERT_TRUE(broker().Send(ExampleSettings()));
  RunUntil([&] { return settings_.size() == 2; });
  EXPECT_EQ(answers_[0], "nothing");
  EXPECT_TRUE(link_->connected());
}

TEST_F(BrokerLinkTest, QuestionsUnderWayEndWithTheConnection) {
  StartWithSettings();
  Ask(ExampleShow());
  Ask(ExampleShow());
  NextQuestion();
  broker().Close();
  RunUntil([&] { return lost_; });
  EXPECT_THAT(answers_, testing::ElementsAre("nothing", "nothing"));
  EXPECT_FALSE(link_->connected());
}

TEST_F(BrokerLinkTest, WithoutAConnectionEveryQuestionEndsAtOnce) {
  link_.emplace(io_, Options(std::chrono::seconds(20)));
  Ask(ExampleShow());
  EXPECT_EQ(answers_[0], "nothing");
}

TEST_F(BrokerLinkTest, BeforeSettingsNothingIsAsked) {
  Start();
  io_.poll();
  Ask(ExampleShow());
  EXPECT_EQ(answers_[0], "nothing");
}

TEST_F(BrokerLinkTest, AQuestionThatBreaksTheGrammarIsNotSent) {
  StartWithSettings();
  Ask(ExampleShow("not a code"));
  EXPECT_EQ(answers_[0], "nothing");
  Ask(ExampleShow("CCCCCCCC"));
  EXPECT_EQ(NextQuestion().user_code, "CCCCCCCC");
}

TEST_F(BrokerLinkTest, AMessageBeforeTheSettingsEndsTheConnection) {
  Start();
  ASSERT_TRUE(broker().Send(Answer(1, "/x")));
  RunUntil([&] { return lost_; });
}

TEST_F(BrokerLinkTest, AMalformedMessageEndsTheConnection) {
  for (const std::string& bytes : {std::string("\0\0\0\0", 4), std::string("\x7f\xff\xff\xff", 4),
                                   std::string("\0\0\0\1\x84", 5), std::string("\0\0\0\1\x01", 5)}) {
    pair_ = FakeBroker::Pair();
    lost_ = false;
    StartWithSettings();
    ASSERT_TRUE(broker().SendBytes(bytes));
    RunUntil([&] { return lost_; });
    EXPECT_FALSE(link_->connected());
  }
}

TEST_F(BrokerLinkTest, ABrokerThatDoesNotReadCannotFillTheMemory) {
  StartWithSettings();
  front_wire::Callback callback;
  callback.state = std::string(front_wire::kMaxParameter, 's');
  callback.code = std::string(front_wire::kMaxParameter, 'c');
  callback.browser_addr = "192.0.2.7";
  for (int i = 0; i < 1000; ++i) {
    Ask(callback);
  }
  EXPECT_EQ(answers_.front(), "open");
  EXPECT_EQ(answers_.back(), "nothing");
}

TEST_F(BrokerLinkTest, OnlyAUnixStreamSocketIsAdopted) {
  link_.emplace(io_, Options(std::chrono::seconds(20)));
  EXPECT_FALSE(link_->Adopt(base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))).has_value());
  EXPECT_FALSE(link_->Adopt(base::UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))).has_value());
  EXPECT_FALSE(link_->Adopt(base::UniqueFd()).has_value());
}

base::UniqueFd ListenOn(const std::string& path) {
  base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::listen(listener.get(), 4), 0);
  return listener;
}

TEST_F(BrokerLinkTest, ALinkToAPathConnectsAgainAfterEveryEnd) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/front.sock";
  link_.emplace(io_, Options(std::chrono::seconds(20)));
  link_->ConnectTo(path);
  io_.run_one_for(std::chrono::seconds(20));  // the first try finds nobody
  const base::UniqueFd listener = ListenOn(path);
  for (int i = 0; i < 2; ++i) {
    std::optional<FakeBroker> accepted;
    RunUntil([&] {
      const int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) {
        accepted.emplace(base::UniqueFd(fd));
      }
      return accepted.has_value();
    });
    ASSERT_TRUE(accepted->Send(ExampleSettings()));
    RunUntil([&] { return link_->connected(); });
    Ask(ExampleShow());
    accepted->Close();
    RunUntil([&] { return !link_->connected(); });
  }
  EXPECT_EQ(settings_.size(), 2U);
  EXPECT_THAT(answers_, testing::ElementsAre("nothing", "nothing"));
  EXPECT_FALSE(lost_);
}

}  // namespace
}  // namespace cis2::front
