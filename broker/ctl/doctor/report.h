// What cis2ctl doctor prints: a line a check as it is made, then the findings in full; or JSON at the end.
#ifndef CIS2_BROKER_CTL_DOCTOR_REPORT_H_
#define CIS2_BROKER_CTL_DOCTOR_REPORT_H_

#include "broker/ctl/doctor/finding.h"

#include <ostream>
#include <string>
#include <vector>

namespace cis2::ctl::doctor {

// What to do, in one or two lines, each after `indent`.
std::string MendText(const Mend& mend, const std::string& indent);

class Report {
 public:
  Report(std::ostream& out, bool json) : out_(out), json_(json) {}

  void Add(CheckResult result);
  // Prints the findings. The exit status: 1 with a problem, else 2 if a check could not be made, else 0.
  int Finish();

 private:
  void PrintLine(const CheckResult& result);
  void PrintFindings();
  void PrintJson();
  [[nodiscard]] int Status() const;

  std::ostream& out_;
  bool json_;
  std::vector<CheckResult> results_;
};

}  // namespace cis2::ctl::doctor

#endif  // CIS2_BROKER_CTL_DOCTOR_REPORT_H_
