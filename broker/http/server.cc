#include "broker/http/server.h"

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/http/request_rules.h"
#include "broker/http/tls_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <sys/socket.h>
#include <utility>

namespace cis2::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using TlsContext = asio::ssl::context;
using AnyStream = asio::generic::stream_protocol;  // TCP and Unix sockets alike
using Socket = AnyStream::socket;
using SocketStream = beast::basic_stream<AnyStream>;
using Acceptor = asio::basic_socket_acceptor<AnyStream>;
using TlsStream = asio::ssl::stream<SocketStream&>;
using Parser = bhttp::request_parser<bhttp::string_body>;
using BeastResponse = bhttp::response<bhttp::string_body>;

constexpr std::uint32_t kMaxHeader = 16 * 1024;
constexpr std::size_t kMaxBuffer = 2UL * kMaxHeader;  // what of one connection may wait unparsed
constexpr std::size_t kReadSize = 4096;
constexpr std::size_t kMaxLingerBytes = 256UL * 1024;
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::minutes kLimitLogInterval{1};
constexpr const char* kLocalBucket = "local";  // of every client of a Unix socket

constexpr int kUnavailable = 503;
constexpr int kInternalError = 500;

// Errors as values: nothing here throws.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// The status for an error of the parser; nothing when the client is gone or too slow and nobody would read
// an answer.
std::optional<int> FaultOf(const error_code& ec) {
  if (ec == bhttp::error::header_limit || ec == bhttp::error::buffer_overflow) {
    return 431;
  }
  if (ec == bhttp::error::body_limit) {
    return 413;
  }
  if (ec == bhttp::error::end_of_stream || ec == bhttp::error::partial_message) {
    return std::nullopt;
  }
  return ec.category() == make_error_code(bhttp::error::bad_method).category() ? std::optional(400)
                                                                               : std::nullopt;
}

Method MethodOf(bhttp::verb verb) {
  if (verb == bhttp::verb::get) {
    return Method::kGet;
  }
  if (verb == bhttp::verb::head) {
    return Method::kHead;
  }
  return verb == bhttp::verb::post ? Method::kPost : Method::kOther;
}

Headers HeadersOf(const Parser& parser) {
  Headers headers;
  for (const auto& field : parser.get()) {
    headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return headers;
}

std::size_t CountFields(const Parser& parser) {
  return static_cast<std::size_t>(std::distance(parser.get().begin(), parser.get().end()));
}

std::optional<int> FaultOfHead(const Parser& parser, const Headers& headers) {
  const auto& head = parser.get();
  if (auto fault = HeadFault(head.version(), headers)) {
    return fault;
  }
  const auto target = head.target();
  return ParseTarget(std::string_view(target.data(), target.size())) ? std::nullopt : std::optional(400);
}

ServerRequest BuildRequest(Parser& parser, Headers headers, const std::string& peer_address) {
  auto& message = parser.get();
  const auto raw_target = message.target();
  auto target = ParseTarget(std::string_view(raw_target.data(), raw_target.size()));
  ServerRequest request;
  request.method = MethodOf(message.method());
  if (target) {
    request.path = std::move(target->path);
    request.query = std::move(target->query);
  }
  request.headers = std::move(headers);
  request.body = std::move(message.body());
  request.peer_address = peer_address;
  return request;
}

// RFC 9110 section 5.6.7.
std::string HttpDate() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  (void)::gmtime_r(&now, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text, size);
}

// The server writes these itself.
bool IsFramingHeader(std::string_view name) {
  static constexpr std::string_view kNames[] = {"Content-Length", "Transfer-Encoding", "Connection", "Date"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view n) { return beast::iequals(n, name); });
}

bool IsWritable(const Response& response) {
  return response.status >= 200 && response.status <= 599 &&
         std::all_of(response.headers.begin(), response.headers.end(),
                     [](const auto& h) { return IsWritableHeader(h.first, h.second); });
}

BeastResponse ToBeast(Response response, bool keep_alive) {
  BeastResponse out;
  out.version(11);
  out.result(static_cast<unsigned>(response.status));
  out.set(bhttp::field::date, HttpDate());
  for (const auto& [name, value] : response.headers) {
    if (!IsFramingHeader(name)) {
      out.insert(name, value);
    }
  }
  out.body() = std::move(response.body);
  out.keep_alive(keep_alive);
  out.prepare_payload();
  return out;
}

// "192.0.2.1" for an IPv4-mapped address too; without the scope of a link-local one. Empty for a Unix socket.
std::string NumericAddress(const AnyStream::endpoint& any) {
  tcp::endpoint peer;
  if (any.protocol().family() == AF_UNIX || any.size() > peer.capacity()) {
    return "";
  }
  std::memcpy(peer.data(), any.data(), any.size());
  const asio::ip::address address = peer.address();
  if (address.is_v4()) {
    return address.to_v4().to_string();
  }
  asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  }
  v6.scope_id(0);
  return v6.to_string();
}

int SocketOption(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof(value);
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

// One request that the handler has and the connection waits for.
struct Exchange {
  explicit Exchange(asio::io_context& io) : wake(io) {}

  asio::steady_timer wake;  // ends the wait: cancelled by the answer, or run out
  std::optional<Response> response;
};

}  // namespace

class Server::Impl final : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(asio::io_context& io, Handler handler, std::function<Response(int)> fault_page, ServerLimits limits)
      : io_(io), handler_(std::move(handler)), fault_page_(std::move(fault_page)), limits_(limits) {}

  base::Result<void> UseTls(const TlsIdentity& identity);
  base::Result<void> Listen(base::UniqueFd listener);
  void Stop();

 private:
  // A connection's socket and its place under the limits, given back when it goes.
  struct Session {
    Session(std::shared_ptr<Impl> owner, Socket socket, std::string peer, std::string bucket_name);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    void Abort();

    std::shared_ptr<Impl> server;  // besides Server: connections outlive it until their coroutines end
    SocketStream socket_stream;
    std::string address;
    std::string bucket;
    std::shared_ptr<TlsContext> tls;  // shared with the connections of the same certificate; null without TLS
    std::weak_ptr<Exchange> exchange;
  };
  enum class Next { kRequest, kClose, kGone };

  asio::awaitable<void> Accept(std::shared_ptr<Impl> self, std::shared_ptr<Acceptor> acceptor);
  void Admit(Socket socket);
  bool HasRoom(const std::string& bucket) const;
  void LogLimit(const std::string& address);

  asio::awaitable<void> Run(std::unique_ptr<Session> session);
  template <class Stream>
  asio::awaitable<Next> ServeRequests(Stream& stream, Session& session);
  template <class Stream>
  asio::awaitable<Next> ServeOne(Stream& stream, Session& session, beast::flat_buffer& buffer);
  template <class Stream>
  asio::awaitable<error_code> AwaitFirstByte(Stream& stream, Session& session, beast::flat_buffer& buffer);
  template <class Stream>
  asio::awaitable<error_code> ReadBody(Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                       const Headers& headers);
  template <class Stream>
  asio::awaitable<Next> Refuse(Stream& stream, Session& session, const error_code& ec);
  template <class Stream>
  asio::awaitable<Next> Write(Stream& stream, Session& session, Response response, Method method,
                              bool keep_alive);
  asio::awaitable<Response> Ask(Session& session, ServerRequest request);
  Response FaultPage(int status) const;
  asio::awaitable<void> Linger(Session& session);

  asio::io_context& io_;
  Handler handler_;
  std::function<Response(int)> fault_page_;
  ServerLimits limits_;
  std::shared_ptr<TlsContext> tls_;                   // shared with connections made with it
  std::vector<std::shared_ptr<Acceptor>> acceptors_;  // shared with their Accept coroutines
  std::set<Session*> sessions_;
  std::map<std::string, std::size_t> per_bucket_;
  std::optional<std::chrono::steady_clock::time_point> limit_logged_;
  bool stopped_ = false;
};

// --- connections and limits

Server::Impl::Session::Session(std::shared_ptr<Impl> owner, Socket socket, std::string peer,
                               std::string bucket_name)
    : server(std::move(owner)),
      socket_stream(std::move(socket)),
      address(std::move(peer)),
      bucket(std::move(bucket_name)),
      tls(server->tls_) {
  server->sessions_.insert(this);
  ++server->per_bucket_[bucket];
}

Server::Impl::Session::~Session() {
  server->sessions_.erase(this);
  if (--server->per_bucket_[bucket] == 0) {
    server->per_bucket_.erase(bucket);
  }
}

void Server::Impl::Session::Abort() {
  socket_stream.close();
  if (const auto waiting = exchange.lock()) {
    waiting->wake.cancel();
  }
}

base::Result<void> Server::Impl::UseTls(const TlsIdentity& identity) {
  CIS2_TRY(tls_, MakeTlsContext(identity));
  return {};
}

base::Result<void> Server::Impl::Listen(base::UniqueFd listener) {
  const int family = SocketOption(listener.get(), SO_DOMAIN);
  if (SocketOption(listener.get(), SO_ACCEPTCONN) != 1 ||
      (family != AF_INET && family != AF_INET6 && family != AF_UNIX)) {
    return base::Fail("file descriptor " + std::to_string(listener.get()) +
                      " is not a listening TCP or Unix socket");
  }
  // Shared with the Accept coroutine.
  auto acceptor = std::make_shared<Acceptor>(io_);
  error_code ec;
  acceptor->assign(AnyStream(family, 0), listener.get(), ec);
  if (ec) {
    return base::Fail("cannot listen: " + ec.message());
  }
  static_cast<void>(listener.release());  // assign() took it over
  acceptors_.push_back(acceptor);
  asio::co_spawn(io_, Accept(shared_from_this(), acceptor), [](const std::exception_ptr& failure) {
    if (failure) {
      base::LogError("a listening socket was given up after an exception");
    }
  });
  return {};
}

void Server::Impl::Stop() {
  stopped_ = true;
  for (const auto& acceptor : acceptors_) {
    error_code ignored;
    acceptor->close(ignored);
  }
  acceptors_.clear();
  for (Session* session : sessions_) {
    session->Abort();
  }
}

asio::awaitable<void> Server::Impl::Accept(std::shared_ptr<Impl> self, std::shared_ptr<Acceptor> acceptor) {
  while (!self->stopped_) {
    auto [ec, socket] = co_await acceptor->async_accept(kAwait);
    if (self->stopped_) {
      co_return;
    }
    if (!ec) {
      self->Admit(std::move(socket));
      continue;
    }
    // Out of descriptors or memory: the error would come back at once, so the loop must not spin.
    asio::steady_timer pause(self->io_, kAcceptPause);
    co_await pause.async_wait(kAwait);
  }
}

void Server::Impl::Admit(Socket socket) {
  error_code ec;
  const AnyStream::endpoint peer = socket.remote_endpoint(ec);
  if (ec) {
    return;  // gone already
  }
  std::string address = NumericAddress(peer);
  auto bucket = address.empty() ? std::optional<std::string>(kLocalBucket) : base::AddressBucket(address);
  if (!bucket || !HasRoom(*bucket)) {
    LogLimit(address);
    return;
  }
  socket.set_option(tcp::no_delay(true), ec);  // a Unix socket has no such option, and needs none
  auto session = std::make_unique<Session>(shared_from_this(), std::move(socket), std::move(address),
                                           std::move(*bucket));
  asio::co_spawn(io_, Run(std::move(session)), [](const std::exception_ptr& failure) {
    if (failure) {
      base::LogError("a connection was given up after an exception");
    }
  });
}

bool Server::Impl::HasRoom(const std::string& bucket) const {
  const auto it = per_bucket_.find(bucket);
  const std::size_t of_this_address = it == per_bucket_.end() ? 0 : it->second;
  return sessions_.size() < limits_.max_connections && of_this_address < limits_.max_connections_per_address;
}

// A stranger must not be able to fill the log: one line a minute.
void Server::Impl::LogLimit(const std::string& address) {
  const auto now = std::chrono::steady_clock::now();
  if (limit_logged_ && now - *limit_logged_ < kLimitLogInterval) {
    return;
  }
  limit_logged_ = now;
  base::LogWarning("connections are being refused: a limit of open connections is reached",
                   {{"ADDRESS", address}});
}

// --- one connection

asio::awaitable<void> Server::Impl::Run(std::unique_ptr<Session> session) {
  if (!session->tls) {
    if (co_await ServeRequests(session->socket_stream, *session) == Next::kClose) {
      co_await Linger(*session);
    }
    co_return;
  }
  TlsStream stream(session->socket_stream, *session->tls);
  session->socket_stream.expires_after(limits_.request_timeout);
  auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAwait);
  if (ec) {
    base::LogDebug("a TLS handshake failed", {{"ADDRESS", session->address}, {"WHY", ec.message()}});
    co_return;
  }
  if (co_await ServeRequests(stream, *session) == Next::kClose) {
    session->socket_stream.expires_after(kLingerTime);
    co_await stream.async_shutdown(kAwait);
    co_await Linger(*session);
  }
}

template <class Stream>
asio::awaitable<Server::Impl::Next> Server::Impl::ServeRequests(Stream& stream, Session& session) {
  beast::flat_buffer buffer(kMaxBuffer);
  Next next = Next::kRequest;
  while (next == Next::kRequest && !stopped_) {
    next = co_await ServeOne(stream, session, buffer);
  }
  co_return stopped_ ? Next::kGone : next;
}

template <class Stream>
asio::awaitable<Server::Impl::Next> Server::Impl::ServeOne(Stream& stream, Session& session,
                                                           beast::flat_buffer& buffer) {
  error_code ec = co_await AwaitFirstByte(stream, session, buffer);
  if (ec) {
    co_return Next::kGone;
  }
  session.socket_stream.expires_after(limits_.request_timeout);
  Parser parser;
  parser.header_limit(kMaxHeader);
  parser.body_limit(limits_.max_body);
  auto [head_error, head_size] = co_await bhttp::async_read_header(stream, buffer, parser, kAwait);
  if (head_error) {
    co_return co_await Refuse(stream, session, head_error);
  }
  Headers headers = HeadersOf(parser);
  const Method method = MethodOf(parser.get().method());
  if (const auto fault = FaultOfHead(parser, headers)) {
    co_return co_await Write(stream, session, FaultPage(*fault), method, false);
  }
  const bool keep_alive = parser.get().version() == 11 && parser.keep_alive();
  ec = co_await ReadBody(stream, buffer, parser, headers);
  if (ec) {
    co_return co_await Refuse(stream, session, ec);
  }
  ServerRequest request = BuildRequest(parser, std::move(headers), session.address);
  Response response = co_await Ask(session, std::move(request));
  co_return co_await Write(stream, session, std::move(response), method, keep_alive);
}

template <class Stream>
asio::awaitable<error_code> Server::Impl::AwaitFirstByte(Stream& stream, Session& session,
                                                         beast::flat_buffer& buffer) {
  if (buffer.size() > 0) {
    co_return error_code();
  }
  session.socket_stream.expires_after(limits_.idle_timeout);
  auto [ec, size] = co_await stream.async_read_some(buffer.prepare(kReadSize), kAwait);
  buffer.commit(size);
  co_return ec;
}

template <class Stream>
asio::awaitable<error_code> Server::Impl::ReadBody(Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                                   const Headers& headers) {
  if (ExpectsContinue(headers) && !parser.is_done()) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto bytes = asio::buffer(kContinue.data(), kContinue.size());
    auto [write_error, written] = co_await asio::async_write(stream, bytes, kAwait);
    if (write_error) {
      co_return write_error;
    }
  }
  auto [ec, size] = co_await bhttp::async_read(stream, buffer, parser, kAwait);
  if (ec) {
    co_return ec;
  }
  // Beast puts the fields of a chunked body's trailer among the headers. Nobody needs trailers, and as
  // headers they would carry what a proxy in front has not seen (RFC 9110 section 6.5.1).
  co_return CountFields(parser) == headers.size() ? error_code() : make_error_code(bhttp::error::bad_field);
}

template <class Stream>
asio::awaitable<Server::Impl::Next> Server::Impl::Refuse(Stream& stream, Session& session,
                                                         const error_code& ec) {
  const auto fault = FaultOf(ec);
  if (!fault) {
    co_return Next::kGone;
  }
  co_return co_await Write(stream, session, FaultPage(*fault), Method::kOther, false);
}

// Gives the request to the handler and waits for the answer, at most handler_timeout.
asio::awaitable<Response> Server::Impl::Ask(Session& session, ServerRequest request) {
  if (stopped_) {
    co_return FaultPage(kUnavailable);
  }
  // Owned here; the handler's callback and Session::Abort only look.
  const auto exchange = std::make_shared<Exchange>(io_);
  session.exchange = exchange;
  exchange->wake.expires_after(limits_.handler_timeout);
  handler_(std::move(request), [waiting = std::weak_ptr<Exchange>(exchange)](Response response) {
    const auto open = waiting.lock();
    if (open && !open->response) {
      open->response = std::move(response);
      open->wake.cancel();
    }
  });
  if (!exchange->response && !stopped_) {
    co_await exchange->wake.async_wait(kAwait);
  }
  if (!exchange->response) {
    co_return FaultPage(kUnavailable);
  }
  co_return std::move(*exchange->response);
}

// After Stop() what the functions of the owner refer to may be gone, and nobody gets the answer.
Response Server::Impl::FaultPage(int status) const { return stopped_ ? Response() : fault_page_(status); }

template <class Stream>
asio::awaitable<Server::Impl::Next> Server::Impl::Write(Stream& stream, Session& session, Response response,
                                                        Method method, bool keep_alive) {
  if (stopped_) {
    co_return Next::kGone;
  }
  if (!IsWritable(response)) {
    base::LogError("an answer was replaced: a header of it could not be written");
    response = FaultPage(kInternalError);
  }
  session.socket_stream.expires_after(limits_.request_timeout);
  BeastResponse out = ToBeast(std::move(response), keep_alive);
  bhttp::response_serializer<bhttp::string_body> serializer(out);
  const Next next = keep_alive ? Next::kRequest : Next::kClose;
  if (method == Method::kHead) {
    auto [ec, size] = co_await bhttp::async_write_header(stream, serializer, kAwait);
    co_return ec ? Next::kGone : next;
  }
  auto [ec, size] = co_await bhttp::async_write(stream, serializer, kAwait);
  co_return ec ? Next::kGone : next;
}

// Reads on for a moment after the last answer: a socket closed with unread bytes sends a reset, and the
// client would lose the answer (RFC 9112 section 9.6).
asio::awaitable<void> Server::Impl::Linger(Session& session) {
  error_code ignored;
  session.socket_stream.expires_after(kLingerTime);
  session.socket_stream.socket().shutdown(Socket::shutdown_send, ignored);
  std::vector<char> sink(kReadSize);
  for (std::size_t total = 0; total < kMaxLingerBytes;) {
    auto [ec, size] = co_await session.socket_stream.async_read_some(asio::buffer(sink), kAwait);
    if (ec) {
      co_return;
    }
    total += size;
  }
}

// --- the interface

Server::Server(asio::io_context& io, Handler handler, std::function<Response(int)> fault_page,
               ServerLimits limits)
    : impl_(std::make_shared<Impl>(io, std::move(handler), std::move(fault_page), limits)) {}

Server::~Server() { impl_->Stop(); }

base::Result<void> Server::UseTls(TlsIdentity identity) { return impl_->UseTls(identity); }

base::Result<void> Server::Listen(base::UniqueFd listener) { return impl_->Listen(std::move(listener)); }

void Server::Stop() { impl_->Stop(); }

}  // namespace cis2::http
