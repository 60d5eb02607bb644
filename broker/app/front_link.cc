#include "broker/app/front_link.h"

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/config/check.h"

#include <openssl/crypto.h>

namespace cis2::app {
namespace {

constexpr int kFirstErrorStatus = 400;
constexpr int kInternalError = 500;

// What the configuration may hold must fit: else a configuration that is found good gives no pages.
static_assert(config::kMaxPageFile <= front_wire::kMaxPem);
static_assert(config::kMaxTrustedProxies <= front_wire::kMaxProxies);
static_assert(config::kLongestProviderTimeout <= front_wire::kLongestWait);

// Calls the web side's function for each kind of request.
struct Dispatch {
  web::WebSide& web_side;
  const std::string& jwks;
  web::Reply reply;

  void operator()(const front_wire::ShowLogin& m) const { web_side.Show(m, reply); }
  void operator()(const front_wire::ContinueLogin& m) const { web_side.Continue(m, reply); }
  void operator()(const front_wire::DenyLogin& m) const { web_side.Deny(m, reply); }
  void operator()(const front_wire::Callback& m) const { web_side.Callback(m, reply); }
  void operator()(const front_wire::GetJwks& m) const {
    reply(front_wire::Jwks{.request = m.request, .json = jwks});
  }
};

// What stands in for an answer that the wire does not take: a browser must not wait for nothing.
front_wire::Page InternalError(const front_wire::ToFront& answer) {
  front_wire::Page page;
  page.outcome = front_wire::PageOutcome::kError;
  page.status = kInternalError;
  page.reason = reasons::Reason::kLoginInternal;
  std::visit(
      [&page](const auto& m) {
        if constexpr (requires { m.request; }) {
          page.request = m.request;
        }
        if constexpr (requires { m.reference; }) {
          page.reference = base::Printable(m.reference).substr(0, front_wire::kMaxReference);
        }
      },
      answer);
  return page;
}

}  // namespace

FrontLink::FrontLink(web::WebSide& web_side, std::string jwks,
                     std::function<void(reasons::Reason)> on_turned_away)
    : web_side_(web_side), jwks_(std::move(jwks)), on_turned_away_(std::move(on_turned_away)) {}

void FrontLink::Connect(ipc::LocalSocket socket) {
  Close();
  channel_ = std::make_shared<ipc::FrameChannel>(
      std::move(socket), front_wire::kMaxFrame,
      ipc::FrameChannel::Handlers{
          .on_frame = [this](std::span<const std::byte> body) { return OnFrame(body); },
          .on_end =
              [this](std::string_view why) {
                base::LogWarning("the connection to cis2-front ended; pages are unavailable until it is back",
                                 {{"WHY", why.empty() ? "closed by the front" : std::string(why)}});
                channel_.reset();
              }});
  channel_->Start();
  channel_->Send(std::string(settings_frame_.Reveal()));
}

void FrontLink::SetSettings(front_wire::Settings settings) {
  front_wire::ToFront message(std::move(settings));
  auto encoded = front_wire::Encode(message);
  std::string& key = std::get<front_wire::Settings>(message).private_key_pem;
  ::OPENSSL_cleanse(key.data(), key.size());
  if (!encoded) {
    base::LogError(
        "the settings for cis2-front cannot be written; it keeps those that it has, and without any serves "
        "no page");
    return;
  }
  base::Secret frame = base::Secret::Take(*encoded);
  if (frame.Equals(settings_frame_.Reveal())) {
    return;
  }
  settings_frame_ = std::move(frame);
  if (channel_ != nullptr) {
    channel_->Send(std::string(settings_frame_.Reveal()));
  }
}

void FrontLink::Close() {
  if (channel_ != nullptr) {
    channel_->Close();
    channel_.reset();
  }
}

bool FrontLink::OnFrame(std::span<const std::byte> body) {
  const auto message = front_wire::DecodeToBroker(body);
  if (!message) {
    return false;
  }
  // The answer goes to the front that asked: a front that came since has other requests under these numbers.
  web::Reply reply = [this, asked_by = std::weak_ptr(channel_)](const front_wire::ToFront& answer) {
    const std::string frame = FrameOf(answer);
    if (const auto channel = asked_by.lock()) {
      channel->Send(frame);
    }
  };
  std::visit(Dispatch{.web_side = web_side_, .jwks = jwks_, .reply = std::move(reply)}, *message);
  return true;
}

std::string FrontLink::FrameOf(const front_wire::ToFront& answer) {
  auto frame = front_wire::Encode(answer);
  if (!frame) {
    const front_wire::Page page = InternalError(answer);
    base::LogError("an answer to a browser cannot be written to cis2-front", {{"REFERENCE", page.reference}});
    return FrameOf(page);
  }
  const auto* page = std::get_if<front_wire::Page>(&answer);
  if (on_turned_away_ && page != nullptr && page->status >= kFirstErrorStatus) {
    on_turned_away_(page->reason);
  }
  return *std::move(frame);
}

}  // namespace cis2::app
