#include "broker/ipc/control_server.h"

#include "broker/base/log.h"
#include "pam_module/wire/codec.h"

#include <array>
#include <cstdint>

namespace cis2::ipc {
namespace {

std::string Frame(const base::Json& json) {
  const std::string text = json.dump(-1, ' ', /*ensure_ascii=*/true, base::Json::error_handler_t::replace);
  std::array<std::byte, wire::kFrameHeader> header{};
  wire::Writer(header).U32(static_cast<std::uint32_t>(text.size()));
  return std::string(reinterpret_cast<const char*>(header.data()), header.size()) + text;
}

base::Json Answer(std::string_view request, const Peer& peer, const ControlHandler& handler) {
  auto json = base::ParseJson(request);
  auto command = json ? base::StringMember(*json, "command") : std::nullopt;
  if (!command) {
    return {{"ok", false}, {"error", "the request is not an object with a command"}};
  }
  auto result = handler({.command = *std::move(command), .json = *std::move(json), .peer = peer});
  if (!result) {
    return {{"ok", false}, {"error", result.error().message}};
  }
  return {{"ok", true}, {"result", *std::move(result)}};
}

}  // namespace

void ServeControl(LocalSocket socket, const Peer& peer, ControlHandler handler) {
  // The channel owns itself while it is open; the handlers must not own it as well.
  const auto channel_slot = std::make_shared<std::weak_ptr<FrameChannel>>();
  auto channel = std::make_shared<FrameChannel>(
      std::move(socket), kMaxControlFrame,
      FrameChannel::Handlers{
          .on_frame =
              [channel_slot, peer, handler = std::move(handler)](std::span<const std::byte> body) {
                const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
                if (const auto open = channel_slot->lock()) {
                  open->Send(Frame(Answer(text, peer, handler)));
                }
                return true;
              },
          .on_end =
              [](std::string_view why) {
                if (!why.empty()) {
                  base::LogWarning("a connection to the control socket was ended",
                                   {{"WHY", std::string(why)}});
                }
              }});
  *channel_slot = channel;
  channel->Start();
}

}  // namespace cis2::ipc
