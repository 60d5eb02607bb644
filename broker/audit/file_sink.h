// The sink that writes the audit file: audit_file.h, on a thread of its own.
//
// Lines that wait together share one fdatasync(2). At most 10,000 events wait; beyond that an event is
// dropped from the file with one log line (the journal still has it), and a durable one is answered with
// false. A file that cannot be written is logged once, and once more when it can be again. An open file
// survives the drop of privileges: audit_file.h.
#ifndef CIS2_BROKER_AUDIT_FILE_SINK_H_
#define CIS2_BROKER_AUDIT_FILE_SINK_H_

#include "broker/audit/audit_file.h"
#include "broker/audit/sink.h"
#include "broker/audit/worker.h"
#include "broker/base/result.h"
#include "broker/config/config.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cis2::audit {

// Runs a function on the I/O thread, later. Called from any thread.
using Post = std::function<void(std::function<void()>)>;

class FileSink final : public Sink {
 public:
  // Opens settings.file. With settings.durable false, WriteDurably answers true without waiting for the disk.
  static base::Result<std::unique_ptr<FileSink>> Open(const config::Audit& settings, Post post);

  void Write(const Event& event) override;
  void WriteDurably(const Event& event, std::function<void(bool)> done) override;
  // Returns when everything so far is in the file and answered (that is, posted).
  void Flush() { worker_.Flush(); }
  // Events that are not in the file, or not safely, since the start. From any thread.
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  struct Item {
    std::string line;
    std::function<void(bool)> done;  // empty: nobody waits
  };

  FileSink(AuditFile file, bool durable, Post post);
  void Queue(Item item);
  void WriteBatch(std::vector<Item> batch);
  void NoteFault(const std::string& fault);
  void NoteRotation();

  // The writer thread's.
  AuditFile file_;
  std::string fault_, rotation_fault_;
  std::atomic<std::uint64_t> failures_ = 0;
  // The caller's.
  bool durable_;
  bool dropping_ = false;
  Post post_;
  Worker<Item> worker_;  // last: its thread ends before the rest goes
};

}  // namespace cis2::audit

#endif  // CIS2_BROKER_AUDIT_FILE_SINK_H_
