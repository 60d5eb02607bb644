#include "broker/audit/journal_sink.h"

#include "broker/base/log.h"

#include <systemd/sd-journal.h>

#include <cctype>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace cis2::audit {
namespace {

constexpr std::size_t kMaxWaiting = 10'000;
constexpr const char* kIdentifier = "cis2-brokerd";

// sd_journal_sendv reports success when nobody listens, so the socket itself is asked.
bool JournalIsThere() {
  struct stat st{};
  return ::stat("/run/systemd/journal/socket", &st) == 0 && S_ISSOCK(st.st_mode);
}

std::string ToText(const std::variant<std::string, int, std::vector<std::string>>& value) {
  if (const auto* text = std::get_if<std::string>(&value); text != nullptr) {
    return *text;
  }
  if (const auto* number = std::get_if<int>(&value); number != nullptr) {
    return std::to_string(*number);
  }
  std::string joined;
  for (const std::string& word : std::get<std::vector<std::string>>(value)) {
    joined += (joined.empty() ? "" : " ") + word;
  }
  return joined;
}

std::string FieldName(std::string_view name) {
  std::string text = "CIS2_";
  for (const char c : name) {
    text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

int Priority(const Event& event) {
  if (IsAlarm(event)) {
    return 4;
  }
  return event.outcome == Outcome::kRefused || event.outcome == Outcome::kUnavailable ? 5 : 6;
}

}  // namespace

std::vector<std::string> JournalFields(const Event& event) {
  std::vector<std::string> fields = {
      "MESSAGE=" + Sentence(event), "MESSAGE_ID=" + std::string(MessageId(event)),
      "PRIORITY=" + std::to_string(Priority(event)), std::string("SYSLOG_IDENTIFIER=") + kIdentifier,
      "SYSLOG_FACILITY=10"};  // authpriv
  for (const Field& field : Fields(event)) {
    fields.push_back(FieldName(field.name) + "=" + ToText(field.value));
  }
  return fields;
}

JournalSink::JournalSink(Post post, Send send, int fallback)
    : post_(std::move(post)),
      send_(std::move(send)),
      fallback_(fallback),
      worker_(kMaxWaiting, [this](const std::vector<Event>& batch) { Handle(batch); }) {}

void JournalSink::Write(const Event& event) {
  Event copy = event;
  const bool queued = worker_.Push(copy);
  if (!queued && !dropping_) {
    base::LogError("the journal is too slow; audit events are missing from it");
  }
  dropping_ = !queued;
  failures_ += queued ? 0 : 1;
}

void JournalSink::WriteDurably(const Event& event, std::function<void(bool)> done) {
  Write(event);
  post_([done = std::move(done), queued = !dropping_] { done(queued); });
}

void JournalSink::Handle(const std::vector<Event>& batch) {
  for (const Event& event : batch) {
    if (send_(JournalFields(event))) {
      continue;
    }
    const std::string line = std::string(kIdentifier) + " audit: " + ToJson(event) + "\n";
    // One write, so that lines of two processes do not mix. Nothing is left to tell a failure to.
    [[maybe_unused]] const ssize_t ignored = ::write(fallback_, line.data(), line.size());
  }
}

bool JournalSink::SendToJournal(const std::vector<std::string>& fields) {
  if (!JournalIsThere()) {
    return false;
  }
  std::vector<std::string> lines = fields;
  std::vector<iovec> parts;
  parts.reserve(lines.size());
  for (std::string& line : lines) {
    parts.push_back({line.data(), line.size()});
  }
  return ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace cis2::audit
