#include "pam_module/wire/messages.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace cis2::wire {
namespace {

// A frame as it goes over the socket, and its body as a decoder gets it.
struct Encoded {
  std::vector<std::byte> frame;
  [[nodiscard]] std::span<const std::byte> Body() const { return std::span(frame).subspan(kFrameHeader); }
};

template <class Message>
Encoded Frame(const Message& m) {
  Encoded e;
  e.frame.resize(kMaxFrame);
  const auto size = Encode(m, e.frame);
  EXPECT_TRUE(size.has_value());
  e.frame.resize(size.value_or(0));
  return e;
}

std::string Hex(const std::vector<std::byte>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::byte b : bytes) {
    out += kDigits[std::to_integer<int>(b) >> 4];
    out += kDigits[std::to_integer<int>(b) & 15];
  }
  return out;
}

LoginRequest ExampleRequest() {
  return {.service = "sshd",
          .account = "op1",
          .rhost = "192.0.2.7",
          .ruser = "",
          .tty = "ssh",
          .ssh_connection = "",
          .ssh_auth_info = "",
          .flags = 0,
          .qr = QrMode::kOff};
}

TEST(WireTest, LoginRequestIsEncodedAsTheExampleInTheProtocolDocument) {
  EXPECT_EQ(Hex(Frame(ExampleRequest()).frame),
            "00000029"
            "01"
            "0001"
            "000473736864"
            "00036f7031"
            "00093139322e302e322e37"
            "0000"
            "0003737368"
            "0000"
            "0000"
            "00000000"
            "03");
}

TEST(WireTest, LoginRequestComesBackAsItWasSent) {
  LoginRequest sent = ExampleRequest();
  sent.ssh_connection = "192.0.2.7 51000 192.0.2.1 22";
  sent.ssh_auth_info = "publickey ssh-ed25519 AAAA";
  sent.flags = kFlagSilent;
  sent.qr = QrMode::kAscii;
  const auto e = Frame(sent);

  const auto got = DecodeLoginRequest(e.Body());

  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->account, "op1");
  EXPECT_EQ(got->ssh_connection, sent.ssh_connection);
  EXPECT_EQ(got->ssh_auth_info, sent.ssh_auth_info);
  EXPECT_EQ(got->flags, kFlagSilent);
  EXPECT_EQ(got->qr, QrMode::kAscii);
}

TEST(WireTest, EveryShorterOrLongerBodyIsRefused) {
  const auto check = [](const Encoded& e, auto decode) {
    EXPECT_TRUE(decode(e.Body()).has_value());
    for (std::size_t n = 0; n < e.Body().size(); ++n) {
      EXPECT_FALSE(decode(e.Body().first(n)).has_value()) << n;
    }
    std::vector<std::byte> longer(e.Body().begin(), e.Body().end());
    longer.push_back(std::byte{0});
    EXPECT_FALSE(decode(std::span<const std::byte>(longer)).has_value());
  };
  check(Frame(ExampleRequest()), DecodeLoginRequest);
  check(Frame(Screen{.info = "i", .prompt = "Code: "}), DecodeScreen);
  check(Frame(Answer{.text = "482913"}), DecodeAnswer);
  check(Frame(Verdict{.kind = VerdictKind::kRefuse, .text = "no", .reference = "R", .ticket = ""}),
        DecodeVerdict);
  check(Frame(AccountRequest{
            .service = "sshd", .account = "op1", .rhost = "", .ruser = "", .tty = "", .ticket = ""}),
        DecodeAccountRequest);
}

TEST(WireTest, AFieldAboveItsLimitIsNeitherEncodedNorDecoded) {
  std::array<std::byte, kMaxFrame> out{};
  const std::string long_name(kMaxName + 1, 'a');
  LoginRequest request = ExampleRequest();
  request.account = long_name;
  EXPECT_FALSE(Encode(request, out).has_value());
  EXPECT_FALSE(Encode(Answer{.text = std::string(kMaxAnswer + 1, '1')}, out).has_value());

  auto e = Frame(Answer{.text = std::string(kMaxAnswer, '1')});
  e.frame.push_back(std::byte{'1'});
  e.frame[kFrameHeader + 2] = static_cast<std::byte>((kMaxAnswer + 1) & 0xff);
  EXPECT_FALSE(DecodeAnswer(e.Body()).has_value());
}

TEST(WireTest, NulInAStringIsRefused) {
  EXPECT_FALSE(DecodeAnswer(Frame(Answer{.text = std::string_view("1\0002", 3)}).Body()).has_value());
}

TEST(WireTest, UnknownEnumValuesAreRefused) {
  auto request = Frame(ExampleRequest());
  request.frame.back() = std::byte{4};
  EXPECT_FALSE(DecodeLoginRequest(request.Body()).has_value());

  auto verdict = Frame(Verdict{.kind = VerdictKind::kAllow, .text = "", .reference = "", .ticket = ""});
  verdict.frame[kFrameHeader + 1] = std::byte{0};
  EXPECT_FALSE(DecodeVerdict(verdict.Body()).has_value());
  verdict.frame[kFrameHeader + 1] = std::byte{5};
  EXPECT_FALSE(DecodeVerdict(verdict.Body()).has_value());
}

TEST(WireTest, ATicketHasItsFullSizeOrIsEmpty) {
  EXPECT_FALSE(
      DecodeVerdict(
          Frame(Verdict{.kind = VerdictKind::kAllow, .text = "", .reference = "", .ticket = "abc"}).Body())
          .has_value());
}

TEST(WireTest, TypesOutsideTheListAreRefused) {
  for (const int type : {0, 6, 255}) {
    const std::array<std::byte, 1> body{static_cast<std::byte>(type)};
    EXPECT_FALSE(TypeOf(body).has_value()) << type;
  }
  EXPECT_FALSE(TypeOf({}).has_value());
}

TEST(WireTest, ADecoderRefusesAnotherType) {
  EXPECT_FALSE(DecodeVerdict(Frame(Answer{.text = "1"}).Body()).has_value());
}

TEST(WireTest, ABrokerSpeaksItsVersionAndTheOneBefore) {
  for (const auto version : std::to_array<std::uint16_t>({0, 1, 4, 7, 0xffff})) {
    EXPECT_FALSE(IsSpoken(version, 5, 6)) << version;
  }
  EXPECT_TRUE(IsSpoken(5, 5, 6));
  EXPECT_TRUE(IsSpoken(6, 5, 6));
  EXPECT_TRUE(IsSpoken(kVersion));
  EXPECT_TRUE(IsSpoken(kOldestVersion));
}

TEST(WireTest, TheVersionOfARequestIsReadWhateverFollows) {
  std::array<std::byte, 32> frame{};
  for (const auto type : std::to_array<std::uint8_t>({1, 5})) {
    const auto size = WriteFrame(type, frame, [](Writer& w) {
      w.U16(0x0203);
      w.U8(0xff);
    });
    ASSERT_TRUE(size.has_value());
    EXPECT_EQ(VersionOf(std::span(frame).first(*size).subspan(kFrameHeader)), 0x0203);
  }
  EXPECT_EQ(VersionOf(std::span(frame).subspan(kFrameHeader, 2)), std::nullopt) << "half a version";
  EXPECT_EQ(VersionOf(Frame(Answer{.text = "482913"}).Body()), std::nullopt);
  EXPECT_EQ(VersionOf({}), std::nullopt);
}

TEST(WireTest, FrameLengthIsCheckedBeforeAnythingElse) {
  const auto size_of = [](std::uint32_t length) {
    std::array<std::byte, kFrameHeader> header{};
    Writer(header).U32(length);
    return FrameBodySize(header);
  };
  EXPECT_EQ(size_of(0), std::nullopt);
  EXPECT_EQ(size_of(1), 1U);
  EXPECT_EQ(size_of(kMaxFrame - kFrameHeader), kMaxFrame - kFrameHeader);
  EXPECT_EQ(size_of(kMaxFrame - kFrameHeader + 1), std::nullopt);
  EXPECT_EQ(size_of(0xffffffff), std::nullopt);
}

using enum MessageType;
using enum Sender;

TEST(ConversationTest, AnOrdinaryLoginIsAdmitted) {
  Conversation c;
  EXPECT_TRUE(c.Admit(kModule, kLoginRequest));
  EXPECT_TRUE(c.Admit(kBroker, kScreen));
  EXPECT_TRUE(c.Admit(kModule, kAnswer));
  EXPECT_TRUE(c.Admit(kBroker, kScreen));
  EXPECT_TRUE(c.Admit(kModule, kAnswer));
  EXPECT_TRUE(c.Admit(kBroker, kVerdict));
  EXPECT_EQ(c.state(), State::kDone);
}

TEST(ConversationTest, AVerdictMayComeWhileThePersonIsAskedAndCrossesOneAnswer) {
  Conversation c;
  EXPECT_TRUE(c.Admit(kModule, kLoginRequest));
  EXPECT_TRUE(c.Admit(kBroker, kScreen));
  EXPECT_TRUE(c.Admit(kBroker, kVerdict));
  EXPECT_TRUE(c.Admit(kModule, kAnswer));
  EXPECT_FALSE(c.Admit(kModule, kAnswer));
}

TEST(ConversationTest, AnythingOutOfOrderEndsItForGood) {
  Conversation answer_first;
  EXPECT_FALSE(answer_first.Admit(kModule, kAnswer));
  EXPECT_FALSE(answer_first.Admit(kModule, kLoginRequest));

  Conversation two_requests;
  EXPECT_TRUE(two_requests.Admit(kModule, kLoginRequest));
  EXPECT_FALSE(two_requests.Admit(kModule, kLoginRequest));

  Conversation screen_in_account_phase;
  EXPECT_TRUE(screen_in_account_phase.Admit(kModule, kAccountRequest));
  EXPECT_FALSE(screen_in_account_phase.Admit(kBroker, kScreen));

  Conversation verdict_from_the_module;
  EXPECT_TRUE(verdict_from_the_module.Admit(kModule, kLoginRequest));
  EXPECT_FALSE(verdict_from_the_module.Admit(kModule, kVerdict));
}

}  // namespace
}  // namespace cis2::wire
