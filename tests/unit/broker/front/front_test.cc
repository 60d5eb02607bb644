// The whole front in one process: TLS clients on one side, a broker spoken by the test on the other.
#include "broker/front/front.h"

#include "tests/support/certificates.h"
#include "tests/support/fake_front_broker.h"
#include "tests/support/raw_client.h"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <future>
#include <thread>

namespace cis2::front {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using tests::CertificateAndKey;
using tests::KeyKind;
using tests::RawClient;

constexpr const char* kGetLogin = "GET /l/BCDF-GHJK HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

CertificateAndKey MakeCertificate(KeyKind kind) {
  tests::CertificateSpec spec;
  spec.key = kind;
  return tests::SelfSigned(spec);
}

front_wire::Settings SettingsWith(const CertificateAndKey& certificate) {
  front_wire::Settings settings;
  settings.public_url = "https://server.example:8443";
  settings.form_action_origin = "https://am.example:443";
  settings.certificate_chain_pem = certificate.certificate_pem;
  settings.private_key_pem = certificate.key_pem;
  return settings;
}

class FrontTest : public testing::Test {
 protected:
  FrontTest() : pair_(tests::FakeFrontBroker::Pair()) {
    base::UniqueFd listener = tests::ListenOnLoopback("127.0.0.1", &port_);
    std::vector<base::UniqueFd> listeners;
    listeners.push_back(std::move(listener));
    thread_ = std::thread([this, sockets = std::move(listeners)]() mutable { Run(std::move(sockets)); });
  }
  ~FrontTest() override {
    boost::asio::post(io_, [this] { io_.stop(); });
    thread_.join();
  }

  void Run(std::vector<base::UniqueFd> listeners) {
    Front front({.io = io_,
                 .clock = clock_,
                 .random = random_,
                 .listeners = std::move(listeners),
                 .request_timeout = std::chrono::seconds(20),
                 .on_end = [this](const std::string& why) { ended_.set_value(why); }});
    EXPECT_TRUE(front.UseBrokerFd(std::move(pair_.second)).has_value());
    io_.run();
    front.Stop();
  }

  // A request over TLS whose answer comes when the broker has answered.
  std::unique_ptr<RawClient> Ask(const char* request) {
    auto client = std::make_unique<RawClient>(port_);
    EXPECT_TRUE(client->StartTls());
    EXPECT_TRUE(client->Send(request));
    return client;
  }
  tests::FakeFrontBroker& broker() { return pair_.first; }

  boost::asio::io_context io_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  std::pair<tests::FakeFrontBroker, base::UniqueFd> pair_;
  std::promise<std::string> ended_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(FrontTest, AQuestionGoesToTheBrokerAndItsAnswerToTheBrowser) {
  ASSERT_TRUE(broker().Send(SettingsWith(MakeCertificate(KeyKind::kEc))));
  const auto client = Ask(kGetLogin);
  const auto show = broker().Expect<front_wire::ShowLogin>();
  EXPECT_EQ(show.user_code, "BCDFGHJK");
  EXPECT_EQ(show.browser_addr, "127.0.0.1");

  front_wire::Page page;
  page.request = show.request;
  page.outcome = front_wire::PageOutcome::kPending;
  page.host = "server";
  ASSERT_TRUE(broker().Send(page));

  const std::string answer = client->ReadToEnd();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: __Host-cis2-BCDFGHJK="));
  EXPECT_THAT(answer, HasSubstr("data-outcome=\"pending\""));
}

// A slow provider must not end a callback with a fault page while the login goes on.
TEST_F(FrontTest, NobodyGivesUpBeforeTheBrokerWould) {
  const FrontParts defaults{
      .io = io_, .clock = clock_, .random = random_, .listeners = {}, .on_end = nullptr};
  EXPECT_GT(defaults.request_timeout, front_wire::kLongestWait);
  EXPECT_GT(LimitsFor({}, defaults.request_timeout).handler_timeout, defaults.request_timeout);
}

TEST_F(FrontTest, AConnectionThatComesBeforeTheSettingsWaits) {
  RawClient early(port_);
  ASSERT_TRUE(early.connected());
  ASSERT_TRUE(broker().Send(SettingsWith(MakeCertificate(KeyKind::kEc))));
  ASSERT_TRUE(early.StartTls());
  ASSERT_TRUE(early.Send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(early.ReadToEnd(), HasSubstr("200 OK"));
}

TEST_F(FrontTest, NewSettingsReplaceTheCertificateAndTheHeaders) {
  ASSERT_TRUE(broker().Send(SettingsWith(MakeCertificate(KeyKind::kEc))));
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")->ReadToEnd(),
              HasSubstr("Strict-Transport-Security"));

  front_wire::Settings changed = SettingsWith(MakeCertificate(KeyKind::kRsa));
  changed.hsts = false;
  ASSERT_TRUE(broker().Send(changed));
  int kind = EVP_PKEY_EC;
  std::string answer;
  while (kind != EVP_PKEY_RSA) {
    const auto client = Ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const base::CHandle<X509, X509_free> shown(::SSL_get1_peer_certificate(client->ssl()));
    ASSERT_NE(shown, nullptr);
    kind = ::EVP_PKEY_get_base_id(::X509_get0_pubkey(shown.get()));
    answer = client->ReadToEnd();
  }
  EXPECT_THAT(answer, testing::Not(HasSubstr("Strict-Transport-Security")));
}

TEST_F(FrontTest, ANewCertificateThatCannotBeUsedLeavesTheOldOne) {
  ASSERT_TRUE(broker().Send(SettingsWith(MakeCertificate(KeyKind::kEc))));
  front_wire::Settings bad = SettingsWith(MakeCertificate(KeyKind::kEc));
  bad.private_key_pem = "nonsense";
  ASSERT_TRUE(broker().Send(bad));
  EXPECT_THAT(Ask("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")->ReadToEnd(),
              HasSubstr("200 OK"));
}

TEST_F(FrontTest, AFirstCertificateThatCannotBeUsedEndsTheFront) {
  front_wire::Settings bad = SettingsWith(MakeCertificate(KeyKind::kEc));
  bad.private_key_pem = "nonsense";
  ASSERT_TRUE(broker().Send(bad));
  EXPECT_THAT(ended_.get_future().get(), StartsWith("the key of the pages cannot be read"));
}

TEST_F(FrontTest, WhenTheBrokerGoesBrowsersAreToldAndTheFrontEnds) {
  ASSERT_TRUE(broker().Send(SettingsWith(MakeCertificate(KeyKind::kEc))));
  const auto client = Ask(kGetLogin);
  broker().Expect<front_wire::ShowLogin>();

  broker().Close();

  const std::string answer = client->ReadToEnd();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("data-outcome=\"unavailable\""));
  EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'"));
  EXPECT_EQ(ended_.get_future().get(), "the broker is gone");
}

TEST_F(FrontTest, FaultsBelowTheHandlerHaveTheHeadersOfAPage) {
  ASSERT_TRUE(broker().Send(SettingsWith(MakeCertificate(KeyKind::kEc))));
  for (const char* request :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "POST /l/BCDF-GHJK/continue HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\n"}) {
    const std::string answer = Ask(request)->ReadToEnd();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 4"));
    for (const char* header : {"Cache-Control: no-store\r\n", "Content-Security-Policy: default-src 'none'",
                               "Referrer-Policy: no-referrer\r\n", "X-Content-Type-Options: nosniff\r\n",
                               "X-Frame-Options: DENY\r\n", "Strict-Transport-Security: max-age=31536000\r\n",
                               "Permissions-Policy: ", "Cross-Origin-Opener-Policy: same-origin\r\n"}) {
      EXPECT_THAT(answer, HasSubstr(header)) << request;
    }
  }
}

}  // namespace
}  // namespace cis2::front
