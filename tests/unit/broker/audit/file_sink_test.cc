#include "broker/audit/file_sink.h"

#include "tests/unit/broker/audit/io_thread.h"
#include "tests/unit/broker/audit/small_disk.h"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>

namespace cis2::audit {
namespace {

Event Numbered(int number) {
  Event event;
  event.login_id = std::to_string(number);
  event.detail = std::string(200, '.');
  return event;
}

std::vector<std::string> LinesOf(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
  }
  return lines;
}

config::Audit Settings(const std::string& folder, bool durable = true) {
  return {.file = folder + "/audit.jsonl", .durable = durable, .rotate_megabytes = 64, .keep_files = 8};
}

std::unique_ptr<FileSink> Open(const config::Audit& settings, IoThread& io) {
  auto sink = FileSink::Open(settings, io.Post());
  EXPECT_TRUE(sink.has_value()) << (sink ? "" : sink.error().message);
  return sink ? *std::move(sink) : nullptr;
}

TEST(FileSinkTest, WritesEventsInTheirOrder) {
  const tests::TempDir dir;
  IoThread io;
  const auto sink = Open(Settings(dir.path()), io);
  for (int i = 0; i < 200; ++i) {
    sink->Write(Numbered(i));
  }
  sink->Flush();

  const auto lines = LinesOf(dir.path() + "/audit.jsonl");
  ASSERT_EQ(lines.size(), 200U);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(lines[static_cast<std::size_t>(i)], ToJson(Numbered(i)));
  }
}

TEST(FileSinkTest, DurableEventIsInTheFileBeforeItIsAnswered) {
  const tests::TempDir dir;
  IoThread io;
  const auto sink = Open(Settings(dir.path()), io);
  std::optional<bool> answer;
  std::size_t lines_then = 0;
  sink->WriteDurably(Numbered(1), [&](bool ok) {
    answer = ok;
    lines_then = LinesOf(dir.path() + "/audit.jsonl").size();
  });
  EXPECT_FALSE(answer.has_value());
  sink->Flush();
  EXPECT_FALSE(answer.has_value());

  EXPECT_EQ(io.Run(), 1U);
  EXPECT_EQ(answer, true);
  EXPECT_EQ(lines_then, 1U);
  EXPECT_EQ(io.Run(), 0U);
}

TEST(FileSinkTest, EveryDurableEventIsAnsweredOnce) {
  const tests::TempDir dir;
  IoThread io;
  const auto sink = Open(Settings(dir.path()), io);
  std::vector<int> answers(100);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    sink->WriteDurably(Numbered(static_cast<int>(i)), [&answers, i](bool ok) { answers[i] += ok ? 1 : 100; });
  }
  sink->Flush();
  io.Run();
  EXPECT_EQ(answers, std::vector<int>(100, 1));
}

TEST(FileSinkTest, FullDiskAnswersNoUntilThereIsRoom) {
  RunOnItsOwnThread([] {
    SmallDisk disk;
    IoThread io;
    const auto sink = Open(Settings(disk.path()), io);
    ASSERT_NE(sink, nullptr);
    int yes = 0;
    int no = 0;
    const auto count = [&](bool ok) { ++(ok ? yes : no); };
    for (int i = 0; i < 100; ++i) {
      sink->WriteDurably(Numbered(i), count);
    }
    sink->Flush();
    io.Run();
    EXPECT_EQ(yes + no, 100);
    EXPECT_GT(no, 0);
    EXPECT_EQ(sink->failures(), static_cast<std::uint64_t>(no));

    disk.Enlarge();
    const int no_before = no;
    sink->WriteDurably(Numbered(100), count);
    sink->Flush();
    io.Run();
    EXPECT_EQ(no, no_before);
    EXPECT_EQ(LinesOf(disk.path() + "/audit.jsonl").back(), ToJson(Numbered(100)));
  });
}

// The broker's process does not ignore SIGXFSZ; the writer's thread keeps it out.
TEST(FileSinkTest, LimitOnFileSizeDoesNotEndTheProcess) {
  const tests::TempDir dir;
  IoThread io;
  const auto sink = Open(Settings(dir.path()), io);
  FileSizeLimit limit(100);
  (void)std::signal(SIGXFSZ, SIG_DFL);
  std::optional<bool> answer;
  sink->WriteDurably(Numbered(1), [&](bool ok) { answer = ok; });
  sink->Flush();
  io.Run();
  EXPECT_EQ(answer, false);
}

TEST(FileSinkTest, WithoutDurabilityNobodyWaitsForTheDisk) {
  RunOnItsOwnThread([] {
    SmallDisk disk;
    IoThread io;
    const auto sink = Open(Settings(disk.path(), /*durable=*/false), io);
    ASSERT_NE(sink, nullptr);
    int yes = 0;
    for (int i = 0; i < 100; ++i) {
      sink->WriteDurably(Numbered(i), [&](bool ok) { yes += ok ? 1 : 0; });
    }
    EXPECT_EQ(yes, 0);
    io.Run();
    EXPECT_EQ(yes, 100);
  });
}

TEST(FileSinkTest, DestructorWritesWhatWaits) {
  const tests::TempDir dir;
  IoThread io;
  {
    const auto sink = Open(Settings(dir.path()), io);
    for (int i = 0; i < 50; ++i) {
      sink->Write(Numbered(i));
    }
  }
  EXPECT_EQ(LinesOf(dir.path() + "/audit.jsonl").size(), 50U);
}

TEST(FileSinkTest, FileThatCannotBeOpenedIsAnError) {
  IoThread io;
  EXPECT_FALSE(FileSink::Open(Settings("/nonexistent"), io.Post()).has_value());
}

}  // namespace
}  // namespace cis2::audit
