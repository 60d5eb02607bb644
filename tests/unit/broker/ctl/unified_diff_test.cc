#include "broker/ctl/unified_diff.h"

#include <gtest/gtest.h>

namespace cis2::ctl {
namespace {

TEST(UnifiedDiffTest, ShowsThreeLinesAroundTheChange) {
  EXPECT_EQ(UnifiedDiff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nnew\n5\n6\n7\n8\n9\n", "/etc/x"),
            "--- /etc/x\n+++ /etc/x\n@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+new\n 5\n 6\n 7\n");
}

TEST(UnifiedDiffTest, ANewFileComesFromNothing) {
  EXPECT_EQ(UnifiedDiff("", "a\nb\n", "/etc/x"), "--- /dev/null\n+++ /etc/x\n@@ -0,0 +1,2 @@\n+a\n+b\n");
}

TEST(UnifiedDiffTest, ARemovedFileGoesToNothing) {
  EXPECT_EQ(UnifiedDiff("a\n", "", "/etc/x"), "--- /etc/x\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiffTest, AChangedLineGoesAndComes) {
  EXPECT_EQ(UnifiedDiff("a\nb\nc\n", "a\nB\nc\n", "x"), "--- x\n+++ x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
}

TEST(UnifiedDiffTest, ALastLineWithoutItsEndIsNamed) {
  EXPECT_EQ(UnifiedDiff("a\nb", "new\na\nb", "x"),
            "--- x\n+++ x\n@@ -1,2 +1,3 @@\n+new\n a\n b\n\\ No newline at end of file\n");
}

TEST(UnifiedDiffTest, LinesThatRepeatAreNotCountedTwice) {
  EXPECT_EQ(UnifiedDiff("a\na\n", "a\na\na\n", "x"), "--- x\n+++ x\n@@ -1,2 +1,3 @@\n a\n a\n+a\n");
}

TEST(UnifiedDiffTest, TheSameIsNoDifference) { EXPECT_EQ(UnifiedDiff("a\n", "a\n", "x"), ""); }

}  // namespace
}  // namespace cis2::ctl
