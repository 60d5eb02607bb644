#include "pam_module/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace cis2::pam_module {
namespace {

std::string Reduce(std::string_view text) {
  std::string out(text.size(), '\0');
  out.resize(ReduceToPrintable(text, out));
  return out;
}

TEST(PrintableTest, KeepsPrintableAsciiAndNewlines) {
  std::string all = "\n";
  for (char c = ' '; c <= '~'; ++c) {
    all += c;
  }
  EXPECT_EQ(Reduce(all), all);
  EXPECT_EQ(Reduce(""), "");
}

TEST(PrintableTest, KeepsTheHalfBlocksOfAQrCode) {
  const std::string blocks = "\u2580\u2584\u2588 \u2588\u2584\u2580\n";
  EXPECT_EQ(Reduce(blocks), blocks);
}

TEST(PrintableTest, EveryOtherByteBecomesAQuestionMark) {
  for (int c = 1; c < 256; ++c) {
    const std::string text(1, static_cast<char>(c));
    const bool kept = c == '\n' || (c >= ' ' && c <= '~');
    const bool continuation = c >= 0x80 && c < 0xc0;
    EXPECT_EQ(Reduce(text), kept ? text : std::string(continuation ? "" : "?")) << c;
  }
}

TEST(PrintableTest, TerminalCommandsAreTakenApart) {
  EXPECT_EQ(Reduce("\x1b[2J\x1b]0;title\a"), "?[2J?]0;title?");
  EXPECT_EQ(Reduce("\r\b\t\x7f"), "????");
  // The C1 controls as UTF-8, and as the bare bytes that some terminals obey.
  EXPECT_EQ(Reduce("\xc2\x9b"
                   "31m"),
            "?31m");
  EXPECT_EQ(Reduce("\x9b"
                   "31m"),
            "31m");
}

TEST(PrintableTest, OtherCharactersBecomeOneQuestionMarkEach) {
  EXPECT_EQ(Reduce("D\u0175r"), "D?r");
  EXPECT_EQ(Reduce("\u202eabc"), "?abc");  // NOLINT(misc-misleading-bidirectional): right-to-left override
  EXPECT_EQ(Reduce("\u2581\u2590\u2588"), "??\u2588");  // neighbours of the half blocks
  EXPECT_EQ(Reduce("\U0001f600!"), "?!");
}

TEST(PrintableTest, BrokenUtf8IsNotKept) {
  EXPECT_EQ(Reduce("\xe2\x96"), "?");
  EXPECT_EQ(Reduce("\xe2"), "?");
  EXPECT_EQ(Reduce("\xe2\x96\x1b"), "??");
  EXPECT_EQ(Reduce("\xe2\xe2\x96\x80"), "?\u2580");
}

TEST(PrintableTest, NulDoesNotEndTheText) { EXPECT_EQ(Reduce(std::string_view("a\0b", 3)), "a?b"); }

TEST(PrintableTest, WhatDoesNotFitIsLeftOutAndABlockIsNeverCut) {
  char out[4] = {};
  EXPECT_EQ(ReduceToPrintable("abcdef", out), 4U);
  EXPECT_EQ(ReduceToPrintable("ab\u2580", out), 2U);
  EXPECT_EQ(ReduceToPrintable("a\u2580", out), 4U);
}

TEST(TerminalTextTest, PiecesAreAddedUpToTheLimitAndEndWithNul) {
  TerminalText<5> text;
  EXPECT_STREQ(text.c_str(), "");
  text.Append("ab");
  text.Append("c\x1b");
  EXPECT_STREQ(text.c_str(), "abc?");
  text.Append("de");
  EXPECT_STREQ(text.c_str(), "abc?d");
  text.Append("f");
  EXPECT_STREQ(text.c_str(), "abc?d");
}

}  // namespace
}  // namespace cis2::pam_module
