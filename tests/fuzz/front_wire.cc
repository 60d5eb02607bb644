// The socket between front and broker, read by either side: broker/front/wire/messages.h. The input is the
// body of a frame.
//
// Invariant: a body is read by one side alone, and what is read can be written. The bytes are the same, but
// for a Page, whose arguments may come in any order and whose reason may be newer than this reader: it is the
// same from the second writing on.
#include "broker/front/wire/messages.h"
#include "pam_module/wire/frame.h"
#include "tests/fuzz/target.h"

namespace cis2::fuzz {
namespace {

bool IsPage(const front_wire::ToBroker& /*message*/) { return false; }
bool IsPage(const front_wire::ToFront& message) { return std::holds_alternative<front_wire::Page>(message); }

template <class Decode>
bool ReadsAndWrites(std::string_view body, Decode decode) {
  const auto message = decode(Bytes(body));
  if (!message) {
    return false;
  }
  const auto frame = front_wire::Encode(*message);
  Require(frame && frame->size() <= front_wire::kMaxFrame, "what is read can be written");
  const std::string_view written = std::string_view(*frame).substr(wire::kFrameHeader);
  Require(written == body || IsPage(*message), "and is the same");
  const auto again = decode(Bytes(written));
  Require(again && front_wire::Encode(*again) == frame, "and the same from then on");
  return true;
}

}  // namespace

Judgement Judge(std::string_view body) {
  const bool to_broker = ReadsAndWrites(body, front_wire::DecodeToBroker);
  const bool to_front = ReadsAndWrites(body, front_wire::DecodeToFront);
  Require(!(to_broker && to_front), "a message goes one way");
  return AcceptedIf(to_broker || to_front);
}

}  // namespace cis2::fuzz
