// The copy of every event in the journal, with a field CIS2_* for each of its fields, or on standard error
// where there is no journal.
//
// Sent from a thread of its own: a journal that is stuck holds up no login. At most 10,000 events wait,
// further ones are dropped with one log line. WriteDurably answers true once the event is queued: the journal
// promises nothing, so whoever sets [audit] durable = false has chosen that.
#ifndef CIS2_BROKER_AUDIT_JOURNAL_SINK_H_
#define CIS2_BROKER_AUDIT_JOURNAL_SINK_H_

#include "broker/audit/file_sink.h"
#include "broker/audit/sink.h"
#include "broker/audit/worker.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cis2::audit {

// "MESSAGE=...", "MESSAGE_ID=...", "PRIORITY=6", "CIS2_LOGIN_ID=...": what the journal gets. Alarms have priority 4 (warning),
// refusals 5 (notice), the rest 6 (info).
std::vector<std::string> JournalFields(const Event& event);

class JournalSink final : public Sink {
 public:
  // Sends an entry's fields; false where there is no journal.
  using Send = std::function<bool(const std::vector<std::string>& fields)>;

  // `fallback` is the descriptor written to when there is no journal; not owned.
  explicit JournalSink(Post post, Send send = SendToJournal, int fallback = 2);

  void Write(const Event& event) override;
  void WriteDurably(const Event& event, std::function<void(bool)> done) override;
  void Flush() { worker_.Flush(); }
  // Events that were dropped since the start.
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

  static bool SendToJournal(const std::vector<std::string>& fields);

 private:
  void Handle(const std::vector<Event>& batch);

  Post post_;
  Send send_;
  int fallback_;
  bool dropping_ = false;
  std::uint64_t failures_ = 0;
  Worker<Event> worker_;  // last: its thread ends before the rest goes
};

}  // namespace cis2::audit

#endif  // CIS2_BROKER_AUDIT_JOURNAL_SINK_H_
