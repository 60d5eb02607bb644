// The client against a real TLS server on loopback. Each refusal comes with proof that the server does speak
// what was refused.
#include "broker/http/curl_client.h"

#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <mutex>
#include <sys/socket.h>

namespace cis2::http {
namespace {

using namespace std::chrono_literals;
using tests::CertificateAuthority;
using tests::CertificateSpec;
using tests::KeyKind;
using tests::LaxHandshake;
using tests::RawAnswer;
using tests::TlsServer;
using tests::TlsServerSpec;

std::string Answer(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

RawAnswer Always(const std::string& bytes) {
  return [bytes](const std::string&) { return bytes; };
}

// Sets a variable of the environment for one test.
class ScopedEnvironment {
 public:
  ScopedEnvironment(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~ScopedEnvironment() { ::unsetenv(name_); }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  const char* name_;
};

class CurlClientTest : public testing::Test {
 protected:
  static const CertificateAuthority& Root() {
    static const CertificateAuthority root;
    return root;
  }
  static CertificateSpec Loopback(KeyKind key = KeyKind::kEc) {
    CertificateSpec spec;
    spec.ip_addresses = {"127.0.0.1"};
    spec.key = key;
    return spec;
  }
  static TlsServerSpec Server(const CertificateSpec& certificate = Loopback()) {
    TlsServerSpec spec;
    spec.identity = Root().Issue(certificate);
    return spec;
  }
  ClientSettings Settings() const {
    return {.ca_file = folder_.Write("root.pem", Root().CertificatePem()), .proxy = "", .timeout = 10s};
  }
  ClientResult Get(const TlsServer& server) const { return Get(server.Url("/x")); }
  ClientResult Get(const std::string& url) const {
    return CurlClient(Settings()).Send(ClientRequest(Method::kGet, url));
  }
  // The fault of a request to a server that would have answered.
  std::optional<TransportFault> FaultOf(const ClientResult& result) const {
    return result ? std::nullopt : std::optional(result.error().fault);
  }

  tests::TempDir folder_;
};

TEST_F(CurlClientTest, AnswersWithStatusHeadersAndBody) {
  const TlsServer server(Server(), Always(Answer("{}", "Cache-Control:  max-age=60 \r\n")));
  const auto result = Get(server);
  ASSERT_TRUE(result.has_value()) << result.error().detail;
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->body, "{}");
  EXPECT_EQ(FindHeader(result->headers, "cache-control"), "max-age=60");
  EXPECT_EQ(FindHeader(result->headers, "content-type"), "application/json");
}

TEST_F(CurlClientTest, AnErrorStatusIsAnAnswer) {
  const TlsServer server(Server(), Always("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"));
  const auto result = Get(server);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status, 503);
  EXPECT_EQ(result->body, "no");
}

TEST_F(CurlClientTest, PostsTheBodyAndTheHeadersOnce) {
  std::mutex mutex;
  std::string seen;
  const TlsServer server(Server(), [&](const std::string& request) {
    const std::lock_guard lock(mutex);
    seen = request;
    return Answer("{}");
  });
  ClientRequest request(Method::kPost, server.Url("/realms/a/../b?q=1"));
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Authorization", "Basic eA=="}};
  request.body = "a=1&b=2";
  ASSERT_TRUE(CurlClient(Settings()).Send(request).has_value());
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(seen.starts_with("POST /realms/a/../b?q=1 HTTP/1.1\r\n")) << seen;  // the URL is not rewritten
  EXPECT_TRUE(seen.ends_with("\r\n\r\na=1&b=2")) << seen;
  EXPECT_NE(seen.find("\r\nAuthorization: Basic eA==\r\n"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("Accept-Encoding"), std::string::npos) << seen;
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlClientTest, AHeaderWithALineBreakIsNotSent) {
  const TlsServer server(Server(), Always(Answer("{}")));
  ClientRequest request(Method::kGet, server.Url("/x"));
  request.headers = {{"Authorization", "Bearer x\r\nX-Injected: 1"}};
  EXPECT_EQ(FaultOf(CurlClient(Settings()).Send(request)), TransportFault::kUnreachable);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(CurlClientTest, InterimAnswersLeaveNoHeaders) {
  const TlsServer server(
      Server(), Always("HTTP/1.1 103 Early Hints\r\nContent-Type: text/plain\r\n\r\n" + Answer("{}")));
  const auto result = Get(server);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(FindHeader(result->headers, "content-type"), "application/json");
}

TEST_F(CurlClientTest, EachRequestHasItsOwnConnection) {
  const TlsServer server(Server(), Always(Answer("{}")));
  CurlClient client(Settings());
  ASSERT_TRUE(client.Send(ClientRequest(Method::kGet, server.Url("/1"))).has_value());
  ASSERT_TRUE(client.Send(ClientRequest(Method::kGet, server.Url("/2"))).has_value());
  EXPECT_EQ(server.connections(), 2);
}

// --- TLS versions and suites: security considerations of CIS2, RFC 9325

TEST_F(CurlClientTest, Tls11IsRefused) {
  TlsServerSpec spec = Server();
  spec.min_version = TLS1_1_VERSION;
  spec.max_version = TLS1_1_VERSION;
  const TlsServer server(spec, Always(Answer("{}")));
  EXPECT_EQ(LaxHandshake(server.port()).value_or("").substr(0, 7), "TLSv1.1");
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
  EXPECT_EQ(server.requests(), 0);
}

class CurlClientSuiteTest : public CurlClientTest,
                            public testing::WithParamInterface<std::pair<const char*, KeyKind>> {
 protected:
  TlsServerSpec Spec() const {
    TlsServerSpec spec = Server(Loopback(GetParam().second));
    spec.max_version = TLS1_2_VERSION;
    spec.tls12_ciphers = GetParam().first;
    return spec;
  }
};

using AllowedSuiteTest = CurlClientSuiteTest;
TEST_P(AllowedSuiteTest, IsSpokenWithTls12) {
  const TlsServer server(Spec(), Always(Answer("{}")));
  EXPECT_TRUE(Get(server).has_value());
}
INSTANTIATE_TEST_SUITE_P(TheFour, AllowedSuiteTest,
                         testing::Values(std::pair("ECDHE-ECDSA-AES256-GCM-SHA384", KeyKind::kEc),
                                         std::pair("ECDHE-RSA-AES256-GCM-SHA384", KeyKind::kRsa),
                                         std::pair("ECDHE-ECDSA-AES128-GCM-SHA256", KeyKind::kEc),
                                         std::pair("ECDHE-RSA-AES128-GCM-SHA256", KeyKind::kRsa)));

using OtherSuiteTest = CurlClientSuiteTest;
TEST_P(OtherSuiteTest, IsRefusedWithTls12) {
  const TlsServer server(Spec(), Always(Answer("{}")));
  EXPECT_EQ(LaxHandshake(server.port()), std::string("TLSv1.2 ") + GetParam().first);
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
  EXPECT_EQ(server.requests(), 0);
}
INSTANTIATE_TEST_SUITE_P(Others, OtherSuiteTest,
                         testing::Values(std::pair("ECDHE-ECDSA-CHACHA20-POLY1305", KeyKind::kEc),
                                         std::pair("ECDHE-ECDSA-AES128-SHA256", KeyKind::kEc),
                                         std::pair("ECDHE-RSA-CHACHA20-POLY1305", KeyKind::kRsa),
                                         std::pair("ECDHE-RSA-AES256-SHA", KeyKind::kRsa),
                                         std::pair("AES256-GCM-SHA384", KeyKind::kRsa)));

TEST_F(CurlClientTest, Tls13IsSpoken) {
  TlsServerSpec spec = Server();
  spec.min_version = TLS1_3_VERSION;
  const TlsServer server(spec, Always(Answer("{}")));
  EXPECT_TRUE(Get(server).has_value());
}

TEST_F(CurlClientTest, Tls13WithAnotherSuiteIsRefused) {
  TlsServerSpec spec = Server();
  spec.min_version = TLS1_3_VERSION;
  spec.tls13_ciphers = "TLS_CHACHA20_POLY1305_SHA256";
  const TlsServer server(spec, Always(Answer("{}")));
  EXPECT_EQ(LaxHandshake(server.port()), "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256");
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
}

// --- the server's name and certificate: RFC 6125

TEST_F(CurlClientTest, AnotherNameIsRefused) {
  CertificateSpec other;
  other.dns_names = {"other.example"};
  other.ip_addresses = {"127.0.0.2"};
  const TlsServer server(Server(other), Always(Answer("{}")));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(CurlClientTest, TheNameOfAHostIsChecked) {
  CertificateSpec named;
  named.dns_names = {"localhost"};
  const TlsServer server(Server(named), Always(Answer("{}")));
  EXPECT_TRUE(Get("https://localhost:" + std::to_string(server.port()) + "/x").has_value());
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
}

TEST_F(CurlClientTest, AnExpiredCertificateIsRefused) {
  CertificateSpec expired = Loopback();
  expired.begins = -2h;
  expired.ends = -1h;
  const TlsServer server(Server(expired), Always(Answer("{}")));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
}

TEST_F(CurlClientTest, ACertificateThatIsNotValidYetIsRefused) {
  CertificateSpec early = Loopback();
  early.begins = 1h;
  early.ends = 2h;
  const TlsServer server(Server(early), Always(Answer("{}")));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
}

TEST_F(CurlClientTest, ASelfSignedCertificateIsRefused) {
  TlsServerSpec spec;
  spec.identity = tests::SelfSigned(Loopback());
  const TlsServer server(spec, Always(Answer("{}")));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
}

TEST_F(CurlClientTest, ARootThatTheFileDoesNotHaveIsRefused) {
  TlsServerSpec spec;
  const CertificateAuthority other("Another root");
  spec.identity = other.Issue(Loopback());
  const std::string other_file = folder_.Write("other.pem", other.CertificatePem());
  const ScopedEnvironment environment("SSL_CERT_FILE", other_file);
  const TlsServer server(spec, Always(Answer("{}")));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTls);
}

TEST_F(CurlClientTest, WithoutAFileTheSystemsRootsCount) {
  const TlsServer server(Server(), Always(Answer("{}")));
  CurlClient client({.ca_file = "", .proxy = "", .timeout = 10s});
  EXPECT_EQ(FaultOf(client.Send(ClientRequest(Method::kGet, server.Url("/x")))), TransportFault::kTls);
}

TEST_F(CurlClientTest, AMissingFileOfRootsIsRefused) {
  const TlsServer server(Server(), Always(Answer("{}")));
  CurlClient client({.ca_file = folder_.path() + "/missing.pem", .proxy = "", .timeout = 10s});
  EXPECT_EQ(FaultOf(client.Send(ClientRequest(Method::kGet, server.Url("/x")))), TransportFault::kTls);
}

TEST_F(CurlClientTest, OnlyHttpsIsSpoken) {
  const TlsServer plain({}, Always(Answer("{}")));
  for (const std::string scheme : {"http://", "ftp://", "file://", ""}) {
    EXPECT_FALSE(Get(scheme + "127.0.0.1:" + std::to_string(plain.port()) + "/x").has_value()) << scheme;
  }
  EXPECT_EQ(plain.connections(), 0);
}

TEST_F(CurlClientTest, AUserInTheUrlIsRefused) {
  const TlsServer server(Server(), Always(Answer("{}")));
  EXPECT_FALSE(Get("https://user@127.0.0.1:" + std::to_string(server.port()) + "/x").has_value());
  EXPECT_EQ(server.connections(), 0);
}

// --- limits

TEST_F(CurlClientTest, ABodyOfTheLimitIsTakenOneByteMoreIsNot) {
  const TlsServer fits(Server(), Always(Answer(std::string(1000, 'a'))));
  const TlsServer longer(Server(), Always(Answer(std::string(1001, 'a'))));
  CurlClient client(Settings());
  ClientRequest request(Method::kGet, fits.Url("/x"));
  request.max_response = 1000;
  EXPECT_TRUE(client.Send(request).has_value());
  request.url = longer.Url("/x");
  EXPECT_EQ(FaultOf(client.Send(request)), TransportFault::kTooLarge);
}

TEST_F(CurlClientTest, ABodyWithoutLengthMeetsTheSameLimit) {
  const TlsServer server(Server(), Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                                          std::string(1001, 'a') + "\r\n0\r\n\r\n"));
  ClientRequest request(Method::kGet, server.Url("/x"));
  request.max_response = 1000;
  EXPECT_EQ(FaultOf(CurlClient(Settings()).Send(request)), TransportFault::kTooLarge);
  request.max_response = 1001;
  EXPECT_TRUE(CurlClient(Settings()).Send(request).has_value());
}

TEST_F(CurlClientTest, AHeaderAboveTheLimitIsRefused) {
  const std::string filler = "X-Filler: " + std::string(1000, 'a') + "\r\n";
  std::string few;
  std::string many;
  for (int i = 0; i < 40; ++i) {
    many += filler;
    few += i < 20 ? filler : "";
  }
  const TlsServer fits(Server(), Always(Answer("{}", few)));
  const TlsServer larger(Server(), Always(Answer("{}", many)));
  EXPECT_TRUE(Get(fits).has_value());
  EXPECT_EQ(FaultOf(Get(larger)), TransportFault::kTooLarge);
}

// Refused by what it says, not by what it would take to hear it out.
TEST_F(CurlClientTest, ALengthAboveTheLimitIsRefusedBeforeTheBody) {
  const TlsServer server(Server(), Always("HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n"));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTooLarge);
}

// A string that grows leaves parts of a token behind in memory that nobody wipes.
TEST_F(CurlClientTest, TheBodyHasRoomForTheLimitFromTheStart) {
  const TlsServer server(Server(), Always(Answer("{}")));
  const auto result = Get(server);
  ASSERT_TRUE(result.has_value());
  EXPECT_GE(result->body.capacity(), ClientRequest(Method::kGet, "").max_response);
}

TEST_F(CurlClientTest, InterimAnswersWithoutEndAreRefused) {
  std::string flood;
  for (int i = 0; i < 2000; ++i) {
    flood += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  const TlsServer server(Server(), Always(flood + Answer("{}")));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTooLarge);
}

TEST_F(CurlClientTest, AHeaderLineOfAMegabyteIsRefused) {
  const TlsServer server(Server(), Always(Answer("{}", "X-Filler: " + std::string(1'000'000, 'a') + "\r\n")));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTooLarge);
}

TEST_F(CurlClientTest, AnAnswerThatNeverComesIsATimeout) {
  const TlsServer server(Server(), [](const std::string&) { return std::nullopt; });
  ClientSettings settings = Settings();
  settings.timeout = 300ms;
  EXPECT_EQ(FaultOf(CurlClient(settings).Send(ClientRequest(Method::kGet, server.Url("/x")))),
            TransportFault::kTimeout);
}

TEST_F(CurlClientTest, ARequestUnderWayIsGivenUp) {
  std::promise<void> asked;
  const TlsServer server(Server(), [&asked](const std::string&) {
    asked.set_value();
    return std::nullopt;
  });
  ClientSettings settings = Settings();
  settings.timeout = 10min;  // longer than ctest waits
  CurlClient client(settings);
  auto result = std::async(std::launch::async,
                           [&] { return client.Send(ClientRequest(Method::kGet, server.Url("/x"))); });
  asked.get_future().wait();
  client.GiveUp();
  EXPECT_EQ(FaultOf(result.get()), TransportFault::kUnreachable);
}

TEST_F(CurlClientTest, AnAnswerCutShortIsRefused) {
  const TlsServer server(Server(), Always("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kUnreachable);
}

TEST_F(CurlClientTest, AnEndWithoutAByteIsUnreachable) {
  const TlsServer server(Server(), Always(""));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kUnreachable);
}

TEST_F(CurlClientTest, NobodyListeningIsUnreachable) {
  std::string url;
  {
    const TlsServer server(Server(), Always(Answer("{}")));
    url = server.Url("/x");
  }
  EXPECT_EQ(FaultOf(Get(url)), TransportFault::kUnreachable);
}

TEST_F(CurlClientTest, WhatIsNotHttpIsRefused) {
  const TlsServer server(Server(), Always("{\"access_token\":\"secret\"}\r\n\r\n"));
  const auto result = Get(server);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().detail.find("secret"), std::string::npos) << result.error().detail;
}

// --- what a browser would do, and this client does not

TEST_F(CurlClientTest, ARedirectIsAnAnswerAndIsNotFollowed) {
  const TlsServer target(Server(), Always(Answer("{}")));
  for (const int status : {301, 302, 303, 307, 308}) {
    const TlsServer server(
        Server(), Always("HTTP/1.1 " + std::to_string(status) +
                         " Elsewhere\r\nLocation: " + target.Url("/y") + "\r\nContent-Length: 0\r\n\r\n"));
    const auto result = Get(server);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->status, status);
  }
  EXPECT_EQ(target.connections(), 0);
}

TEST_F(CurlClientTest, AnEncodedBodyIsRefused) {
  const TlsServer gzip(Server(), Always(Answer("{}", "Content-Encoding: gzip\r\n")));
  EXPECT_EQ(FaultOf(Get(gzip)), TransportFault::kTooLarge);
  const TlsServer twice(Server(),
                        Always(Answer("{}", "Content-Encoding: identity\r\nContent-Encoding: br\r\n")));
  EXPECT_EQ(FaultOf(Get(twice)), TransportFault::kTooLarge);
  const TlsServer plain(Server(), Always(Answer("{}", "Content-Encoding: identity\r\n")));
  EXPECT_TRUE(Get(plain).has_value());
}

// RFC 9110 section 8.4.1: names of codings are compared without case.
TEST_F(CurlClientTest, WhatIsNoEncodingMayBeWrittenInCapitals) {
  const TlsServer identity(Server(), Always(Answer("{}", "Content-Encoding: Identity\r\n")));
  EXPECT_TRUE(Get(identity).has_value());
  const TlsServer chunked(
      Server(), Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"));
  const auto answer = Get(chunked);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "{}");
}

// libcurl unpacks this one whatever it was told about Content-Encoding.
TEST_F(CurlClientTest, ATransferThatIsEncodedIsRefused) {
  const std::string gzip_of_braces("\x1f\x8b\x08\0\0\0\0\0\x02\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0",
                                   22);
  const TlsServer server(
      Server(), Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n16\r\n" + gzip_of_braces +
                       "\r\n0\r\n\r\n"));
  EXPECT_EQ(FaultOf(Get(server)), TransportFault::kTooLarge);
}

TEST_F(CurlClientTest, CookiesAreNotKept) {
  std::mutex mutex;
  std::string all;
  const TlsServer server(Server(), [&](const std::string& request) {
    const std::lock_guard lock(mutex);
    all += request;
    return Answer("{}", "Set-Cookie: a=b\r\n");
  });
  CurlClient client(Settings());
  ASSERT_TRUE(client.Send(ClientRequest(Method::kGet, server.Url("/1"))).has_value());
  ASSERT_TRUE(client.Send(ClientRequest(Method::kGet, server.Url("/2"))).has_value());
  const std::lock_guard lock(mutex);
  EXPECT_EQ(all.find("Cookie"), std::string::npos) << all;
}

// --- proxies

TEST_F(CurlClientTest, ProxiesOfTheEnvironmentAreIgnored) {
  const TlsServer proxy({}, Always("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"));
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
  const ScopedEnvironment https("https_proxy", url);
  const ScopedEnvironment capitals("HTTPS_PROXY", url);
  const ScopedEnvironment all("ALL_PROXY", url);
  const TlsServer server(Server(), Always(Answer("{}")));
  EXPECT_TRUE(Get(server).has_value());
  EXPECT_EQ(proxy.connections(), 0);
}

TEST_F(CurlClientTest, TheProxyOfTheSettingsIsUsedWhateverTheEnvironmentSays) {
  std::mutex mutex;
  std::string seen;
  const TlsServer proxy({}, [&](const std::string& request) {
    const std::lock_guard lock(mutex);
    seen = request;
    return "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
  });
  const ScopedEnvironment exception("NO_PROXY", "*");
  const TlsServer server(Server(), Always(Answer("{}")));
  ClientSettings settings = Settings();
  settings.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  ClientRequest request(Method::kGet, server.Url("/x"));
  request.headers = {{"Authorization", "Bearer secret"}};
  EXPECT_EQ(FaultOf(CurlClient(settings).Send(request)), TransportFault::kUnreachable);
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(seen.starts_with("CONNECT 127.0.0.1:" + std::to_string(server.port()) + " HTTP/1.1\r\n"))
      << seen;
  EXPECT_EQ(seen.find("secret"), std::string::npos);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(CurlClientTest, TheDetailHoldsNothingOfTheRequest) {
  TlsServerSpec spec;
  spec.identity = tests::SelfSigned(Loopback());
  const TlsServer server(spec, Always(Answer("{}")));
  ClientRequest request(Method::kPost, server.Url("/path-secret?query=secret"));
  request.headers = {{"Authorization", "Bearer header-secret"}};
  request.body = "code=body-secret";
  const auto result = CurlClient(Settings()).Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().detail, "");
  EXPECT_EQ(result.error().detail.find("secret"), std::string::npos) << result.error().detail;
}

}  // namespace
}  // namespace cis2::http
