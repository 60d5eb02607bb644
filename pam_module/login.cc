#include "pam_module/login.h"

#include <string_view>

namespace cis2::pam_module {
namespace {

constexpr std::string_view kBrokerStopped =
    "The login service on this server stopped. Wait a minute and log in again.";
constexpr std::string_view kBrokerSilent =
    "The login service on this server does not answer. Wait a minute and log in again.";
constexpr std::string_view kRefusedWithoutText = "The login was refused.";

void EndByFailure(LinkStatus status, const BrokerLink& broker, Shown shown, Conversation& person,
                  Result& result) {
  result.outcome = FailureOutcome(status, shown);
  result.why = broker.why();
  result.error = broker.error();
  if (result.outcome == Outcome::kRefused) {
    // Nothing depends on whether this could be shown.
    (void)person.ShowError(status == LinkStatus::kTimedOut ? kBrokerSilent : kBrokerStopped,
                           /*reference=*/{});
  }
}

void EndByTalk(TalkStatus status, Result& result) {
  result.outcome = status == TalkStatus::kNoMemory ? Outcome::kNoMemory : Outcome::kNoConversation;
  result.why = "the application did not bring an answer";
}

void EndByVerdict(const wire::Verdict& verdict, Shown shown, Conversation& person, Result& result) {
  result.reference.Append(verdict.reference);
  if (verdict.kind == wire::VerdictKind::kAllow) {
    // Without its ticket an allow could not be told from another in the account phase.
    const bool complete = result.ticket.Set(verdict.ticket);
    result.outcome = complete ? LoginOutcome(verdict.kind, shown) : Outcome::kProtocol;
    result.why = complete ? "" : "the broker allowed a login without a ticket";
    return;
  }
  result.outcome = LoginOutcome(verdict.kind, shown);
  if (!verdict.text.empty() || result.outcome == Outcome::kRefused) {
    (void)person.ShowError(verdict.text.empty() ? kRefusedWithoutText : verdict.text, verdict.reference);
  }
}

}  // namespace

Outcome FailureOutcome(LinkStatus status, Shown shown) {
  switch (status) {
    case LinkStatus::kUntrusted:
      return Outcome::kMisconfigured;
    case LinkStatus::kUnreachable:
    case LinkStatus::kTimedOut:
    case LinkStatus::kClosed:
      return shown == Shown::kScreen ? Outcome::kRefused : Outcome::kUnavailable;
    case LinkStatus::kOk:
    case LinkStatus::kProtocol:
      return Outcome::kProtocol;
  }
  return Outcome::kProtocol;
}

void RunLogin(const wire::LoginRequest& request, const char* socket, BrokerLink& broker, Conversation& person,
              Result& result) {
  Shown shown = Shown::kNothing;
  LinkStatus status = broker.Connect(socket);
  if (status == LinkStatus::kOk) {
    status = broker.Send(wire::MessageType::kLoginRequest, request);
  }
  while (status == LinkStatus::kOk || status == LinkStatus::kClosed) {
    if (status = broker.Receive(); status != LinkStatus::kOk) {
      break;
    }
    if (const auto verdict = wire::DecodeVerdict(broker.body())) {
      EndByVerdict(*verdict, shown, person, result);
      return;
    }
    const auto screen = wire::DecodeScreen(broker.body());
    if (!screen) {
      status = broker.Malformed();
      break;
    }
    Answer answer;
    if (const TalkStatus talk = person.Ask(screen->info, screen->prompt, answer); talk != TalkStatus::kOk) {
      EndByTalk(talk, result);
      return;
    }
    shown = Shown::kScreen;
    // What came while the person was asked can only be the verdict (the permit table sees to that), and the
    // answer has come too late for it.
    if (!broker.HasInput()) {
      status = broker.Send(wire::MessageType::kAnswer, wire::Answer{.text = answer.text()});
    }
  }
  EndByFailure(status, broker, shown, person, result);
}

}  // namespace cis2::pam_module
