#include "broker/ctl/doctor/tls_probe.h"

#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace cis2::ctl::doctor {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

class TlsProbeTest : public testing::Test {
 protected:
  TlsProbeTest() { std::signal(SIGPIPE, SIG_IGN); }

  // A server whose certificate names server.example.
  Looked LookAt(tests::TlsServerSpec spec, const std::string& name, const std::string& ca_file) {
    spec.identity = ca_.Issue({.dns_names = {"server.example"}, .ip_addresses = {}});
    const tests::TlsServer server(std::move(spec), [](const std::string&) { return kAnswer; });
    return Look({.address = "127.0.0.1",
                 .port = static_cast<std::uint16_t>(server.port()),
                 .server_name = name,
                 .proxy_host = {},
                 .ca_file = ca_file},
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  [[nodiscard]] std::string CaFile() const { return dir_.Write("ca.pem", ca_.CertificatePem()); }

  tests::TempDir dir_;
  tests::CertificateAuthority ca_;
};

TEST_F(TlsProbeTest, DescribesAServerThatIsRight) {
  const Looked looked = LookAt({}, "server.example", CaFile());
  EXPECT_EQ(looked.tls.stage, TlsStage::kDone) << looked.tls.failure;
  EXPECT_EQ(looked.tls.protocol, "TLSv1.3");
  EXPECT_TRUE(looked.tls.trusted && looked.tls.names_host && !looked.tls.expired);
  EXPECT_EQ(looked.tls.certificate.fingerprint.size(), 64U);
  EXPECT_EQ(StatusOf(looked.answer), 200);
}

TEST_F(TlsProbeTest, DescribesWhatTheBrokerWouldRefuse) {
  const Looked other_name = LookAt({}, "other.example", CaFile());
  EXPECT_TRUE(other_name.tls.trusted && !other_name.tls.names_host);
  const Looked other_root =
      LookAt({}, "server.example", dir_.Write("other.pem", tests::CertificateAuthority().CertificatePem()));
  EXPECT_TRUE(!other_root.tls.trusted && other_root.tls.names_host);
  EXPECT_THAT(other_root.tls.chain_fault, Not(IsEmpty()));
}

TEST_F(TlsProbeTest, SpeaksWithNobodyThatIsTooOld) {
  tests::TlsServerSpec old;
  old.max_version = TLS1_2_VERSION;
  old.tls12_ciphers = "AES128-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305";
  const Looked looked = LookAt(old, "server.example", CaFile());
  EXPECT_EQ(looked.tls.stage, TlsStage::kHandshake);
  EXPECT_THAT(looked.tls.failure, Not(IsEmpty()));
}

TEST_F(TlsProbeTest, SaysHowFarItCame) {
  EXPECT_EQ(Look({.address = "name.invalid", .port = 1, .server_name = "x", .proxy_host = {}, .ca_file = {}})
                .tls.stage,
            TlsStage::kName);
  EXPECT_EQ(Look({.address = "127.0.0.1", .port = 1, .server_name = "x", .proxy_host = {}, .ca_file = {}})
                .tls.stage,
            TlsStage::kConnect);
  EXPECT_EQ(Look({.address = "x",
                  .port = 1,
                  .server_name = "x",
                  .proxy_host = "127.0.0.1",
                  .proxy_port = 1,
                  .ca_file = {}})
                .tls.stage,
            TlsStage::kConnect);
}

TEST_F(TlsProbeTest, NamesAndNumbersResolve) {
  std::string failure;
  EXPECT_THAT(Resolve("localhost", failure), Contains("127.0.0.1"));
  EXPECT_THAT(Resolve("[::1]", failure), Contains("::1"));
  EXPECT_THAT(failure, IsEmpty());
  EXPECT_THAT(Resolve("name.invalid", failure), IsEmpty());
  EXPECT_THAT(failure, Not(IsEmpty()));
}

TEST_F(TlsProbeTest, ReadsACertificateOfAFile) {
  const auto made = ca_.Issue({.dns_names = {"server.example"}, .ip_addresses = {"192.0.2.1"}});
  const CertificateFacts facts = ReadCertificate(made.certificate_pem, "server.example");
  EXPECT_TRUE(facts.found && facts.names_host && !facts.trusted);
  EXPECT_THAT(facts.chain_fault, Not(IsEmpty()));
  EXPECT_TRUE(ReadCertificate(made.certificate_pem, "192.0.2.1").names_host);
  EXPECT_FALSE(ReadCertificate(made.certificate_pem, "other.example").names_host);
  EXPECT_FALSE(ReadCertificate("no certificate", "x").found);
}

TEST(StatusOfTest, IsOfHttp11Alone) {
  EXPECT_EQ(StatusOf("HTTP/1.1 503 Busy\r\n"), 503);
  EXPECT_EQ(StatusOf("HTTP/1.0 200 OK\r\n"), 200);
  EXPECT_EQ(StatusOf("SSH-2.0-OpenSSH"), 0);
  EXPECT_EQ(StatusOf(""), 0);
}

}  // namespace
}  // namespace cis2::ctl::doctor
