// Looks at a TLS server as the broker would meet it, and tells what it sees instead of only refusing it.
//
// The rules of http/tls.h are spoken; the chain and the name are judged (RFC 6125) but do not end the
// handshake, so that a certificate can be described. Nothing secret is ever sent this way: what is learnt is
// for the administrator alone, and the broker's own client decides. Errors: sentences in TlsFacts.failure,
// printable. Each step waits `timeout` at most. SIGPIPE must be ignored in the process. Threads: any.
#ifndef CIS2_BROKER_CTL_DOCTOR_TLS_PROBE_H_
#define CIS2_BROKER_CTL_DOCTOR_TLS_PROBE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cis2::ctl::doctor {

struct CertificateFacts {
  bool found = false;
  long ends = 0;            // seconds since 1970
  std::string fingerprint;  // SHA-256 in hexadecimal
  bool names_host = false;  // RFC 6125
  bool trusted = false;     // the chain leads to a root, whatever the name
  std::string chain_fault;  // why not
};

// How far it came; kDone: there was a handshake.
enum class TlsStage { kName, kConnect, kProxy, kHandshake, kDone };

struct TlsFacts {
  TlsStage stage = TlsStage::kName;
  std::string failure;  // why it came no further
  std::string protocol, cipher;
  CertificateFacts certificate;
  bool trusted = false, expired = false, names_host = false;
  std::string chain_fault;
};

struct TlsTarget {
  std::string address;  // a name or a numeric address, without brackets
  std::uint16_t port = 443;
  std::string server_name;  // what the certificate must name
  std::string proxy_host;   // an http proxy; empty: none
  std::uint16_t proxy_port = 0;
  std::string ca_file;  // empty: what the system trusts
  std::chrono::milliseconds timeout{5000};
};

struct Looked {
  TlsFacts tls;
  std::string answer;  // the first bytes of the answer, at most 4 KiB; empty without a request
};

// Connects, and where the handshake succeeds sends `request` and reads the beginning of the answer.
Looked Look(const TlsTarget& target, std::string_view request = {});

// The numeric addresses of a name; the error of the look-up in `failure`.
std::vector<std::string> Resolve(const std::string& name, std::string& failure);

// The first certificate of a PEM text, with the others as its chain, by what the system trusts.
CertificateFacts ReadCertificate(std::string_view pem, const std::string& host);

// The status of an HTTP/1.1 answer; 0 for anything else.
int StatusOf(std::string_view answer);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_TLS_PROBE_H_
