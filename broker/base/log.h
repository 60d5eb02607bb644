// The administrator's log: the journal with fields, or standard error where there is no journal socket.
//
// The sentence is a literal; data goes into fields, which are cut and made printable here. A Secret does
// not fit into a field. Debug is off unless --debug was given; no secret is logged at any level.
// Threads: any.
#ifndef CIS2_BROKER_BASE_LOG_H_
#define CIS2_BROKER_BASE_LOG_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cis2::base {

enum class LogLevel { kError = 3, kWarning = 4, kInfo = 6, kDebug = 7 };

// Name in capitals as journald wants it ("LOGIN_ID") and the value.
using LogField = std::pair<std::string_view, std::string>;

class Log {
 public:
  // `identifier` is the program's name. Debug lines are dropped unless `debug`.
  static void Start(std::string identifier, bool debug);
  static void Write(LogLevel level, std::string_view sentence, std::initializer_list<LogField> fields = {});
};

inline void LogError(std::string_view s, std::initializer_list<LogField> f = {}) {
  Log::Write(LogLevel::kError, s, f);
}
inline void LogWarning(std::string_view s, std::initializer_list<LogField> f = {}) {
  Log::Write(LogLevel::kWarning, s, f);
}
inline void LogInfo(std::string_view s, std::initializer_list<LogField> f = {}) {
  Log::Write(LogLevel::kInfo, s, f);
}
inline void LogDebug(std::string_view s, std::initializer_list<LogField> f = {}) {
  Log::Write(LogLevel::kDebug, s, f);
}

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_LOG_H_
