// Emergency codes: whether one will work in the night in which it is needed. Pure.
//
// Sources: docs/break-glass.md; breakglass/store.h for whose file and folder must be.
#ifndef CIS2_BROKER_CTL_DOCTOR_CHECK_CODES_H_
#define CIS2_BROKER_CTL_DOCTOR_CHECK_CODES_H_

#include "broker/breakglass/ledger.h"
#include "broker/config/config.h"
#include "broker/ctl/doctor/check_broker.h"
#include "broker/ctl/doctor/finding.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace cis2::ctl::doctor {

struct CodesFacts {
  FileState folder, file;
  std::optional<std::uint32_t> owner;  // the uid of [host] user; nothing: config.user says so
  std::string problem;                 // why the file cannot be read; empty: it can, or is not there
  breakglass::Ledger ledger;
  std::set<std::string> known;  // those of its accounts that this host knows
  std::string somebody;         // an ordinary account of a grant, for an example; may be empty
  breakglass::Time now;
};
// `config` has a [break_glass] file.
Findings JudgeCodes(const config::Config& config, const CodesFacts& facts);

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_CHECK_CODES_H_
