#include "broker/http/curl_client.h"

#include "broker/base/c_handle.h"
#include "broker/base/text.h"
#include "broker/http/tls.h"

#include <curl/curl.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/socket.h>

namespace cis2::http {
namespace {

constexpr std::size_t kMaxHeaderBytes = 32UL * 1024;
constexpr std::chrono::milliseconds kMaxConnectTime{5000};

using CurlEasy = base::CHandle<CURL, curl_easy_cleanup>;

// The headers hold an Authorization value: wiped before libcurl frees them.
void WipeAndFree(curl_slist* list) {
  for (const curl_slist* node = list; node != nullptr; node = node->next) {
    OPENSSL_cleanse(node->data, std::strlen(node->data));
  }
  curl_slist_free_all(list);
}
using HeaderList = base::CHandle<curl_slist, WipeAndFree>;

// What arrives. A body that is given up is wiped: it may hold tokens.
struct Incoming {
  Response response;
  std::size_t header_bytes = 0;
  std::size_t max_body = 0;
  bool too_large = false;
};

std::string_view Trim(std::string_view s) {
  constexpr std::string_view kWhitespace = " \t\r\n";
  const auto first = s.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos) {
    return {};
  }
  return s.substr(first, s.find_last_not_of(kWhitespace) - first + 1);
}

void KeepHeaderLine(Response& response, std::string_view line) {
  if (line.starts_with("HTTP/")) {
    response.headers.clear();  // an interim answer (100, 103) came before the real one
    return;
  }
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && colon > 0) {
    response.headers.emplace_back(line.substr(0, colon), Trim(line.substr(colon + 1)));
  }
}

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* context) noexcept {
  auto& incoming = *static_cast<Incoming*>(context);
  const std::size_t n = size * count;
  incoming.header_bytes += n;
  if (incoming.header_bytes > kMaxHeaderBytes) {
    incoming.too_large = true;
    return 0;
  }
  KeepHeaderLine(incoming.response, std::string_view(data, n));
  return n;
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* context) noexcept {
  auto& incoming = *static_cast<Incoming*>(context);
  const std::size_t n = size * count;
  if (n > incoming.max_body - incoming.response.body.size()) {
    incoming.too_large = true;
    return 0;
  }
  // All at once: a string that grows leaves pieces of what it held behind, which nobody can wipe.
  incoming.response.body.reserve(incoming.max_body);
  incoming.response.body.append(data, n);
  return n;
}

// libcurl's own sockets are inherited by children of ours.
curl_socket_t OpenSocket(void* /*context*/, curlsocktype /*purpose*/, curl_sockaddr* address) noexcept {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// libcurl asks now and then, at least once a second, whether to go on.
int OnProgress(void* context, curl_off_t /*to_come*/, curl_off_t /*came*/, curl_off_t /*to_go*/,
               curl_off_t /*gone*/) noexcept {
  return static_cast<const std::atomic<bool>*>(context)->load() ? 1 : 0;
}

// Sets options and remembers whether all of them were taken: a libcurl that does not know one of the rules
// below must not be used without it.
class Options {
 public:
  explicit Options(CURL* handle) : handle_(handle) {}

  template <class T>
  void Set(CURLoption option, T value) {
    ok_ = curl_easy_setopt(handle_, option, value) == CURLE_OK && ok_;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  CURL* handle_;
  bool ok_ = true;
};

void SetTls(Options& options, const ClientSettings& settings) {
  options.Set(CURLOPT_PROTOCOLS_STR, "https");
  options.Set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});  // this or newer
  options.Set(CURLOPT_SSL_CIPHER_LIST, kTls12Suites);
  options.Set(CURLOPT_TLS13_CIPHERS, kTls13Suites);
  options.Set(CURLOPT_SSL_VERIFYPEER, 1L);
  options.Set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!settings.ca_file.empty()) {
    options.Set(CURLOPT_CAINFO, settings.ca_file.c_str());
    options.Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // not the system's besides
  }
}

void SetProxy(Options& options, const ClientSettings& settings) {
  // Empty strings, not null ones: those would mean "as the environment says".
  options.Set(CURLOPT_PROXY, settings.proxy.c_str());
  options.Set(CURLOPT_NOPROXY, "");
  if (settings.proxy.empty()) {
    return;
  }
  options.Set(CURLOPT_HTTPPROXYTUNNEL, 1L);
  options.Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  options.Set(CURLOPT_HEADEROPT, long{CURLHEADER_SEPARATE});  // our Authorization is not the proxy's
  options.Set(CURLOPT_PROXY_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  options.Set(CURLOPT_PROXY_SSL_CIPHER_LIST, kTls12Suites);
  options.Set(CURLOPT_PROXY_TLS13_CIPHERS, kTls13Suites);
  if (!settings.ca_file.empty()) {
    options.Set(CURLOPT_PROXY_CAINFO, settings.ca_file.c_str());
    options.Set(CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
  }
}

void SetBehaviour(Options& options, std::chrono::milliseconds timeout) {
  options.Set(CURLOPT_FOLLOWLOCATION, 0L);
  options.Set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  options.Set(CURLOPT_HTTP09_ALLOWED, 0L);
  options.Set(CURLOPT_ACCEPT_ENCODING, static_cast<const char*>(nullptr));
  options.Set(CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
  options.Set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  options.Set(CURLOPT_PATH_AS_IS, 1L);
  options.Set(CURLOPT_USERAGENT, "cis2-broker/" CIS2_VERSION);
  options.Set(CURLOPT_NOSIGNAL, 1L);
  options.Set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  options.Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(timeout, kMaxConnectTime).count()));
  options.Set(CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
  // A name server that says nothing is no reason to be late: libcurl would wait for its look-up to end, long
  // after the time is up. Left alone, the look-up ends by itself and frees what it holds.
  options.Set(CURLOPT_QUICK_EXIT, 1L);
}

void SetProgress(Options& options, std::atomic<bool>& giving_up) {
  options.Set(CURLOPT_NOPROGRESS, 0L);
  options.Set(CURLOPT_XFERINFOFUNCTION, OnProgress);
  options.Set(CURLOPT_XFERINFODATA, &giving_up);
}

void SetMethod(Options& options, const ClientRequest& request) {
  switch (request.method) {
    case Method::kGet:
      options.Set(CURLOPT_HTTPGET, 1L);
      return;
    case Method::kHead:
      options.Set(CURLOPT_NOBODY, 1L);
      return;
    case Method::kPost:
      options.Set(CURLOPT_POST, 1L);
      options.Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      options.Set(CURLOPT_POSTFIELDS, request.body.data());  // borrowed, so that libcurl keeps no copy
      return;
    case Method::kOther:
      options.Set(CURLOPT_PROTOCOLS_STR, "");  // no client of ours has another method
      return;
  }
}

void SetTarget(Options& options, const ClientRequest& request, const HeaderList& headers,
               Incoming& incoming) {
  options.Set(CURLOPT_URL, request.url.c_str());
  options.Set(CURLOPT_HTTPHEADER, headers.get());
  options.Set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.max_response));
  options.Set(CURLOPT_HEADERFUNCTION, OnHeader);
  options.Set(CURLOPT_HEADERDATA, &incoming);
  options.Set(CURLOPT_WRITEFUNCTION, OnBody);
  options.Set(CURLOPT_WRITEDATA, &incoming);
}

// Nothing when a name or value would break out of its line.
std::optional<HeaderList> MakeHeaderList(const Headers& headers) {
  HeaderList list;
  for (const auto& [name, value] : headers) {
    std::string line = name + ": " + value;
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return std::nullopt;
    }
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    OPENSSL_cleanse(line.data(), line.size());
    if (longer == nullptr) {
      return std::nullopt;
    }
    std::ignore = list.release();
    list.reset(longer);
  }
  return list;
}

constexpr int kTooLargeForCurl = 100;  // CURLE_TOO_LARGE, which libcurl before 8.6 does not have

TransportFault FaultOf(CURLcode code) {
  switch (static_cast<int>(code)) {
    case CURLE_OPERATION_TIMEDOUT:
      return TransportFault::kTimeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return TransportFault::kTls;
    case CURLE_FILESIZE_EXCEEDED:
    case kTooLargeForCurl:
    case CURLE_OUT_OF_MEMORY:  // what libcurl before 8.6 calls a header line above its own limit of 100 KiB
      return TransportFault::kTooLarge;
    default:
      return TransportFault::kUnreachable;
  }
}

// libcurl's longer text names hosts and certificates where names, connections and TLS are concerned, which is
// what an administrator needs. Elsewhere it may quote the answer, so the general sentence stands in.
std::string DetailOf(CURLcode code, const char* error_text) {
  const bool quotable = FaultOf(code) == TransportFault::kTls || code == CURLE_COULDNT_RESOLVE_HOST ||
                        code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT;
  return base::Printable(quotable && *error_text != '\0' ? error_text : curl_easy_strerror(code), 200);
}

// A compressed body can be small on the wire and large in memory, and nobody asked for one (RFC 9110 12.5.3).
bool IsEncoded(const Headers& headers) {
  const auto is_other_than = [](std::string_view plain) {
    return [plain](std::string_view value) { return !base::EqualWithoutCase(value, plain); };
  };
  return std::ranges::any_of(FindHeaders(headers, "Content-Encoding"), is_other_than("identity")) ||
         std::ranges::any_of(FindHeaders(headers, "Transfer-Encoding"), is_other_than("chunked"));
}

ClientResult Fault(Incoming& incoming, TransportFault fault, std::string detail) {
  OPENSSL_cleanse(incoming.response.body.data(), incoming.response.body.size());
  return std::unexpected(TransportError{.fault = fault, .detail = std::move(detail)});
}

ClientResult Perform(CURL* handle, Incoming& incoming, const char* error_text) {
  const CURLcode code = curl_easy_perform(handle);
  if (incoming.too_large || FaultOf(code) == TransportFault::kTooLarge) {
    return Fault(incoming, TransportFault::kTooLarge, "the answer is larger than allowed");
  }
  // A Transfer-Encoding that nobody asked for is refused by newer versions of libcurl themselves (that of
  // Debian 13).
  if (code == CURLE_BAD_CONTENT_ENCODING || (code == CURLE_OK && IsEncoded(incoming.response.headers))) {
    return Fault(incoming, TransportFault::kTooLarge, "the answer is compressed, which was not asked for");
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return Fault(incoming, TransportFault::kUnreachable, "given up, because the broker is stopping");
  }
  if (code != CURLE_OK) {
    return Fault(incoming, FaultOf(code), DetailOf(code, error_text));
  }
  long status = 0;
  if (curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status < 200) {
    return Fault(incoming, TransportFault::kUnreachable, "the answer has no status");
  }
  incoming.response.status = static_cast<int>(status);
  return std::move(incoming.response);
}

}  // namespace

CurlClient::CurlClient(ClientSettings settings) : settings_(std::move(settings)) {
  // Safe from several threads since libcurl 7.84, and counted, so once more does no harm.
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

ClientResult CurlClient::Send(const ClientRequest& request) {
  Incoming incoming{.response = {}, .max_body = request.max_response};
  const CurlEasy handle(curl_easy_init());  // a new one each time, so the connection is new too
  const auto headers = MakeHeaderList(request.headers);
  if (handle == nullptr || !headers) {
    return Fault(incoming, TransportFault::kUnreachable, "the request could not be made");
  }
  std::array<char, CURL_ERROR_SIZE> error_text{};
  Options options(handle.get());
  options.Set(CURLOPT_ERRORBUFFER, error_text.data());
  SetTls(options, settings_);
  SetProxy(options, settings_);
  SetBehaviour(options, settings_.timeout);
  SetTarget(options, request, *headers, incoming);
  SetProgress(options, giving_up_);
  SetMethod(options, request);
  if (!options.ok()) {
    return Fault(incoming, TransportFault::kUnreachable, "this libcurl lacks an option that the rules need");
  }
  return Perform(handle.get(), incoming, error_text.data());
}

}  // namespace cis2::http
