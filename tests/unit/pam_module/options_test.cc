#include "pam_module/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cis2::pam_module {
namespace {

struct Parsed {
  Options options;
  std::optional<BadArgument> bad;
};

Parsed Parse(const std::vector<const char*>& arguments) {
  Parsed p;
  p.bad = ParseOptions(arguments, p.options);
  return p;
}

TEST(OptionsTest, WithoutArgumentsTheDefaultsHold) {
  const Parsed p = Parse({});

  EXPECT_FALSE(p.bad.has_value());
  EXPECT_STREQ(p.options.socket, "/run/cis2-broker/pam.sock");
  EXPECT_EQ(p.options.reply_seconds, 5);
  EXPECT_EQ(p.options.reply_milliseconds(), 5000);
  EXPECT_EQ(p.options.qr, wire::QrMode::kUtf8);
  EXPECT_EQ(p.options.others, Others::kAllow);
  EXPECT_EQ(p.options.log, LogDetail::kOutcome);
}

TEST(OptionsTest, EveryArgumentIsTaken) {
  const Parsed p = Parse({"debug", "others=refuse", "qr=ascii", "timeout=60", "socket=/run/x/y.sock"});

  EXPECT_FALSE(p.bad.has_value());
  EXPECT_STREQ(p.options.socket, "/run/x/y.sock");
  EXPECT_EQ(p.options.reply_seconds, 60);
  EXPECT_EQ(p.options.qr, wire::QrMode::kAscii);
  EXPECT_EQ(p.options.others, Others::kRefuse);
  EXPECT_EQ(p.options.log, LogDetail::kDebug);
}

TEST(OptionsTest, EveryValueOfASetIsTaken) {
  EXPECT_EQ(Parse({"qr=utf8"}).options.qr, wire::QrMode::kUtf8);
  EXPECT_EQ(Parse({"qr=off"}).options.qr, wire::QrMode::kOff);
  EXPECT_EQ(Parse({"others=allow"}).options.others, Others::kAllow);
  EXPECT_EQ(Parse({"timeout=1"}).options.reply_seconds, 1);
  EXPECT_EQ(Parse({"timeout=10"}).options.reply_seconds, 10);
}

TEST(OptionsTest, WhatIsNoArgumentIsRefused) {
  for (const char* argument : {"", "Debug", "sokcet=/x", "socket", "socket /x", "timeout:5", "--debug", "qr",
                               "no_warn", "use_first_pass", " debug"}) {
    const Parsed p = Parse({argument});
    ASSERT_TRUE(p.bad.has_value()) << argument;
    EXPECT_STREQ(p.bad->argument, argument);
    EXPECT_STREQ(p.bad->problem, "is not an argument of this module");
  }
}

TEST(OptionsTest, ABadValueIsRefusedWithWhatWouldBeRight) {
  const struct {
    const char* argument;
    const char* problem;
  } cases[] = {
      {"socket=", "absolute path"},           {"socket=pam.sock", "absolute path"},
      {"socket=/", "absolute path"},          {"socket=/run/x/", "absolute"},
      {"timeout=", "from 1 to 60"},           {"timeout=0", "from 1 to 60"},
      {"timeout=61", "from 1 to 60"},         {"timeout=05", "from 1 to 60"},
      {"timeout=-1", "from 1 to 60"},         {"timeout=+5", "from 1 to 60"},
      {"timeout=5s", "from 1 to 60"},         {"timeout= 5", "from 1 to 60"},
      {"timeout=1.5", "from 1 to 60"},        {"timeout=0x5", "from 1 to 60"},
      {"timeout=4294967301", "from 1 to 60"}, {"qr=", "utf8, ascii or off"},
      {"qr=UTF8", "utf8, ascii or off"},      {"qr=utf8,off", "utf8, ascii or off"},
      {"others=", "allow or refuse"},         {"others=deny", "allow or refuse"},
      {"debug=1", "takes no value"},          {"debugging", "takes no value"},
  };
  for (const auto& c : cases) {
    const Parsed p = Parse({c.argument});
    ASSERT_TRUE(p.bad.has_value()) << c.argument;
    EXPECT_THAT(p.bad->problem, ::testing::HasSubstr(c.problem)) << c.argument;
  }
}

TEST(OptionsTest, AnArgumentGivenTwiceIsRefusedEvenWithTheSameValue) {
  for (const char* argument : {"socket=/run/a", "timeout=5", "qr=off", "others=refuse", "debug"}) {
    const Parsed p = Parse({argument, argument});
    ASSERT_TRUE(p.bad.has_value()) << argument;
    EXPECT_STREQ(p.bad->problem, "is given twice");
  }
}

TEST(OptionsTest, TheFirstWrongArgumentIsNamed) {
  EXPECT_STREQ(Parse({"debug", "timeout=9", "qr=png", "nonsense"}).bad->argument, "qr=png");
}

TEST(OptionsTest, ASocketPathFitsTheAddressWithItsNul) {
  const std::string longest = "socket=/" + std::string(106, 'a');
  const std::string too_long = longest + "a";

  EXPECT_FALSE(Parse({longest.c_str()}).bad.has_value());
  EXPECT_TRUE(Parse({too_long.c_str()}).bad.has_value());
}

}  // namespace
}  // namespace cis2::pam_module
