// The PAM socket, read by either side: pam_module/wire/messages.h. The input is a stream of frames.
//
// Invariant: a body is read by the decoder of its type alone, what is read is written back byte for byte, and
// no conversation goes on after it was over.
#include "pam_module/wire/messages.h"
#include "tests/fuzz/target.h"

#include <algorithm>
#include <array>
#include <vector>

namespace cis2::fuzz {
namespace {

using Body = std::span<const std::byte>;

template <class Message>
bool WritesBack(const std::optional<Message>& message, Body frame) {
  if (!message) {
    return false;
  }
  std::vector<std::byte> out(wire::kMaxFrame);
  const auto size = wire::Encode(*message, out);
  Require(size && std::ranges::equal(std::span(out).first(*size), frame), "what is read is written back");
  return true;
}

// Whether the frame holds a message.
bool HoldsMessage(Body frame) {
  const Body body = frame.subspan(wire::kFrameHeader);
  const std::array reads = {
      WritesBack(wire::DecodeLoginRequest(body), frame), WritesBack(wire::DecodeScreen(body), frame),
      WritesBack(wire::DecodeAnswer(body), frame), WritesBack(wire::DecodeVerdict(body), frame),
      WritesBack(wire::DecodeAccountRequest(body), frame)};
  const auto type = wire::TypeOf(body);
  for (std::size_t i = 0; i < reads.size(); ++i) {
    Require(!reads[i] || type == static_cast<wire::MessageType>(i + 1),
            "the decoder of its type reads a body");
  }
  return std::ranges::find(reads, true) != reads.end();
}

wire::Sender SenderOf(wire::MessageType type) {
  return type == wire::MessageType::kScreen || type == wire::MessageType::kVerdict ? wire::Sender::kBroker
                                                                                   : wire::Sender::kModule;
}

void Advance(wire::Conversation& conversation, wire::MessageType type) {
  const bool was_over = conversation.state() == wire::State::kOver;
  const bool admitted = conversation.Admit(SenderOf(type), type);
  Require(!(was_over && admitted), "nothing is said after the end");
  Require(admitted || conversation.state() == wire::State::kOver, "what is not admitted is the end");
}

}  // namespace

Judgement Judge(std::string_view input) {
  Body rest = Bytes(input);
  wire::Conversation conversation;
  bool accepted = false;
  while (rest.size() >= wire::kFrameHeader) {
    const auto size = wire::FrameBodySize(rest.first<wire::kFrameHeader>());
    if (!size || *size > rest.size() - wire::kFrameHeader) {
      return Judgement::kRefused;
    }
    const Body frame = rest.first(wire::kFrameHeader + *size);
    rest = rest.subspan(frame.size());
    accepted = HoldsMessage(frame);
    if (!accepted) {
      return Judgement::kRefused;
    }
    Advance(conversation, *wire::TypeOf(frame.subspan(wire::kFrameHeader)));
  }
  return AcceptedIf(accepted && rest.empty());
}

}  // namespace cis2::fuzz
