#include "broker/ctl/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace cis2::ctl {
namespace {

TEST(TableTest, ColumnsStandOneUnderTheOther) {
  std::ostringstream out;
  PrintTable(out, {{"NAME", "VALUE"}, {"a", "long value", "x"}, {"longer", ""}}, "  ");
  EXPECT_EQ(out.str(),
            "  NAME    VALUE\n"
            "  a       long value  x\n"
            "  longer\n");
}

TEST(TableTest, NoRowsPrintNothing) {
  std::ostringstream out;
  PrintTable(out, {});
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace cis2::ctl
