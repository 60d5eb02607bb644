#include "broker/http/request_rules.h"

#include <gtest/gtest.h>

namespace cis2::http {
namespace {

const Headers kHost = {{"Host", "a"}};

Headers WithHost(Headers more) {
  more.insert(more.begin(), kHost.begin(), kHost.end());
  return more;
}

TEST(HeadFaultTest, AnOrdinaryHeadHasNone) {
  EXPECT_EQ(HeadFault(11, kHost), std::nullopt);
  EXPECT_EQ(HeadFault(11, WithHost({{"content-length", "12"}})), std::nullopt);
  EXPECT_EQ(HeadFault(11, WithHost({{"Transfer-Encoding", "Chunked"}})), std::nullopt);
}

TEST(HeadFaultTest, HostIsGivenOnceExceptByHttp10) {
  EXPECT_EQ(HeadFault(11, {}), 400);
  EXPECT_EQ(HeadFault(10, {}), std::nullopt);
  EXPECT_EQ(HeadFault(11, WithHost({{"hOST", "a"}})), 400);
  EXPECT_EQ(HeadFault(10, WithHost({{"Host", "b"}})), 400);
}

TEST(HeadFaultTest, TwoWaysToEndTheBodyAreRefused) {
  EXPECT_EQ(HeadFault(11, WithHost({{"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}})), 400);
  EXPECT_EQ(HeadFault(11, WithHost({{"Content-Length", "3"}, {"Content-Length", "3"}})), 400);
  EXPECT_EQ(HeadFault(11, WithHost({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}})),
            400);
  EXPECT_EQ(HeadFault(10, WithHost({{"Transfer-Encoding", "chunked"}})), 400);
}

TEST(HeadFaultTest, CodingsOtherThanChunkedAreRefused) {
  for (const char* coding :
       {"gzip", "gzip, chunked", "chunked, identity", "identity", "xchunked", "", "chunked;q=1"}) {
    EXPECT_EQ(HeadFault(11, WithHost({{"Transfer-Encoding", coding}})), 400) << coding;
  }
}

TEST(HeadFaultTest, ALengthIsDigitsAlone) {
  for (const char* length : {"3, 3", "+3", "-1", "0x3", "3 3", "", "3;"}) {
    EXPECT_EQ(HeadFault(11, WithHost({{"Content-Length", length}})), 400) << length;
  }
}

TEST(HeadFaultTest, OnlyOneExpectationIsKnown) {
  EXPECT_EQ(HeadFault(11, WithHost({{"Expect", "100-Continue"}})), std::nullopt);
  EXPECT_EQ(HeadFault(11, WithHost({{"Expect", "200-ok"}})), 417);
  EXPECT_TRUE(ExpectsContinue(WithHost({{"Expect", "100-continue"}})));
  EXPECT_FALSE(ExpectsContinue(kHost));
}

TEST(ParseTargetTest, PathAndQueryAreSplitAtTheFirstQuestionMark) {
  const auto target = ParseTarget("/callback?a=b?c");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->path, "/callback");
  EXPECT_EQ(target->query, "a=b?c");
}

TEST(ParseTargetTest, OfTheAbsoluteFormThePathCounts) {
  EXPECT_EQ(ParseTarget("https://host.example:8443/l/X?y")->path, "/l/X");
  EXPECT_EQ(ParseTarget("HTTP://host.example?code=1")->query, "code=1");
  EXPECT_EQ(ParseTarget("http://host.example")->path, "/");
}

TEST(ParseTargetTest, AsteriskIsATargetOfItsOwn) { EXPECT_EQ(ParseTarget("*")->path, "*"); }

TEST(ParseTargetTest, OtherFormsAreRefused) {
  for (const char* target : {"", "host:443", "l/X", "ftp://host/", "https:///x", "/a#b", "/a b", "/\x7f",
                             "/\xc3\xa4", "?x", "**"}) {
    EXPECT_FALSE(ParseTarget(target).has_value()) << target;
  }
}

TEST(IsWritableHeaderTest, NothingThatBeginsAnotherLineIsWritable) {
  EXPECT_TRUE(IsWritableHeader("Location", "/l/BCDF-GHJK"));
  EXPECT_TRUE(IsWritableHeader("X", ""));
  EXPECT_FALSE(IsWritableHeader("X", "a\r\nSet-Cookie: b"));
  EXPECT_FALSE(IsWritableHeader("X", "a\n"));
  EXPECT_FALSE(IsWritableHeader("X", std::string_view("a\0b", 3)));
  EXPECT_FALSE(IsWritableHeader("X", "\xc3\xa4"));
  EXPECT_FALSE(IsWritableHeader("", "a"));
  EXPECT_FALSE(IsWritableHeader("X:", "a"));
  EXPECT_FALSE(IsWritableHeader("X Y", "a"));
}

}  // namespace
}  // namespace cis2::http
