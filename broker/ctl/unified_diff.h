// What changes in a text, as diff -u writes it and patch reads it.
#ifndef CIS2_BROKER_CTL_UNIFIED_DIFF_H_
#define CIS2_BROKER_CTL_UNIFIED_DIFF_H_

#include <string>
#include <string_view>

namespace cis2::ctl {

// One hunk from the first line that differs to the last, with three lines around it; right for any two texts, least
// for those that differ in one place, as ours do. Nothing where they are the same. An empty text is a file that is
// not there: /dev/null.
std::string UnifiedDiff(std::string_view before, std::string_view after, const std::string& path);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_UNIFIED_DIFF_H_
