#include "pam_module/conversation.h"

#include "pam_module/wire/messages.h"
#include "tests/support/pam_session.h"
#include "tests/support/scripted_conversation.h"
#include "tests/support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <security/pam_appl.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

// What free() found where it was told to look (see __wrap_free).
struct {
  const void* watched = nullptr;
  std::size_t size = 0;
  bool freed = false;
  bool wiped = false;
} watch;

void Watch(const void* memory, std::size_t size) { watch = {.watched = memory, .size = size}; }

}  // namespace

// The linker puts this in the place of free in this program (--wrap=free).
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names
void __real_free(void* memory);
void __wrap_free(void* memory);
void __wrap_free(void* memory) {
  // NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
  if (memory != nullptr && memory == watch.watched) {
    const auto* const bytes = static_cast<const char*>(memory);
    watch.freed = true;
    watch.wiped = std::string(bytes, watch.size) == std::string(watch.size, '\0');
    watch.watched = nullptr;
  }
  __real_free(memory);
}
}

namespace cis2::pam_module {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ConversationTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_.Write("test", "auth required pam_deny.so\n"); }
  void TearDown() override { EXPECT_THAT(person_.Finish(), IsEmpty()); }

  testing::TempFolder folder_;
  testing::ScriptedConversation person_;
};

TEST_F(ConversationTest, AsksWithTheInformationAboveInOneCall) {
  const testing::PamSession pam(folder_.path(), "test", "op1", person_.conv());
  person_.IsShown(PAM_TEXT_INFO, "link").IsAsked("Code: ", "1");
  Conversation conversation(pam.get());
  Answer answer;

  EXPECT_TRUE(conversation.IsPossible());
  EXPECT_EQ(conversation.Ask("link", "Code: ", answer), TalkStatus::kOk);

  EXPECT_EQ(answer.text(), "1");
  EXPECT_THAT(person_.calls(), ElementsAre(2));
}

TEST_F(ConversationTest, WithoutInformationThereIsOnlyThePrompt) {
  const testing::PamSession pam(folder_.path(), "test", "op1", person_.conv());
  person_.IsAsked("Code: ", "");
  Answer answer;

  EXPECT_EQ(Conversation(pam.get()).Ask("", "Code: ", answer), TalkStatus::kOk);

  EXPECT_EQ(answer.text(), "");
  EXPECT_FALSE(answer.IsAbsent());
  EXPECT_THAT(person_.calls(), ElementsAre(1));
}

TEST_F(ConversationTest, ANewQuestionForgetsTheOldAnswer) {
  const testing::PamSession pam(folder_.path(), "test", "op1", person_.conv());
  person_.IsAsked("Code: ", "1").IsAskedAndFails("Code: ", PAM_CONV_ERR);
  Answer answer;
  EXPECT_EQ(Conversation(pam.get()).Ask("", "Code: ", answer), TalkStatus::kOk);

  EXPECT_EQ(Conversation(pam.get()).Ask("", "Code: ", answer), TalkStatus::kFailed);

  EXPECT_TRUE(answer.IsAbsent());
}

TEST_F(ConversationTest, TellsFailuresApart) {
  const testing::PamSession pam(folder_.path(), "test", "op1", person_.conv());
  person_.IsAskedAndFails("?", PAM_CONV_AGAIN).IsAskedAndFails("?", PAM_BUF_ERR).IsAskedAndGivesNothing("?");
  Conversation conversation(pam.get());
  Answer answer;

  EXPECT_EQ(conversation.Ask("", "?", answer), TalkStatus::kFailed);
  EXPECT_EQ(conversation.Ask("", "?", answer), TalkStatus::kNoMemory);
  EXPECT_EQ(conversation.Ask("", "?", answer), TalkStatus::kFailed);
}

TEST_F(ConversationTest, WithoutAFunctionNothingIsPossible) {
  const pam_conv none = {.conv = nullptr, .appdata_ptr = nullptr};
  const testing::PamSession pam(folder_.path(), "test", "op1", &none);
  Conversation conversation(pam.get());
  Answer answer;

  EXPECT_FALSE(conversation.IsPossible());
  EXPECT_EQ(conversation.Ask("", "?", answer), TalkStatus::kFailed);
  EXPECT_EQ(conversation.ShowError("x", ""), TalkStatus::kFailed);
}

TEST_F(ConversationTest, AReferenceStandsOnItsOwnLine) {
  const testing::PamSession pam(folder_.path(), "test", "op1", person_.conv());
  person_.IsShown(PAM_ERROR_MSG, "No.\nReference: 7QKX-2M4P").IsShown(PAM_ERROR_MSG, "No.");
  Conversation conversation(pam.get());

  EXPECT_EQ(conversation.ShowError("No.", "7QKX-2M4P"), TalkStatus::kOk);
  EXPECT_EQ(conversation.ShowError("No.", ""), TalkStatus::kOk);
}

TEST_F(ConversationTest, TheLongestTextLeavesRoomForItsReference) {
  const testing::PamSession pam(folder_.path(), "test", "op1", person_.conv());
  const std::string text(wire::kMaxText, 't');
  const std::string reference(wire::kMaxReference, 'r');
  person_.IsShown(PAM_ERROR_MSG, text + "\nReference: " + reference);

  EXPECT_EQ(Conversation(pam.get()).ShowError(text, reference), TalkStatus::kOk);
}

TEST(AnswerTest, IsWipedBeforeItIsFreed) {
  {
    char* const typed = ::strdup("482913");
    Watch(typed, 6);
    Answer answer;
    answer.Reset(typed);
  }
  EXPECT_TRUE(watch.freed);
  EXPECT_TRUE(watch.wiped);
}

TEST(AnswerTest, IsWipedWhenReplaced) {
  char* const typed = ::strdup("482913");
  Watch(typed, 6);
  Answer answer;
  answer.Reset(typed);

  answer.Reset(::strdup("2"));

  EXPECT_TRUE(watch.freed);
  EXPECT_TRUE(watch.wiped);
  EXPECT_EQ(answer.text(), "2");
}

TEST(AnswerTest, IsCutAtTheLimitOfTheWire) {
  Answer answer;
  EXPECT_EQ(answer.text(), "");
  answer.Reset(::strdup(std::string(wire::kMaxAnswer + 10, '1').c_str()));
  EXPECT_EQ(answer.text().size(), wire::kMaxAnswer);
}

}  // namespace
}  // namespace cis2::pam_module
