#include "pam_module/account.h"

#include "pam_module/broker_link.h"
#include "pam_module/conversation.h"
#include "pam_module/host_items.h"
#include "pam_module/login_record.h"

namespace cis2::pam_module {
namespace {

void End(Result& result, Outcome outcome, const char* why) {
  result.outcome = outcome;
  result.why = why;
}

void EndByVerdict(const wire::Verdict& verdict, Conversation& person, Result& result) {
  result.reference.Append(verdict.reference);
  if (verdict.kind == wire::VerdictKind::kAllow && !verdict.ticket.empty()) {
    // Tickets belong to logins: a broker that sends one here has answered another question.
    End(result, Outcome::kProtocol, "the broker answered the account phase with a ticket");
    return;
  }
  result.outcome = AccountOutcome(verdict.kind);
  if (result.outcome != Outcome::kAllowed && !verdict.text.empty()) {
    // Nothing depends on whether this could be shown: sshd may be unable to in this phase.
    (void)person.ShowError(verdict.text, verdict.reference);
  }
}

void AskBroker(const wire::AccountRequest& request, const Options& options, Conversation& person,
               Result& result) {
  BrokerLink broker(options.reply_milliseconds());
  LinkStatus status = broker.Connect(options.socket);
  if (status == LinkStatus::kOk) {
    status = broker.Send(wire::MessageType::kAccountRequest, request);
  }
  if (status == LinkStatus::kOk || status == LinkStatus::kClosed) {
    status = broker.Receive();
  }
  if (status == LinkStatus::kOk) {
    if (const auto verdict = wire::DecodeVerdict(broker.body())) {
      EndByVerdict(*verdict, person, result);
      return;
    }
    status = broker.Malformed();
  }
  End(result, FailureOutcome(status, Shown::kNothing), broker.why());
  result.error = broker.error();
}

}  // namespace

void RunAccount(pam_handle_t* pamh, const Options& options, Result& result) {
  LoginRecord* const record = LoginRecord::FindOn(pamh);
  const auto state = record == nullptr ? LoginRecord::State::kOpen : record->state();
  if (state == LoginRecord::State::kOpen && options.others == Others::kAllow) {
    result.outcome = Outcome::kAllowed;
    return;
  }
  std::string_view account;
  if (result.outcome = ReadAccount(pamh, account); result.outcome != Outcome::kAllowed) {
    result.why = "the account is not known";
    return;
  }
  Ticket ticket;
  if (state != LoginRecord::State::kOpen && !record->Spend(account, ticket)) {
    End(result, Outcome::kAccountRefused, "no login of this process and account was allowed on this handle");
    return;
  }
  Conversation person(pamh);
  AskBroker(MakeAccountRequest(pamh, account, ticket.Reveal()), options, person, result);
}

}  // namespace cis2::pam_module
