// The frame around every message on a local socket: PROTOCOL.md, section 2. No I/O.
//
//   +----------------+--------+---------------------+
//   | length, 4 bytes| type 1 | payload, length - 1 |
//   +----------------+--------+---------------------+
//
// `length` counts the type byte and the payload. A length of 0 or above the limit of that socket is
// refused before anything is read or allocated.
#ifndef CIS2_PAM_MODULE_WIRE_FRAME_H_
#define CIS2_PAM_MODULE_WIRE_FRAME_H_

#include "pam_module/wire/codec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cis2::wire {

inline constexpr std::size_t kFrameHeader = 4;
// The whole frame of the PAM socket, header included.
inline constexpr std::size_t kMaxFrame = std::size_t{16} * 1024;

// The number of bytes after the header, or nothing when the length is 0 or the frame would be longer
// than `max_frame`. `header` has kFrameHeader bytes.
inline std::optional<std::size_t> FrameBodySize(std::span<const std::byte, kFrameHeader> header,
                                                std::size_t max_frame = kMaxFrame) {
  Reader r(header);
  const std::size_t n = r.U32();
  if (n == 0 || n > max_frame - kFrameHeader) {
    return std::nullopt;
  }
  return n;
}

// Writes one frame into `out` with the payload that `fill(Writer&)` writes. Returns the size of the whole
// frame, or nothing when it does not fit.
template <class Fill>
std::optional<std::size_t> WriteFrame(std::uint8_t type, std::span<std::byte> out, Fill fill) {
  if (out.size() < kFrameHeader + 1) {
    return std::nullopt;
  }
  Writer body(out.subspan(kFrameHeader));
  body.U8(type);
  fill(body);
  if (!body.ok()) {
    return std::nullopt;
  }
  Writer header(out.first(kFrameHeader));
  header.U32(static_cast<std::uint32_t>(body.size()));
  return kFrameHeader + body.size();
}

}  // namespace cis2::wire

#endif  // CIS2_PAM_MODULE_WIRE_FRAME_H_
