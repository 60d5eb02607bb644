// The two assurance levels (NHS CIA ACR Req 001, NHS CIA SC Req 002; facts: cis2.md section 6). Pure.
//
//   authentication_assurance_level  how strongly the person signed in this time (ID token)
//   id_assurance_level              how well the identity was proved once (ID token); userinfo calls it
//   idassurancelevel
//
// CIS2 sends either as a number or as a string, so a level is a JSON whole number from 0 to 9 or a string of
// exactly one digit. Nothing else is: no "3 ", no 3.0, no null. acr is no substitute: AAL2_OR_AAL3_ANY does
// not tell 2 from 3. Whether a level is high enough is policy/'s question.
//
// In profile oidc the settings name the claims, and may give the words that stand for the levels: then those
// words, and nothing else, are read. A level without a claim is 0: the provider says nothing of it.
#ifndef CIS2_BROKER_OIDC_LEVELS_H_
#define CIS2_BROKER_OIDC_LEVELS_H_

#include "broker/base/json.h"
#include "broker/config/config.h"
#include "broker/reasons/reasons.h"

namespace cis2::oidc {

// kAalMissing, kAalMalformed.
reasons::Checked<int> ReadAal(const base::Json& id_token_claims, const config::Provider& settings);
// kIalMissing, kIalMalformed.
reasons::Checked<int> ReadIal(const base::Json& id_token_claims, const config::Provider& settings);
// kIalUserinfoLower when CIS2's userinfo has a level and it is malformed or lower than the ID token's.
reasons::Checked<void> CheckUserinfoIal(const base::Json& userinfo, int id_token_ial);

}  // namespace cis2::oidc

#endif  // CIS2_BROKER_OIDC_LEVELS_H_
