// QR codes drawn with characters, for terminals.
//
// Level L (the screen is not dirty), with the quiet zone of four modules that ISO/IEC 18004 asks for. The
// text must be of the QR alphanumeric set (capitals), so that version 3 holds 77 characters: 37 columns and
// 19 rows of half blocks, which leaves room for the link and the prompt on 80x24. Pure; libqrencode does the
// coding.
#ifndef CIS2_BROKER_QR_TERMINAL_QR_H_
#define CIS2_BROKER_QR_TERMINAL_QR_H_

#include <optional>
#include <string>
#include <string_view>

namespace cis2::qr {

enum class Style {
  kHalfBlocks,          // light modules drawn: right on a dark terminal
  kHalfBlocksInverted,  // dark modules drawn: right on a light terminal
  kAscii,               // "##" for each light module; twice as high
};

// The text that a link is encoded as: in capitals. Paths and user codes match without case.
std::string InCapitals(std::string_view link);

// Lines of one length, each ending with a newline. Nothing when the text has characters outside the
// alphanumeric set or does not fit version 3.
std::optional<std::string> Draw(std::string_view text, Style style);

}  // namespace cis2::qr

#endif  // CIS2_BROKER_QR_TERMINAL_QR_H_
