#include "broker/qr/terminal_qr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace cis2::qr {
namespace {

const std::string kLongest = "HTTPS://" + std::string(52, 'A') + ":8443/L/BCDF-GHJK";

std::size_t Rows(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

std::size_t ColumnsOfFirstRow(const std::string& text) {
  const std::string row = text.substr(0, text.find('\n'));
  return static_cast<std::size_t>(
      std::ranges::count_if(row, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

TEST(TerminalQrTest, TheLongestLinkTakesThirtySevenColumnsAndNineteenRows) {
  ASSERT_EQ(kLongest.size(), 77U);
  const auto drawn = Draw(kLongest, Style::kHalfBlocks);
  ASSERT_TRUE(drawn.has_value());
  EXPECT_EQ(Rows(*drawn), 19U);
  EXPECT_EQ(ColumnsOfFirstRow(*drawn), 37U);
}

TEST(TerminalQrTest, OneCharacterMoreDoesNotFit) {
  EXPECT_FALSE(Draw(kLongest + "A", Style::kHalfBlocks).has_value());
}

TEST(TerminalQrTest, AsciiTakesSeventyFourColumnsAndThirtySevenRows) {
  const auto drawn = Draw(kLongest, Style::kAscii);
  ASSERT_TRUE(drawn.has_value());
  EXPECT_EQ(Rows(*drawn), 37U);
  EXPECT_EQ(ColumnsOfFirstRow(*drawn), 74U);
}

TEST(TerminalQrTest, TheQuietZoneIsDrawnLight) {
  EXPECT_TRUE(Draw("A", Style::kHalfBlocks)->starts_with("\u2588\u2588\u2588"));
  EXPECT_TRUE(Draw("A", Style::kHalfBlocksInverted)->starts_with("   "));
  EXPECT_TRUE(Draw("A", Style::kAscii)->starts_with("######"));
}

TEST(TerminalQrTest, InvertedHasALightModuleWhereTheOtherHasADarkOne) {
  std::string inverted = *Draw("HTTPS://A/L/BCDF-GHJK", Style::kHalfBlocksInverted);
  const std::string normal = *Draw("HTTPS://A/L/BCDF-GHJK", Style::kHalfBlocks);
  EXPECT_EQ(Rows(inverted), Rows(normal));
  EXPECT_EQ(ColumnsOfFirstRow(inverted), ColumnsOfFirstRow(normal));
  EXPECT_NE(inverted, normal);
}

TEST(TerminalQrTest, WhatIsNotAlphanumericIsRefused) {
  EXPECT_FALSE(Draw("https://a", Style::kAscii).has_value());
  EXPECT_FALSE(Draw("A?B", Style::kAscii).has_value());
  EXPECT_FALSE(Draw("", Style::kAscii).has_value());
}

TEST(TerminalQrTest, CapitalsOnlyTouchLetters) {
  EXPECT_EQ(InCapitals("https://a-b:8/l/bc"), "HTTPS://A-B:8/L/BC");
}

}  // namespace
}  // namespace cis2::qr
