// Plain text in columns.
#ifndef CIS2_BROKER_CTL_TABLE_H_
#define CIS2_BROKER_CTL_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

namespace cis2::ctl {

// Writes the rows with their columns one under the other, two blanks between them, each line after `indent`.
// Lines have no blanks at their end. Cells must be printable.
void PrintTable(std::ostream& out, const std::vector<std::vector<std::string>>& rows,
                const std::string& indent = "");

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_TABLE_H_
