// The server as a client sees it: real sockets on the loopback, bytes written and read by hand.
#include "broker/http/server.h"

#include "broker/http/tls.h"
#include "broker/http/tls_server.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_client.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <cstdint>
#include <future>
#include <mutex>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

namespace cis2::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::CertificateAndKey;
using tests::KeyKind;
using tests::RawClient;
using tests::TlsOffer;

Response Page(int status, std::string body) {
  return {.status = status, .headers = {{"X-Page", "fault"}}, .body = std::move(body)};
}

// One certificate of each kind for the whole program: keys take long to make.
CertificateAndKey MakeCertificate(KeyKind kind) {
  tests::CertificateSpec spec;
  spec.key = kind;
  spec.ip_addresses = {"127.0.0.1"};
  return tests::SelfSigned(spec);
}
const CertificateAndKey& RsaCertificate() {
  static const CertificateAndKey certificate = MakeCertificate(KeyKind::kRsa);
  return certificate;
}
const CertificateAndKey& EcdsaCertificate() {
  static const CertificateAndKey certificate = MakeCertificate(KeyKind::kEc);
  return certificate;
}

TlsIdentity IdentityOf(const CertificateAndKey& certificate) {
  return {.certificate_chain_pem = certificate.certificate_pem,
          .private_key_pem = base::Secret(certificate.key_pem)};
}

// Says what it got: "GET /path?query body=... peer=...".
Response Echo(const ServerRequest& request) {
  static constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "OTHER"};
  std::ostringstream text;
  text << kMethods[static_cast<int>(request.method)] << " " << request.path << "?" << request.query
       << " body=" << request.body << " peer=" << request.peer_address;
  return {.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = text.str()};
}

class ServerTest : public testing::Test {
 protected:
  // Everything about a Server happens on its own thread.
  template <class F>
  auto OnServerThread(F f) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto done = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return done.get();
  }

  ~ServerTest() override {
    OnServerThread([&] { server_.reset(); });
    work_.reset();
    thread_.join();
  }

  void Start(ServerLimits limits = {}, const CertificateAndKey* certificate = nullptr,
             const std::string& address = "127.0.0.1") {
    const bool ok = OnServerThread([&] {
      server_ = std::make_unique<Server>(
          io_,
          [this](ServerRequest request, Respond respond) { Handle(std::move(request), std::move(respond)); },
          [](int status) { return Page(status, "fault " + std::to_string(status)); }, limits);
      return (certificate == nullptr || server_->UseTls(IdentityOf(*certificate)).has_value()) &&
             server_->Listen(tests::ListenOnLoopback(address, &port_)).has_value();
    });
    ASSERT_TRUE(ok);
  }

  virtual void Handle(ServerRequest request, Respond respond) {
    ++handled_;
    if (handler_) {
      handler_(std::move(request), std::move(respond));
    } else {
      respond(Echo(request));
    }
  }

  std::string Exchange(std::string_view bytes) {
    RawClient client(port_);
    EXPECT_TRUE(client.Send(bytes));
    return client.ReadToEnd();
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_{[this] { io_.run(); }};
  std::unique_ptr<Server> server_;
  Handler handler_;
  std::atomic<int> handled_ = 0;
  std::uint16_t port_ = 0;
};

TEST_F(ServerTest, ARequestReachesTheHandlerAndItsAnswerTheClient) {
  Start();

  const std::string answer = Exchange("GET /l/X?a=%20b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Date: "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("GET /l/X?a=%20b body= peer=127.0.0.1"));
}

TEST_F(ServerTest, AConnectionServesSeveralRequestsAlsoPipelined) {
  Start();
  RawClient client(port_);

  ASSERT_TRUE(client.Send(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /3 "
      "HTTP/1.1\r\nHost: h\r\n\r\n"));

  EXPECT_THAT(client.ReadResponse(), HasSubstr("GET /1? body="));
  EXPECT_THAT(client.ReadResponse(), HasSubstr("POST /2? body=abc"));
  EXPECT_THAT(client.ReadResponse(), HasSubstr("GET /3? body="));
}

TEST_F(ServerTest, HeadIsAnsweredLikeGetWithoutBody) {
  Start();
  RawClient client(port_);

  ASSERT_TRUE(client.Send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n"));

  const std::string head = client.ReadResponse(RawClient::Body::kNone);
  EXPECT_THAT(head, HasSubstr("Content-Length: 29\r\n"));
  EXPECT_THAT(head, testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(client.ReadResponse(), HasSubstr("GET /y?"));
}

TEST_F(ServerTest, ChunkedBodiesArrivePutTogether) {
  Start();
  EXPECT_THAT(
      Exchange("POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
               "3\r\nabc\r\n2;e=1\r\nde\r\n0\r\n\r\n"),
      HasSubstr("body=abcde"));
}

TEST_F(ServerTest, AClientThatWaitsForContinueIsToldToSend) {
  Start();
  RawClient client(port_);
  ASSERT_TRUE(
      client.Send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse(), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(client.Send("hi"));
  EXPECT_THAT(client.ReadResponse(), HasSubstr("body=hi"));
}

TEST_F(ServerTest, Http10IsAnsweredAndClosed) {
  Start();
  const std::string answer = Exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST_F(ServerTest, TheAbsoluteFormIsServedByItsPath) {
  Start();
  EXPECT_THAT(Exchange("GET https://other.example/p?q HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              HasSubstr("GET /p?q"));
}

TEST_F(ServerTest, OtherMethodsReachTheHandlerAsOther) {
  Start();
  EXPECT_THAT(Exchange("BREW / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), HasSubstr("OTHER /?"));
  EXPECT_THAT(Exchange("get / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), HasSubstr("OTHER /?"));
}

struct BadRequest {
  const char* name;
  std::string bytes;
  int status;
};

void PrintTo(const BadRequest& request, std::ostream* out) { *out << request.name; }

class BadRequestTest : public ServerTest, public testing::WithParamInterface<BadRequest> {};

// The second request of each must not be answered: nobody knows where it begins.
TEST_P(BadRequestTest, IsAnsweredByTheFaultPageAndClosed) {
  Start();

  const std::string answer = Exchange(GetParam().bytes + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(GetParam().status) + " "));
  EXPECT_THAT(answer, HasSubstr("X-Page: fault\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("/smuggled")));
  EXPECT_EQ(handled_, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, BadRequestTest,
    testing::Values(
        BadRequest{"Garbage", "\x16\x03\x01 nonsense\r\n\r\n", 400},
        BadRequest{"BareLineFeeds", "GET / HTTP/1.1\nHost: h\n\n", 400},
        BadRequest{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        BadRequest{"TwoHosts", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400},
        BadRequest{
            "LengthAndChunked",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400},
        BadRequest{
            "ChunkedAndLength",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            400},
        BadRequest{"UnknownCoding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 400},
        BadRequest{"TwoLengths",
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", 400},
        BadRequest{"ListOfLengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0, 0\r\n\r\n", 400},
        BadRequest{"SpaceBeforeColon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
        BadRequest{"ChunkSizeNotHex",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
                   400},
        BadRequest{"ChunkLongerThanItsSize",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
                   400},
        BadRequest{"ChunkWithBareLineFeed",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
                   400},
        BadRequest{
            "ChunkSizeBeyond64Bits",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n",
            400},
        BadRequest{"Trailer",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nCookie: a=b\r\n\r\n",
                   400},
        BadRequest{"Connect", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"RelativeTarget", "GET l/X HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"Fragment", "GET /#x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        BadRequest{"NoVersion", "GET /\r\n\r\n", 400},
        BadRequest{"UnknownExpectation", "GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n", 417},
        BadRequest{"HeaderTooLong",
                   "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n", 431},
        BadRequest{"BodyTooLong", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16385\r\n\r\n", 413},
        BadRequest{"ChunksTooLong",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4001\r\n" +
                       std::string(0x4001, 'x') + "\r\n0\r\n\r\n",
                   413},
        BadRequest{"LengthBeyond64Bits",
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551617\r\n\r\n", 400}),
    [](const auto& param_info) { return param_info.param.name; });

TEST_F(ServerTest, ABodyAtTheLimitIsAccepted) {
  Start({.max_body = 10});
  EXPECT_THAT(
      Exchange("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789"),
      HasSubstr("body=0123456789"));
}

TEST_F(ServerTest, AClientThatGoesInTheMiddleOfARequestIsForgotten) {
  Start();
  {
    RawClient client(port_);
    ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHo"));
  }
  EXPECT_THAT(Exchange("GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), HasSubstr("GET /next"));
  EXPECT_EQ(handled_, 1);
}

TEST_F(ServerTest, ASlowRequestIsClosedAtItsDeadlineHoweverOftenItSendsAByte) {
  Start({.request_timeout = std::chrono::seconds(1)});
  RawClient client(port_);
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\nX-Slow: "));
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(handled_, 0);
}

// More than the socket's buffers hold, so that the server has to wait for the client.
TEST_F(ServerTest, AClientThatDoesNotReadItsAnswerIsClosed) {
  Start({.max_connections = 1, .request_timeout = std::chrono::seconds(1)});
  handler_ = [](ServerRequest, Respond respond) {
    respond(Page(200, std::string(std::size_t{64} << 20, 'x')));
  };
  RawClient client(port_);
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  std::string answer;
  while (answer.empty()) {
    answer = RawClient(port_).ReadFirstByte("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  EXPECT_EQ(answer, "H");
}

TEST_F(ServerTest, AnIdleConnectionIsClosed) {
  Start({.idle_timeout = std::chrono::seconds(1)});
  RawClient client(port_);
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(ServerTest, AHandlerThatNeverAnswersIsAnsweredFor) {
  Start({.handler_timeout = std::chrono::seconds(1)});
  std::vector<Respond> kept;
  handler_ = [&](ServerRequest, Respond respond) { kept.push_back(std::move(respond)); };

  const std::string answer = Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  OnServerThread([&] { kept.at(0)(Page(200, "too late")); });
}

TEST_F(ServerTest, AnAnswerMayComeLaterAndOnlyTheFirstCounts) {
  Start();
  std::promise<Respond> asked;
  handler_ = [&](ServerRequest, Respond respond) { asked.set_value(std::move(respond)); };
  RawClient client(port_);
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  const Respond respond = asked.get_future().get();

  OnServerThread([&] {
    respond(Page(200, "first"));
    respond(Page(200, "second"));
  });

  EXPECT_THAT(client.ReadResponse(), testing::EndsWith("first"));
}

TEST_F(ServerTest, AnAnswerForAClientThatIsGoneIsDropped) {
  Start();
  std::promise<Respond> asked;
  handler_ = [&](ServerRequest, Respond respond) { asked.set_value(std::move(respond)); };
  {
    RawClient client(port_);
    ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    const Respond respond = asked.get_future().get();
    handler_ = nullptr;
    asked = {};
    asked.set_value(respond);
  }
  OnServerThread([&] { asked.get_future().get()(Page(200, "nobody there")); });
  EXPECT_THAT(Exchange("GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), HasSubstr("GET /next"));
}

TEST_F(ServerTest, AHeaderThatWouldBeginAnotherLineIsNeverWritten) {
  Start();
  handler_ = [](ServerRequest, Respond respond) {
    respond({.status = 303, .headers = {{"Location", "/x\r\nSet-Cookie: stolen"}}, .body = ""});
  };
  const std::string answer = Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("stolen")));
}

TEST_F(ServerTest, FramingHeadersOfTheHandlerAreReplacedByTheServers) {
  Start();
  handler_ = [](ServerRequest, Respond respond) {
    respond({.status = 200,
             .headers = {{"content-length", "1"}, {"Transfer-Encoding", "chunked"}},
             .body = "abc"});
  };
  const std::string answer = Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
}

TEST_F(ServerTest, HeadersThatRepeatAreAllWritten) {
  Start();
  handler_ = [](ServerRequest, Respond respond) {
    respond({.status = 200, .headers = {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}}, .body = ""});
  };
  const std::string answer = Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: a=1\r\n"));
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: b=2\r\n"));
}

TEST_F(ServerTest, ConnectionsOfOneAddressAreLimited) {
  Start({.max_connections = 10, .max_connections_per_address = 2});
  RawClient first(port_);
  RawClient second(port_);
  ASSERT_TRUE(first.Send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_TRUE(second.Send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(first.ReadResponse(), HasSubstr("GET /1"));
  EXPECT_THAT(second.ReadResponse(), HasSubstr("GET /2"));

  RawClient third(port_);
  EXPECT_EQ(third.ReadToEnd(), "");
  RawClient neighbour(port_, "127.0.0.1", "127.0.0.9");
  ASSERT_TRUE(neighbour.Send("GET /n HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(neighbour.ReadResponse(), HasSubstr("peer=127.0.0.9"));
}

TEST_F(ServerTest, AConnectionThatEndsMakesRoom) {
  Start({.max_connections = 1, .max_connections_per_address = 1});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), HasSubstr("200 OK")) << i;
    OnServerThread([] {});  // lets the connection's coroutine end
  }
}

TEST_F(ServerTest, ConnectionsInAllAreLimited) {
  Start({.max_connections = 1, .max_connections_per_address = 10});
  RawClient first(port_);
  ASSERT_TRUE(first.Send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(first.ReadResponse(), HasSubstr("GET /1"));
  RawClient second(port_, "127.0.0.1", "127.0.0.9");
  EXPECT_EQ(second.ReadToEnd(), "");
}

TEST_F(ServerTest, AnIpv4ClientOfABothFamiliesSocketIsShownAsIpv4) {
  Start({}, nullptr, "::");
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              HasSubstr("peer=127.0.0.1"));
  RawClient v6(port_, "::1");
  ASSERT_TRUE(v6.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(v6.ReadResponse(), HasSubstr("peer=::1"));
}

TEST_F(ServerTest, StopClosesEveryConnectionAndTheListener) {
  Start();
  RawClient idle(port_);
  ASSERT_TRUE(idle.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(idle.ReadResponse(), HasSubstr("200 OK"));
  std::promise<void> asked;
  handler_ = [&](ServerRequest, Respond) { asked.set_value(); };
  RawClient waiting(port_);
  ASSERT_TRUE(waiting.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  asked.get_future().get();

  OnServerThread([&] { server_->Stop(); });

  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_EQ(waiting.ReadToEnd(), "");
  EXPECT_FALSE(RawClient(port_).connected());
}

// A listening Unix socket without a name in the file system, and how to reach it.
struct LocalListener {
  base::UniqueFd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  socklen_t size = sizeof(sa_family_t);

  LocalListener() {
    address.sun_family = AF_UNIX;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ::bind(listener.get(), generic, size);  // the kernel picks one
    ::listen(listener.get(), 8);
    size = sizeof(address);
    ::getsockname(listener.get(), generic, &size);
  }
  [[nodiscard]] RawClient Connect() const {
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size);
    return RawClient(std::move(fd));
  }
};

TEST_F(ServerTest, AUnixSocketIsServedToo) {
  LocalListener local;
  Start({.max_connections_per_address = 1});
  ASSERT_TRUE(OnServerThread([&] { return server_->Listen(std::move(local.listener)).has_value(); }));
  RawClient client = local.Connect();
  ASSERT_TRUE(client.Send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_THAT(client.ReadResponse(), HasSubstr("GET /x?"));
  // All who come by it count as one address, and nobody else does.
  RawClient second = local.Connect();
  EXPECT_EQ(second.ReadToEnd(), "");
  EXPECT_THAT(Exchange("GET /y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              HasSubstr("peer=127.0.0.1"));
}

TEST_F(ServerTest, ListenRefusesWhatIsNotAListeningSocket) {
  Start();
  OnServerThread([&] {
    EXPECT_FALSE(
        server_->Listen(base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))).has_value());
    EXPECT_FALSE(
        server_->Listen(base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))).has_value());
    EXPECT_FALSE(server_->Listen(base::UniqueFd()).has_value());
  });
}

// --- TLS

class TlsTest : public ServerTest {
 protected:
  bool Accepts(const TlsOffer& offer) {
    RawClient client(port_);
    return client.StartTls(offer);
  }
};

TEST_F(TlsTest, ARequestIsAnsweredOverTls) {
  Start({}, &RsaCertificate());
  RawClient client(port_);
  ASSERT_TRUE(client.StartTls({.alpn = "\x08http/1.1"}));
  ASSERT_TRUE(client.Send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("GET /x?"));
  EXPECT_EQ(::SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

TEST_F(TlsTest, VersionsBelow12AreRefused) {
  Start({}, &RsaCertificate());
  EXPECT_FALSE(
      Accepts({.min_version = TLS1_VERSION, .max_version = TLS1_VERSION, .suites = "ALL:@SECLEVEL=0"}));
  EXPECT_FALSE(
      Accepts({.min_version = TLS1_1_VERSION, .max_version = TLS1_1_VERSION, .suites = "ALL:@SECLEVEL=0"}));
  EXPECT_TRUE(Accepts({.min_version = TLS1_2_VERSION, .max_version = TLS1_2_VERSION}));
  EXPECT_TRUE(Accepts({.min_version = TLS1_3_VERSION, .max_version = TLS1_3_VERSION}));
}

// Every suite of TLS 1.2 that OpenSSL has, against each kind of certificate.
TEST_F(TlsTest, OfTls12ExactlyTheSuitesThatFitTheCertificateAreAccepted) {
  const base::CHandle<SSL_CTX, SSL_CTX_free> context(::SSL_CTX_new(::TLS_client_method()));
  ::SSL_CTX_set_security_level(context.get(), 0);
  ASSERT_EQ(::SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), 1);
  const STACK_OF(SSL_CIPHER)* all = ::SSL_CTX_get_ciphers(context.get());
  for (const auto* certificate : {&RsaCertificate(), &EcdsaCertificate()}) {
    if (server_) {
      OnServerThread([&] { EXPECT_TRUE(server_->UseTls(IdentityOf(*certificate)).has_value()); });
    } else {
      Start({.max_connections_per_address = 1000}, certificate);
    }
    std::set<std::string> accepted;
    for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
      const std::string name = ::SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));
      if (Accepts({.max_version = TLS1_2_VERSION, .suites = name + ":@SECLEVEL=0"})) {
        accepted.insert(name);
      }
    }
    const std::string kind = certificate == &RsaCertificate() ? "ECDHE-RSA-" : "ECDHE-ECDSA-";
    EXPECT_THAT(accepted, testing::ElementsAre(kind + "AES128-GCM-SHA256", kind + "AES256-GCM-SHA384"));
  }
}

TEST_F(TlsTest, OfTls13TheTwoAesGcmSuitesAreAccepted) {
  Start({}, &RsaCertificate());
  const auto accepts = [&](const char* suite) {
    return Accepts({.min_version = TLS1_3_VERSION, .suites13 = suite});
  };
  EXPECT_TRUE(accepts("TLS_AES_256_GCM_SHA384"));
  EXPECT_TRUE(accepts("TLS_AES_128_GCM_SHA256"));
  EXPECT_FALSE(accepts("TLS_CHACHA20_POLY1305_SHA256"));
  EXPECT_FALSE(accepts("TLS_AES_128_CCM_SHA256"));
  EXPECT_FALSE(accepts("TLS_AES_128_CCM_8_SHA256"));
}

TEST_F(TlsTest, TheServersOrderOfSuitesCounts) {
  Start({}, &RsaCertificate());
  RawClient old_client(port_);
  ASSERT_TRUE(old_client.StartTls(
      {.max_version = TLS1_2_VERSION, .suites = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"}));
  EXPECT_STREQ(::SSL_get_cipher_name(old_client.ssl()), "ECDHE-RSA-AES256-GCM-SHA384");
  RawClient client(port_);
  ASSERT_TRUE(client.StartTls({.suites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"}));
  EXPECT_STREQ(::SSL_get_cipher_name(client.ssl()), "TLS_AES_256_GCM_SHA384");
}

TEST_F(TlsTest, AlpnIsHttp11OrNothing) {
  Start({}, &RsaCertificate());
  RawClient both(port_);
  ASSERT_TRUE(both.StartTls({.alpn = "\x02h2\x08http/1.1"}));
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  ::SSL_get0_alpn_selected(both.ssl(), &name, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(name), size), "http/1.1");
  EXPECT_FALSE(Accepts({.alpn = "\x02h2"}));
  EXPECT_FALSE(Accepts({.alpn = "\x04smtp"}));
}

TEST_F(TlsTest, RenegotiationIsRefused) {
  Start({}, &RsaCertificate());
  RawClient client(port_);
  ASSERT_TRUE(client.StartTls({.max_version = TLS1_2_VERSION}));
  ASSERT_EQ(::SSL_renegotiate(client.ssl()), 1);
  EXPECT_NE(::SSL_do_handshake(client.ssl()), 1);
}

TEST_F(TlsTest, SessionsAreNotResumed) {
  Start({}, &RsaCertificate());
  RawClient client(port_);
  ASSERT_TRUE(client.StartTls({.max_version = TLS1_2_VERSION}));
  EXPECT_FALSE(::SSL_SESSION_has_ticket(::SSL_get0_session(client.ssl())));
  EXPECT_EQ(::SSL_SESSION_get_compress_id(::SSL_get0_session(client.ssl())), 0U);
  unsigned int id_size = 0;
  ::SSL_SESSION_get_id(::SSL_get0_session(client.ssl()), &id_size);
  EXPECT_EQ(id_size, 0U);
}

TEST_F(TlsTest, PlainHttpAndGarbageOnATlsPortGetNothing) {
  Start({}, &RsaCertificate());
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), Not(HasSubstr("HTTP/1.1")));
  EXPECT_THAT(Exchange(std::string(100, '\0')), Not(HasSubstr("HTTP/1.1")));
  EXPECT_TRUE(Accepts({}));
}

TEST_F(TlsTest, AHandshakeThatStandsStillIsClosed) {
  Start({.request_timeout = std::chrono::seconds(1)}, &RsaCertificate());
  RawClient client(port_);
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(TlsTest, ANewCertificateIsForLaterConnections) {
  Start({}, &RsaCertificate());
  RawClient before(port_);
  ASSERT_TRUE(before.StartTls());

  OnServerThread([&] { EXPECT_TRUE(server_->UseTls(IdentityOf(EcdsaCertificate())).has_value()); });

  ASSERT_TRUE(before.Send("GET /still HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(before.ReadToEnd(), HasSubstr("GET /still"));
  RawClient after(port_);
  ASSERT_TRUE(after.StartTls());
  const base::CHandle<X509, X509_free> shown(::SSL_get1_peer_certificate(after.ssl()));
  EXPECT_EQ(::EVP_PKEY_get_base_id(::X509_get0_pubkey(shown.get())), EVP_PKEY_EC);
}

TEST_F(TlsTest, ABadNewCertificateLeavesTheOldOneInUse) {
  Start({}, &RsaCertificate());
  OnServerThread([&] { EXPECT_FALSE(server_->UseTls({}).has_value()); });
  EXPECT_TRUE(Accepts({}));
}

// The same key under a passphrase.
std::string Encrypted(const std::string& key_pem) {
  const base::CHandle<BIO, BIO_free_all> in(
      ::BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const base::CHandle<EVP_PKEY, EVP_PKEY_free> key(
      ::PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  const base::CHandle<BIO, BIO_free_all> out(::BIO_new(::BIO_s_mem()));
  ::PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), "passphrase", 10, nullptr,
                                  nullptr);
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

TEST(MakeTlsContextTest, RefusesWhatCannotServe) {
  const auto message = [](const std::string& certificate, const std::string& key) {
    auto context =
        MakeTlsContext({.certificate_chain_pem = certificate, .private_key_pem = base::Secret(key)});
    return context ? std::string("accepted") : context.error().message;
  };
  const CertificateAndKey& rsa = RsaCertificate();

  EXPECT_EQ(message(rsa.certificate_pem, rsa.key_pem), "accepted");
  EXPECT_THAT(message("nonsense", rsa.key_pem), StartsWith("the certificate of the pages cannot be used"));
  EXPECT_THAT(message(rsa.certificate_pem, "nonsense"), StartsWith("the key of the pages cannot be read"));
  EXPECT_THAT(message(rsa.certificate_pem, Encrypted(rsa.key_pem)),
              StartsWith("the key of the pages cannot be read"));
  EXPECT_THAT(message(rsa.certificate_pem, EcdsaCertificate().key_pem), Not("accepted"));
}

TEST(MakeTlsContextTest, CompressionAndRenegotiationAreOff) {
  const auto context = MakeTlsContext(IdentityOf(EcdsaCertificate()));
  ASSERT_TRUE(context.has_value());
  const auto options = ::SSL_CTX_get_options((*context)->native_handle());
  EXPECT_NE(options & SSL_OP_NO_COMPRESSION, 0U);
  EXPECT_NE(options & SSL_OP_NO_RENEGOTIATION, 0U);
}

}  // namespace
}  // namespace cis2::http
