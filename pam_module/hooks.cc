#include "pam_module/hooks.h"

#include "pam_module/account.h"
#include "pam_module/host_items.h"
#include "pam_module/login.h"
#include "pam_module/login_record.h"
#include "pam_module/options.h"

#include <security/pam_ext.h>

#include <cstring>
#include <optional>
#include <string_view>
#include <syslog.h>

namespace cis2::pam_module {
namespace {

struct LogLine {
  int priority;
  const char* sentence;
};

LogLine LineFor(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return {LOG_INFO, "login allowed"};
    case Outcome::kRefused:
      return {LOG_NOTICE, "login refused"};
    case Outcome::kUnavailable:
      return {LOG_ERR, "no decision could be had"};
    case Outcome::kAskedAgain:
      return {LOG_NOTICE, "asked again after a final refusal"};
    case Outcome::kAccountRefused:
      return {LOG_NOTICE, "account refused"};
    case Outcome::kMisconfigured:
      return {LOG_ERR, "the module is not set up correctly"};
    case Outcome::kProtocol:
      return {LOG_ERR, "the broker does not keep to the protocol"};
    case Outcome::kOtherRelease:
      return {LOG_ERR,
              "the broker is of another release: install libpam-cis2 and cis2-broker of one release"};
    case Outcome::kNoConversation:
      return {LOG_NOTICE, "the person could not be asked"};
    case Outcome::kNoMemory:
      return {LOG_CRIT, "out of memory"};
  }
  return {LOG_ERR, "failed"};
}

void Log(pam_handle_t* pamh, const Result& result) {
  const LogLine line = LineFor(result.outcome);
  const char* const reference = result.reference.c_str();
  const char* const colon = *result.why == '\0' ? "" : ": ";
  const char* const comma = *reference == '\0' ? "" : ", reference ";
  // Not strerror, whose text depends on the host's locale.
  const char* const cause = result.error == 0 ? nullptr : ::strerrordesc_np(result.error);
  pam_syslog(pamh, line.priority, "%s%s%s%s%s%s%s", line.sentence, colon, result.why, comma, reference,
             cause == nullptr ? "" : ": ", cause == nullptr ? "" : cause);
}

// False after a line about the argument that is wrong.
bool Configure(pam_handle_t* pamh, std::span<const char* const> arguments, Options& options) {
  const std::optional<BadArgument> bad = ParseOptions(arguments, options);
  if (bad) {
    pam_syslog(pamh, LOG_ERR, "the module is not set up correctly: \"%.160s\" %s", bad->argument,
               bad->problem);
  }
  return !bad;
}

void Debug(pam_handle_t* pamh, const Options& options, const char* phase) {
  if (options.log == LogDetail::kDebug) {
    pam_syslog(pamh, LOG_DEBUG, "%s: socket=%s timeout=%d others=%s", phase, options.socket,
               options.reply_seconds, options.others == Others::kAllow ? "allow" : "refuse");
  }
}

void Login(pam_handle_t* pamh, int flags, const Options& options, Result& result) {
  LoginRecord* const record = LoginRecord::MakeOn(pamh);
  if (record == nullptr) {
    result.outcome = Outcome::kNoMemory;
    return;
  }
  if (record->state() == LoginRecord::State::kRefused) {
    result.outcome = Outcome::kAskedAgain;
    return;
  }
  Conversation person(pamh);
  if (!person.IsPossible()) {
    result.outcome = Outcome::kNoConversation;
    return;
  }
  std::string_view account;
  if (result.outcome = ReadAccount(pamh, account); result.outcome != Outcome::kAllowed) {
    result.why = "the account is not known";
    return;
  }
  record->Begin(account);
  BrokerLink broker(options.reply_milliseconds());
  RunLogin(MakeLoginRequest(pamh, account, flags, options.qr), options.socket, broker, person, result);
  if (result.outcome == Outcome::kAllowed) {
    record->Allow(result.ticket);
  } else if (result.outcome == Outcome::kRefused) {
    record->Refuse();
  }
}

}  // namespace

int Authenticate(pam_handle_t* pamh, int flags, std::span<const char* const> arguments) noexcept {
  const std::string_view service = ItemOf(pamh, PAM_SERVICE);
  Options options;
  if (!Configure(pamh, arguments, options)) {
    return ToPamCode(Outcome::kMisconfigured, service);
  }
  Debug(pamh, options, "authenticate");
  Result result;
  Login(pamh, flags, options, result);
  Log(pamh, result);
  return ToPamCode(result.outcome, service);
}

int CheckAccount(pam_handle_t* pamh, std::span<const char* const> arguments) noexcept {
  const std::string_view service = ItemOf(pamh, PAM_SERVICE);
  Options options;
  if (!Configure(pamh, arguments, options)) {
    return ToPamCode(Outcome::kMisconfigured, service);
  }
  Debug(pamh, options, "account");
  Result result;
  RunAccount(pamh, options, result);
  if (result.outcome != Outcome::kAllowed) {
    Log(pamh, result);
  }
  return ToPamCode(result.outcome, service);
}

}  // namespace cis2::pam_module
