#include "broker/front/wire/messages.h"
#include "pam_module/wire/frame.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace cis2::front_wire {
namespace {

const std::string kKey(kBrowserKeySize, 'k');
const std::string kOtherKey(kBrowserKeySize, '-');

std::span<const std::byte> BodyOf(const std::string& frame) {
  return std::as_bytes(std::span(frame.data(), frame.size())).subspan(wire::kFrameHeader);
}

std::string Hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

ShowLogin ExampleShow() {
  ShowLogin m;
  m.request = 7;
  m.user_code = "BCDFGHJK";
  m.browser_key = "";
  m.browser_addr = "192.0.2.7";
  return m;
}

ContinueLogin ExampleContinue() {
  ContinueLogin m;
  m.request = 8;
  m.user_code = "BCDFGHJK";
  m.browser_key = kKey;
  m.browser_addr = "2001:db8::7";
  return m;
}

Callback ExampleCallback() {
  Callback m;
  m.request = 9;
  m.state = "state";
  m.code = "code";
  m.has_iss = true;
  m.iss = "https://issuer.example:443/path";
  m.browser_keys = {{"BCDFGHJK", kKey}, {"ZZZZZZZZ", kOtherKey}};
  m.browser_addr = "192.0.2.7";
  return m;
}

Settings ExampleSettings() {
  Settings m;
  m.public_url = "https://server.example.nhs.uk:8443";
  m.certificate_chain_pem = std::string(kMaxPem, 'c');
  m.private_key_pem = "key";
  m.form_action_origin = "https://am.example:443";
  m.trusted_proxies = {"192.0.2.0/24", "2001:db8::1"};
  return m;
}

Page ExamplePage() {
  Page m;
  m.request = 10;
  m.outcome = PageOutcome::kCode;
  m.status = 200;
  m.reason = reasons::Reason::kAalTooLow;
  m.args = {{"server_aal", "3"}, {"your_aal", "2"}};
  m.reference = "R-1234";
  m.host = "server";
  m.account = "op1";
  m.service = "sshd";
  m.from = "192.0.2.7";
  m.started = 1795425302;
  m.seconds_left = 90;
  m.confirmation_code = "482913";
  m.may_continue = false;
  m.may_deny = true;
  m.other_network = true;
  return m;
}

RedirectTo ExampleRedirect() {
  RedirectTo m;
  m.request = 11;
  m.location = "https://am.example:443/authorize?state=x";
  return m;
}

Jwks ExampleJwks() {
  Jwks m;
  m.request = 12;
  m.json = R"({"keys":[]})";
  return m;
}

std::vector<ToBroker> EveryRequest() {
  DenyLogin deny;
  deny.user_code = "BCDFGHJK";
  deny.browser_key = kKey;
  deny.browser_addr = "192.0.2.7";
  return {ExampleShow(), ExampleContinue(), deny, ExampleCallback(), GetJwks{.request = 13}};
}

std::vector<ToFront> EveryReply() {
  return {ExampleSettings(), ExamplePage(), ExampleRedirect(), ExampleJwks()};
}

template <class Message>
Message Roundtrip(const Message& m) {
  const auto frame = Encode(m);
  EXPECT_TRUE(frame.has_value());
  if constexpr (std::is_constructible_v<ToBroker, Message>) {
    return std::get<Message>(DecodeToBroker(BodyOf(frame.value())).value());
  } else {
    return std::get<Message>(DecodeToFront(BodyOf(frame.value())).value());
  }
}

TEST(FrontWireTest, ShowLoginIsEncodedAsTheProtocolDocumentSays) {
  EXPECT_EQ(Hex(Encode(ExampleShow()).value()),
            "0000001c"
            "01"
            "00000007"
            "00084243444647484a4b"
            "0000"
            "00093139322e302e322e37");
}

TEST(FrontWireTest, ARedirectIsEncodedAsTheProtocolDocumentSays) {
  RedirectTo m;
  m.request = 1;
  m.location = "/l/X";
  EXPECT_EQ(Hex(Encode(m).value()),
            "0000000b"
            "83"
            "00000001"
            "00042f6c2f58");
}

TEST(FrontWireTest, RequestsComeBackAsTheyWereSent) {
  EXPECT_EQ(Roundtrip(ExampleShow()).browser_addr, "192.0.2.7");
  EXPECT_EQ(Roundtrip(ExampleContinue()).browser_key, kKey);
  const Callback got = Roundtrip(ExampleCallback());
  EXPECT_EQ(got.request, 9U);
  EXPECT_EQ(got.state, "state");
  EXPECT_EQ(got.code, "code");
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.has_iss);
  EXPECT_EQ(got.iss, "https://issuer.example:443/path");
  EXPECT_EQ(got.browser_keys, ExampleCallback().browser_keys);
  EXPECT_EQ(Roundtrip(GetJwks{.request = std::numeric_limits<std::uint32_t>::max()}).request, 0xffffffffU);
}

TEST(FrontWireTest, RepliesComeBackAsTheyWereSent) {
  const Settings settings = Roundtrip(ExampleSettings());
  EXPECT_EQ(settings.certificate_chain_pem.size(), kMaxPem);
  EXPECT_EQ(settings.private_key_pem, "key");
  EXPECT_EQ(settings.trusted_proxies, ExampleSettings().trusted_proxies);
  EXPECT_TRUE(settings.hsts);
  EXPECT_FALSE(settings.serve_jwks);

  const Page page = Roundtrip(ExamplePage());
  EXPECT_EQ(page.outcome, PageOutcome::kCode);
  EXPECT_EQ(page.reason, reasons::Reason::kAalTooLow);
  EXPECT_EQ(page.args, ExamplePage().args);
  EXPECT_EQ(page.started, 1795425302);
  EXPECT_EQ(page.seconds_left, 90U);
  EXPECT_EQ(page.confirmation_code, "482913");
  EXPECT_TRUE(page.may_deny);
  EXPECT_TRUE(page.other_network);
  EXPECT_FALSE(page.may_continue);

  EXPECT_EQ(Roundtrip(ExampleRedirect()).location, ExampleRedirect().location);
  EXPECT_EQ(Roundtrip(ExampleJwks()).json, ExampleJwks().json);
}

TEST(FrontWireTest, EveryShorterOrLongerBodyIsRefused) {
  const auto check = [](const std::string& frame, auto decode) {
    const auto body = BodyOf(frame);
    ASSERT_TRUE(decode(body).has_value());
    for (std::size_t n = 0; n < body.size(); n += body.size() > 4096 ? 997U : 1U) {
      EXPECT_FALSE(decode(body.first(n)).has_value()) << n;
    }
    std::string longer = frame + '\0';
    EXPECT_FALSE(decode(BodyOf(longer)).has_value());
  };
  for (const ToBroker& m : EveryRequest()) {
    check(Encode(m).value(), DecodeToBroker);
  }
  for (const ToFront& m : EveryReply()) {
    check(Encode(m).value(), DecodeToFront);
  }
}

TEST(FrontWireTest, AMessageOfTheOtherDirectionOrOfNoKindIsRefused) {
  EXPECT_FALSE(DecodeToFront(BodyOf(Encode(ExampleShow()).value())).has_value());
  EXPECT_FALSE(DecodeToBroker(BodyOf(Encode(ExampleRedirect()).value())).has_value());
  for (const int type : {0, 6, 128, 133, 255}) {
    std::string frame = Encode(ToBroker(GetJwks{.request = 1})).value();
    frame[wire::kFrameHeader] = static_cast<char>(type);
    EXPECT_FALSE(DecodeToBroker(BodyOf(frame)).has_value()) << type;
    EXPECT_FALSE(DecodeToFront(BodyOf(frame)).has_value()) << type;
  }
  EXPECT_FALSE(DecodeToBroker({}).has_value());
}

// Every bit of every message flipped: whatever is accepted encodes again.
TEST(FrontWireTest, WhatIsAcceptedIsWhatCouldHaveBeenSent) {
  for (const ToBroker& m : EveryRequest()) {
    const std::string frame = Encode(m).value();
    for (std::size_t at = wire::kFrameHeader; at < frame.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = frame;
        changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
        if (const auto decoded = DecodeToBroker(BodyOf(changed))) {
          EXPECT_EQ(Encode(*decoded), changed);
        }
      }
    }
  }
}

// Changes one thing of a good message; it must then be neither sent nor accepted.
template <class Message, class Change>
bool IsSent(Message m, Change change) {
  change(m);
  return Encode(m).has_value();
}

TEST(FrontWireTest, UserCodesAndBrowserKeysHaveOneForm) {
  for (const char* code : {"", "BCDFGHJ", "BCDFGHJKL", "bcdfghjk", "BCDF-GHJ", "BCDFGHJA", "BCDFGHJ\n"}) {
    EXPECT_FALSE(IsUserCode(code)) << code;
    EXPECT_FALSE(IsSent(ExampleShow(), [&](ShowLogin& m) { m.user_code = code; })) << code;
  }
  for (const std::string& key :
       {std::string(42, 'a'), std::string(44, 'a'), std::string(42, 'a') + '=', std::string(42, 'a') + '+'}) {
    EXPECT_FALSE(IsBrowserKey(key)) << key;
    EXPECT_FALSE(IsSent(ExampleShow(), [&](ShowLogin& m) { m.browser_key = key; })) << key;
  }
  EXPECT_TRUE(IsSent(ExampleShow(), [](ShowLogin& m) { m.browser_key = kKey; }));
  EXPECT_FALSE(IsSent(ExampleContinue(), [](ContinueLogin& m) { m.browser_key = ""; }));
}

TEST(FrontWireTest, BrowserAddressesAreNumeric) {
  for (const char* address : {"", "localhost", "192.0.2.7 ", "192.0.2.7\n", "192.0.2.0/24"}) {
    EXPECT_FALSE(IsSent(ExampleShow(), [&](ShowLogin& m) { m.browser_addr = address; })) << address;
  }
}

TEST(FrontWireTest, ACallbackHasExactlyOneOfCodeAndError) {
  EXPECT_FALSE(IsSent(ExampleCallback(), [](Callback& m) { m.error = "access_denied"; }));
  EXPECT_FALSE(IsSent(ExampleCallback(), [](Callback& m) { m.code = ""; }));
  EXPECT_TRUE(IsSent(ExampleCallback(), [](Callback& m) {
    m.code = "";
    m.error = "access_denied";
    m.error_description = "The user said no";
  }));
}

TEST(FrontWireTest, CallbackParametersArePrintableAndLimited) {
  EXPECT_TRUE(IsSent(ExampleCallback(), [](Callback& m) { m.state = std::string(kMaxParameter, 's'); }));
  EXPECT_FALSE(IsSent(ExampleCallback(), [](Callback& m) { m.state = std::string(kMaxParameter + 1, 's'); }));
  EXPECT_FALSE(IsSent(ExampleCallback(), [](Callback& m) { m.code = "a\nb"; }));
  EXPECT_FALSE(IsSent(ExampleCallback(), [](Callback& m) { m.iss = "\xc3\xa4"; }));
  EXPECT_FALSE(IsSent(ExampleCallback(), [](Callback& m) { m.has_iss = false; }));
}

TEST(FrontWireTest, BrowserKeysOfACallbackAreAtMostFourAndOneForEachLogin) {
  EXPECT_FALSE(
      IsSent(ExampleCallback(), [](Callback& m) { m.browser_keys.emplace_back("BCDFGHJK", kOtherKey); }));
  EXPECT_FALSE(IsSent(ExampleCallback(), [](Callback& m) {
    m.browser_keys.clear();
    for (const char* code : {"BBBBBBBB", "CCCCCCCC", "DDDDDDDD", "FFFFFFFF", "GGGGGGGG"}) {
      m.browser_keys.emplace_back(code, kKey);
    }
  }));
}

TEST(FrontWireTest, OriginsInSettingsCanStandInAHeader) {
  for (const char* origin : {"http://a", "https://", "https://a/", "https://a; script-src *", "https://a b",
                             "https://a\r\nX", "https://a,b", "https://u@a"}) {
    EXPECT_FALSE(IsSent(ExampleSettings(), [&](Settings& m) { m.form_action_origin = origin; })) << origin;
    EXPECT_FALSE(IsSent(ExampleSettings(), [&](Settings& m) { m.public_url = origin; })) << origin;
  }
  EXPECT_TRUE(IsSent(ExampleSettings(), [](Settings& m) { m.form_action_origin = ""; }));
  EXPECT_TRUE(IsSent(ExampleSettings(), [](Settings& m) { m.public_url = "https://[2001:db8::1]:8443"; }));
  EXPECT_FALSE(IsSent(ExampleSettings(), [](Settings& m) { m.public_url = ""; }));
  const std::string longest = "https://" + std::string(253, 'a') + ":65535";
  EXPECT_TRUE(IsSent(ExampleSettings(), [&](Settings& m) { m.form_action_origin = longest; }));
  EXPECT_FALSE(IsSent(ExampleSettings(), [&](Settings& m) { m.form_action_origin = longest + "1"; }));
}

TEST(FrontWireTest, SettingsHaveTheirCertificateAndKeyWithinLimits) {
  EXPECT_FALSE(IsSent(ExampleSettings(), [](Settings& m) { m.certificate_chain_pem = ""; }));
  EXPECT_FALSE(IsSent(ExampleSettings(), [](Settings& m) { m.private_key_pem = ""; }));
  EXPECT_FALSE(
      IsSent(ExampleSettings(), [](Settings& m) { m.private_key_pem = std::string(kMaxPem + 1, 'k'); }));
  EXPECT_FALSE(IsSent(ExampleSettings(), [](Settings& m) { m.trusted_proxies = {"proxy.example"}; }));
  EXPECT_FALSE(IsSent(ExampleSettings(), [](Settings& m) { m.trusted_proxies = {"192.0.2.0/"}; }));
}

TEST(FrontWireTest, APemTextAboveItsLimitIsRefusedBeforeItIsRead) {
  std::string frame = Encode(ExampleSettings()).value();
  const std::size_t at = wire::kFrameHeader + 1 + 2 + ExampleSettings().public_url.size();
  frame[at] = '\x7f';
  EXPECT_FALSE(DecodeToFront(BodyOf(frame)).has_value());
}

TEST(FrontWireTest, DigitsAreOnTheCodePageAlone) {
  for (const char* digits : {"", "48291", "48291a", "4829130"}) {
    EXPECT_FALSE(IsSent(ExamplePage(), [&](Page& m) { m.confirmation_code = digits; })) << digits;
  }
  EXPECT_FALSE(IsSent(ExamplePage(), [](Page& m) { m.outcome = PageOutcome::kPending; }));
}

TEST(FrontWireTest, PagesHoldPrintableTextAndKnownOutcomes) {
  EXPECT_FALSE(IsSent(ExamplePage(), [](Page& m) { m.host = "a\x1b[2J"; }));
  EXPECT_FALSE(IsSent(ExamplePage(), [](Page& m) { m.from = std::string(513, 'a'); }));
  EXPECT_FALSE(IsSent(ExamplePage(), [](Page& m) { m.status = 199; }));
  EXPECT_FALSE(IsSent(ExamplePage(), [](Page& m) { m.started = -1; }));
  EXPECT_FALSE(IsSent(ExamplePage(), [](Page& m) { m.args = {{"Bad name", "x"}}; }));
  std::string frame = Encode(ExamplePage()).value();
  const std::size_t outcome_at = wire::kFrameHeader + 1 + 4;
  for (const int outcome : {0, 11, 255}) {
    frame[outcome_at] = static_cast<char>(outcome);
    EXPECT_FALSE(DecodeToFront(BodyOf(frame)).has_value()) << outcome;
  }
}

TEST(FrontWireTest, AReasonOfANewerBrokerIsShownAsAnInternalOne) {
  Page page = ExamplePage();
  page.reason = reasons::Reason::kNone;
  std::string frame = Encode(page).value();
  const std::size_t at = frame.find("none");
  ASSERT_NE(at, std::string::npos);
  frame.replace(at, 4, "more");
  EXPECT_EQ(std::get<Page>(DecodeToFront(BodyOf(frame)).value()).reason, reasons::Reason::kLoginInternal);
  frame.replace(at, 4, "Bad!");
  EXPECT_FALSE(DecodeToFront(BodyOf(frame)).has_value());
}

TEST(FrontWireTest, ARedirectGoesToOurOwnPathsOrToAnHttpsUrl) {
  for (const char* location : {"", "l/X", "//evil.example", "/\\evil.example", "http://a", "javascript:x",
                               "https://", "/a b", "/a\r\nX: y"}) {
    EXPECT_FALSE(IsSent(ExampleRedirect(), [&](RedirectTo& m) { m.location = location; })) << location;
  }
  EXPECT_TRUE(IsSent(ExampleRedirect(), [](RedirectTo& m) { m.location = "/l/BCDF-GHJK"; }));
}

}  // namespace
}  // namespace cis2::front_wire
