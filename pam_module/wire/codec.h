// Writes and reads the fields of a message: big-endian integers, and strings with a two-byte length.
//
// Used on both local sockets (PROTOCOL.md here, broker/front/wire/PROTOCOL.md). No I/O, no allocation, no
// exceptions, nothing from libstdc++ but headers, because the PAM module links this into sshd.
// Limits: a Writer never writes past its buffer and a Reader never reads past its input; after the first
// failure both stay failed, so a caller checks once, at the end.
// Ownership: a Writer borrows the buffer, strings from a Reader point into its input.
#ifndef CIS2_PAM_MODULE_WIRE_CODEC_H_
#define CIS2_PAM_MODULE_WIRE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cis2::wire {

class Writer {
 public:
  explicit Writer(std::span<std::byte> out) : out_(out) {}

  void U8(std::uint8_t v) { Put(v, 1); }
  void U16(std::uint16_t v) { Put(v, 2); }
  void U32(std::uint32_t v) { Put(v, 4); }
  void U64(std::uint64_t v) { Put(v, 8); }
  void Str(std::string_view s) {
    if (s.size() > 0xffff) {
      ok_ = false;
      return;
    }
    U16(static_cast<std::uint16_t>(s.size()));
    for (char c : s) {
      Put(static_cast<std::uint8_t>(c), 1);
    }
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t size() const { return used_; }

 private:
  void Put(std::uint64_t v, int bytes) {
    if (!ok_ || out_.size() - used_ < static_cast<std::size_t>(bytes)) {
      ok_ = false;
      return;
    }
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
      out_[used_++] = static_cast<std::byte>((v >> shift) & 0xff);
    }
  }

  std::span<std::byte> out_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> in) : in_(in) {}

  std::uint8_t U8() { return static_cast<std::uint8_t>(Get(1)); }
  std::uint16_t U16() { return static_cast<std::uint16_t>(Get(2)); }
  std::uint32_t U32() { return static_cast<std::uint32_t>(Get(4)); }
  std::uint64_t U64() { return Get(8); }
  // A string of at most `max` bytes, without NUL. Longer ones fail the Reader.
  std::string_view Str(std::size_t max) {
    const std::size_t n = U16();
    if (!ok_ || n > max || in_.size() - used_ < n) {
      ok_ = false;
      return {};
    }
    const std::string_view s(reinterpret_cast<const char*>(in_.data()) + used_, n);
    used_ += n;
    if (s.find('\0') != std::string_view::npos) {
      ok_ = false;
      return {};
    }
    return s;
  }

  // True when nothing failed and nothing is left over: what every decoder ends with.
  [[nodiscard]] bool AtEnd() const { return ok_ && used_ == in_.size(); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::uint64_t Get(std::size_t bytes) {
    if (!ok_ || in_.size() - used_ < bytes) {
      ok_ = false;
      return 0;
    }
    std::uint64_t v = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      v = (v << 8) | std::to_integer<std::uint64_t>(in_[used_++]);
    }
    return v;
  }

  std::span<const std::byte> in_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

}  // namespace cis2::wire

#endif  // CIS2_PAM_MODULE_WIRE_CODEC_H_
