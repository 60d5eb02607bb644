// What a check of cis2ctl doctor comes to.
//
// A check is a plain function over facts; gather.h collects the facts. Every finding says what is wrong, why
// it matters and what mends it: a command to type, the very line of a file, or, where it lies outside of this
// host, what to ask for. The ids are an interface: docs/doctor.md lists them, tests/lint/doctor.py compares.
// Nothing here holds a secret. Everything that came from a file or from the network is made printable.
#ifndef CIS2_BROKER_CTL_DOCTOR_FINDING_H_
#define CIS2_BROKER_CTL_DOCTOR_FINDING_H_

#include <string>
#include <utility>
#include <vector>

namespace cis2::ctl::doctor {

enum class Severity { kProblem, kAdvice };

struct Mend {
  std::string command;  // what root types; empty: a line of a file, or elsewhere
  std::string file;     // the file that `line` belongs in; made if it is not there
  int number = 0;       // the line that it replaces, or above which it is put; 0: at the end
  bool replaces = false;
  std::string line;       // or some lines, with a newline between
  std::string then;       // the command after which the line counts; may be empty
  std::string elsewhere;  // what to do that no line of this host can do
  bool operator==(const Mend&) const = default;
};

inline Mend Command(std::string command) {
  Mend mend;
  mend.command = std::move(command);
  return mend;
}
inline Mend Elsewhere(std::string what) {
  Mend mend;
  mend.elsewhere = std::move(what);
  return mend;
}
// The line above which `line` is put, counted from 1; 0 puts it at the end.
inline Mend InsertAbove(std::string file, int number, std::string line, std::string then = {}) {
  Mend mend;
  mend.file = std::move(file);
  mend.number = number;
  mend.line = std::move(line);
  mend.then = std::move(then);
  return mend;
}
inline Mend Replace(std::string file, int number, std::string line, std::string then = {}) {
  Mend mend = InsertAbove(std::move(file), number, std::move(line), std::move(then));
  mend.replaces = true;
  return mend;
}
inline Mend Append(std::string file, std::string line, std::string then = {}) {
  return InsertAbove(std::move(file), 0, std::move(line), std::move(then));
}

struct Finding {
  std::string id;  // "sshd.use_pam"
  Severity severity = Severity::kProblem;
  std::string what;
  std::string why;
  Mend mend;
};
using Findings = std::vector<Finding>;

inline Finding Problem(std::string id, std::string what, std::string why, Mend mend) {
  return {std::move(id), Severity::kProblem, std::move(what), std::move(why), std::move(mend)};
}
inline Finding Advice(std::string id, std::string what, std::string why, Mend mend) {
  return {std::move(id), Severity::kAdvice, std::move(what), std::move(why), std::move(mend)};
}

// One check, made or not.
struct CheckResult {
  std::string name;  // "provider"
  Findings findings;
  std::string note;     // what was seen, in a few words
  std::string compare;  // what only a person can compare with the registration at the provider
  std::string skipped;  // why there was nothing to check; empty: it was made
  std::string unknown;  // why it could not be made although it should; empty: it was made
};

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_FINDING_H_
