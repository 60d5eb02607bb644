#include "broker/audit/file_sink.h"

#include "broker/base/log.h"

#include <algorithm>
#include <cstdint>

namespace cis2::audit {
namespace {

constexpr std::size_t kMaxWaiting = 10'000;
constexpr std::uint64_t kMegabyte = 1024UL * 1024;

}  // namespace

base::Result<std::unique_ptr<FileSink>> FileSink::Open(const config::Audit& settings, Post post) {
  CIS2_TRY(AuditFile file,
           AuditFile::Open(settings.file, static_cast<std::uint64_t>(settings.rotate_megabytes) * kMegabyte,
                           settings.keep_files));
  return std::unique_ptr<FileSink>(new FileSink(std::move(file), settings.durable, std::move(post)));
}

FileSink::FileSink(AuditFile file, bool durable, Post post)
    : file_(std::move(file)),
      durable_(durable),
      post_(std::move(post)),
      worker_(kMaxWaiting, [this](std::vector<Item> batch) { WriteBatch(std::move(batch)); }) {}

void FileSink::Write(const Event& event) { Queue({.line = ToJson(event), .done = {}}); }

void FileSink::WriteDurably(const Event& event, std::function<void(bool)> done) {
  if (durable_) {
    Queue({.line = ToJson(event), .done = std::move(done)});
    return;
  }
  Write(event);
  post_([done = std::move(done)] { done(true); });
}

void FileSink::Queue(Item item) {
  const bool queued = worker_.Push(item);
  if (!queued && !dropping_) {
    base::LogError("the audit file is too slow; events are missing from it, and logins are refused");
  }
  dropping_ = !queued;
  failures_ += queued ? 0 : 1;
  if (!queued && item.done) {
    post_([done = std::move(item.done)] { done(false); });
  }
}

void FileSink::WriteBatch(std::vector<Item> batch) {
  std::string fault;
  std::vector<bool> written;
  for (const Item& item : batch) {
    const auto result = file_.Append(item.line);
    written.push_back(result.has_value());
    fault = result ? fault : result.error().message;
    NoteRotation();
  }
  bool on_disk = true;
  if (std::any_of(batch.begin(), batch.end(),
                  [](const Item& item) { return static_cast<bool>(item.done); })) {
    const auto synced = file_.Sync();
    on_disk = synced.has_value();
    fault = synced ? fault : synced.error().message;
  }
  NoteFault(fault);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    failures_ += written[i] && on_disk ? 0 : 1;
    if (batch[i].done) {
      post_([done = std::move(batch[i].done), ok = written[i] && on_disk] { done(ok); });
    }
  }
}

void FileSink::NoteFault(const std::string& fault) {
  if (!fault.empty() && fault_.empty()) {
    base::LogError("the audit file cannot be written; nobody is let in until it can", {{"ERROR", fault}});
  } else if (fault.empty() && !fault_.empty()) {
    base::LogInfo("the audit file can be written again");
  }
  fault_ = fault;
}

void FileSink::NoteRotation() {
  if (!file_.rotation_fault().empty() && rotation_fault_.empty()) {
    base::LogWarning("the audit file is due to be turned over and cannot be; it goes on growing",
                     {{"ERROR", file_.rotation_fault()}});
  }
  rotation_fault_ = file_.rotation_fault();
}

}  // namespace cis2::audit
