#include "broker/qr/terminal_qr.h"

#include "broker/base/c_handle.h"

#include <qrencode.h>

namespace cis2::qr {
namespace {

using Code = base::CHandle<QRcode, QRcode_free>;

constexpr int kQuietZone = 4;
constexpr int kMaxVersion = 3;
constexpr std::string_view kAlphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

// The modules with their quiet zone; true is light.
class Grid {
 public:
  explicit Grid(const QRcode& code) : code_(code) {}
  [[nodiscard]] int size() const { return code_.width + 2 * kQuietZone; }
  [[nodiscard]] bool IsLight(int row, int column) const {
    const int r = row - kQuietZone;
    const int c = column - kQuietZone;
    if (r < 0 || c < 0 || r >= code_.width || c >= code_.width) {
      return true;
    }
    return (code_.data[r * code_.width + c] & 1) == 0;
  }

 private:
  const QRcode& code_;
};

std::string DrawHalfBlocks(const Grid& grid, bool draw_light) {
  std::string out;
  for (int row = 0; row < grid.size(); row += 2) {
    for (int column = 0; column < grid.size(); ++column) {
      const bool upper = grid.IsLight(row, column) == draw_light;
      // The row below the last one does not exist: it belongs to the quiet zone.
      const bool lower_light = row + 1 >= grid.size() || grid.IsLight(row + 1, column);
      const bool lower = lower_light == draw_light;
      out += upper && lower ? "\u2588" : upper ? "\u2580" : lower ? "\u2584" : " ";
    }
    out += '\n';
  }
  return out;
}

std::string DrawAscii(const Grid& grid) {
  std::string out;
  for (int row = 0; row < grid.size(); ++row) {
    for (int column = 0; column < grid.size(); ++column) {
      out += grid.IsLight(row, column) ? "##" : "  ";
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string InCapitals(std::string_view link) {
  std::string out(link);
  for (char& c : out) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

std::optional<std::string> Draw(std::string_view text, Style style) {
  if (text.empty() || text.find_first_not_of(kAlphanumeric) != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string copy(text);
  // The hint is about kanji only; the library finds the alphanumeric mode by itself.
  const Code code(
      ::QRcode_encodeString(copy.c_str(), /*version=*/0, QR_ECLEVEL_L, QR_MODE_8, /*casesensitive=*/1));
  if (code == nullptr || code->version > kMaxVersion) {
    return std::nullopt;
  }
  const Grid grid(*code);
  switch (style) {
    case Style::kHalfBlocks:
      return DrawHalfBlocks(grid, /*draw_light=*/true);
    case Style::kHalfBlocksInverted:
      return DrawHalfBlocks(grid, /*draw_light=*/false);
    case Style::kAscii:
      return DrawAscii(grid);
  }
  return std::nullopt;
}

}  // namespace cis2::qr
