#include "broker/ipc/pam_server.h"

#include "broker/base/log.h"
#include "pam_module/wire/messages.h"

#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>

namespace cis2::ipc {
namespace {

template <class Message>
std::string EncodeFrame(const Message& message) {
  std::string frame(wire::kMaxFrame, '\0');
  const auto size = wire::Encode(message, std::as_writable_bytes(std::span(frame)));
  frame.resize(size.value_or(0));
  return frame;
}

// One conversation with the module: the permit table before everything else.
class PamSession final : public login::Terminal, public std::enable_shared_from_this<PamSession> {
 public:
  PamSession(const Peer& peer, login::HostSide& host_side, std::chrono::milliseconds linger)
      : peer_(peer), host_side_(host_side), linger_(linger) {}

  void Start(LocalSocket socket) {
    auto self = shared_from_this();
    timer_.emplace(socket.get_executor());
    // The channel owns itself while it is open, and us through its handlers.
    auto channel = std::make_shared<FrameChannel>(
        std::move(socket), wire::kMaxFrame,
        FrameChannel::Handlers{
            .on_frame = [self](std::span<const std::byte> body) { return self->OnFrame(body); },
            .on_end = [self](std::string_view why) { self->OnEnd(why); }});
    channel_ = channel;
    channel->Start();
  }

  void Show(const login::Screen& screen) override {
    if (conversation_.Admit(wire::Sender::kBroker, wire::MessageType::kScreen)) {
      Send(EncodeFrame(wire::Screen{.info = screen.info, .prompt = screen.prompt}));
    }
  }

  void Give(const login::GivenVerdict& verdict) override {
    if (conversation_.Admit(wire::Sender::kBroker, wire::MessageType::kVerdict)) {
      Send(EncodeFrame(wire::Verdict{.kind = verdict.kind,
                                     .text = verdict.text,
                                     .reference = verdict.reference,
                                     .ticket = verdict.ticket}));
    }
    CloseSoon();
  }

 private:
  // The verdict waits in the module's end of the socket; ours is free for somebody else then.
  void CloseSoon() {
    timer_->expires_after(linger_);
    timer_->async_wait([weak = channel_](const boost::system::error_code& error) {
      const auto channel = weak.lock();
      if (!error && channel != nullptr) {
        channel->Close();
      }
    });
  }

  bool OnFrame(std::span<const std::byte> body) {
    const auto type = wire::TypeOf(body);
    if (!type || !conversation_.Admit(wire::Sender::kModule, *type)) {
      return false;
    }
    // Before anything else is read: another version may have other fields.
    if (const auto version = wire::VersionOf(body); version && !wire::IsSpoken(*version)) {
      return Unsupported(*version);
    }
    switch (*type) {
      case wire::MessageType::kLoginRequest:
        return OnLoginRequest(wire::DecodeLoginRequest(body));
      case wire::MessageType::kAnswer:
        return OnAnswer(wire::DecodeAnswer(body));
      case wire::MessageType::kAccountRequest:
        return OnAccountRequest(wire::DecodeAccountRequest(body));
      case wire::MessageType::kScreen:
      case wire::MessageType::kVerdict:
        break;
    }
    return false;
  }

  bool OnLoginRequest(const std::optional<wire::LoginRequest>& m) {
    if (!m) {
      return false;
    }
    const login::LoginAsk ask{.service = std::string(m->service),
                              .account = std::string(m->account),
                              .rhost = std::string(m->rhost),
                              .ruser = std::string(m->ruser),
                              .tty = std::string(m->tty),
                              .ssh_connection = std::string(m->ssh_connection),
                              .ssh_auth_info = std::string(m->ssh_auth_info),
                              .qr = m->qr};
    login_id_ = host_side_.Begin(ask, {.pid = peer_.pid, .monitor_started = ParentStarted(peer_.pid)}, *this);
    return true;
  }

  bool OnAnswer(const std::optional<wire::Answer>& m) {
    if (!m) {
      return false;
    }
    if (login_id_) {
      host_side_.Answer(*login_id_, std::string(m->text));
    }
    return true;
  }

  bool OnAccountRequest(const std::optional<wire::AccountRequest>& m) {
    if (!m) {
      return false;
    }
    Give(host_side_.Account({.service = std::string(m->service),
                             .account = std::string(m->account),
                             .ticket = std::string(m->ticket)},
                            {.pid = peer_.pid, .monitor_started = std::nullopt}));
    return true;
  }

  bool Unsupported(unsigned version) {
    base::LogWarning(version > wire::kVersion
                         ? "a PAM module is newer than this broker: upgrade cis2-broker"
                         : "a PAM module is older than this broker answers: upgrade libpam-cis2",
                     {{"MODULE_VERSION", std::to_string(version)},
                      {"VERSION", std::to_string(wire::kVersion)},
                      {"PEER_PID", std::to_string(peer_.pid)}});
    Give(host_side_.OtherRelease());
    return true;
  }

  void OnEnd(std::string_view why) {
    if (!why.empty()) {
      base::LogWarning("a connection to the PAM socket was ended",
                       {{"WHY", std::string(why)}, {"PEER_PID", std::to_string(peer_.pid)}});
    }
    if (login_id_) {
      host_side_.Gone(*login_id_);
    }
  }

  void Send(std::string frame) {
    if (const auto channel = channel_.lock()) {
      channel->Send(std::move(frame));
    }
  }

  Peer peer_;
  login::HostSide& host_side_;
  const std::chrono::milliseconds linger_;
  std::optional<boost::asio::steady_timer> timer_;
  wire::Conversation conversation_;
  std::weak_ptr<FrameChannel> channel_;
  std::optional<std::string> login_id_;
};

}  // namespace

void ServePam(LocalSocket socket, const Peer& peer, login::HostSide& host_side,
              std::chrono::milliseconds linger) {
  std::make_shared<PamSession>(peer, host_side, linger)->Start(std::move(socket));
}

}  // namespace cis2::ipc
