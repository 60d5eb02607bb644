#include "broker/base/log.h"

#include "broker/base/clock.h"
#include "broker/base/text.h"

#include <climits>
#include <systemd/sd-journal.h>

#include <algorithm>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace cis2::base {
namespace {

constexpr std::size_t kMaxField = 1024;

struct Settings {
  std::string identifier = "cis2";
  bool debug = false;
  bool journal = false;
};

// Set once by Log::Start before any thread exists, read-only afterwards.
Settings& Current() {
  static Settings settings;
  return settings;
}

// sd_journal_sendv reports success when nobody listens, so the socket itself is asked.
bool JournalIsThere() {
  struct stat st{};
  return ::stat("/run/systemd/journal/socket", &st) == 0 && S_ISSOCK(st.st_mode);
}

bool SendToJournal(LogLevel level, std::string_view sentence, std::initializer_list<LogField> fields) {
  std::vector<std::string> lines = {"MESSAGE=" + std::string(sentence),
                                    "PRIORITY=" + std::to_string(static_cast<int>(level)),
                                    "SYSLOG_IDENTIFIER=" + Current().identifier};
  for (const auto& [name, value] : fields) {
    lines[0] += (&name == &fields.begin()->first ? ": " : ", ") + std::string(name) + "=" +
                Printable(value, kMaxField);
    lines.push_back("CIS2_" + std::string(name) + "=" + Printable(value, kMaxField));
  }
  std::vector<iovec> parts;
  parts.reserve(lines.size());
  for (std::string& line : lines) {
    parts.push_back({line.data(), line.size()});
  }
  return ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

void WriteToStandardError(LogLevel level, std::string_view sentence, std::initializer_list<LogField> fields) {
  static constexpr std::string_view kNames[] = {"", "", "", "error", "warning", "", "info", "debug"};
  std::string line = FormatWallTime(SystemClock().WallNow()) + " " + Current().identifier + " " +
                     std::string(kNames[static_cast<int>(level)]) + ": " + std::string(sentence);
  for (const auto& [name, value] : fields) {
    line += " " + std::string(name) + "=\"" + Printable(value, kMaxField) + "\"";
  }
  // One write of what a pipe takes at once, so that lines of two processes do not mix.
  line.resize(std::min<std::size_t>(line.size(), PIPE_BUF - 1));
  line += '\n';
  // A pipe that nobody empties loses the line, and blocks no login: with room for some of it there is room for all.
  pollfd out{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&out, 1, 0) == 1) {
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
  }
}

}  // namespace

void Log::Start(std::string identifier, bool debug) {
  Current() = Settings{.identifier = std::move(identifier), .debug = debug, .journal = JournalIsThere()};
}

void Log::Write(LogLevel level, std::string_view sentence, std::initializer_list<LogField> fields) {
  if (level == LogLevel::kDebug && !Current().debug) {
    return;
  }
  if (!Current().journal || !SendToJournal(level, sentence, fields)) {
    WriteToStandardError(level, sentence, fields);
  }
}

}  // namespace cis2::base
