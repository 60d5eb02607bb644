#include "broker/base/shown.h"

#include <gtest/gtest.h>

namespace cis2::base {
namespace {

TEST(ShownTest, WhatMatchesItsGrammarStaysAsItIs) {
  for (const char* address : {"", "192.0.2.7", "2001:db8::1", "fe80::1%eth0", "host-1.example"}) {
    EXPECT_EQ(ShownAddress(address), address);
  }
  for (const char* terminal : {"", "ssh", "tty1", "pts/0", "/dev/tty1", ":0", ":0.1"}) {
    EXPECT_EQ(ShownTerminal(terminal), terminal);
  }
}

TEST(ShownTest, NoPlacePosesAsASentence) {
  EXPECT_EQ(ShownAddress("::1 ended: \"x\""), "::1\\x20ended:\\x20\\x22x\\x22");
  EXPECT_EQ(ShownAddress("a/b\\"), "a\\x2fb\\x5c");
  EXPECT_EQ(ShownTerminal("tty1, by op1\n"), "tty1\\x2c\\x20by\\x20op1\\x0a");
  EXPECT_EQ(ShownTerminal("50%"), "50\\x25");
}

TEST(ShownTest, APlaceIsCut) {
  EXPECT_EQ(ShownAddress(std::string(64, ':')), std::string(64, ':'));
  EXPECT_EQ(ShownAddress(std::string(65, ':')), std::string(64, ':') + "...");
  EXPECT_EQ(ShownTerminal(std::string(65, '/')), std::string(64, '/') + "...");
}

}  // namespace
}  // namespace cis2::base
