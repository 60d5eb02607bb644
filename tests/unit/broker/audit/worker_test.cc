#include "broker/audit/worker.h"

#include <gtest/gtest.h>

#include <latch>

namespace cis2::audit {
namespace {

TEST(WorkerTest, TakesNoMoreThanItMayHold) {
  std::latch started(1);
  std::latch go_on(1);
  std::vector<int> handled;
  Worker<int> worker(3, [&](const std::vector<int>& batch) {
    if (handled.empty()) {
      started.count_down();
      go_on.wait();
    }
    handled.insert(handled.end(), batch.begin(), batch.end());
  });
  int item = 0;
  EXPECT_TRUE(worker.Push(item));
  started.wait();
  for (item = 1; item <= 3; ++item) {
    EXPECT_TRUE(worker.Push(item)) << item;
  }
  EXPECT_FALSE(worker.Push(item));
  EXPECT_EQ(item, 4);
  go_on.count_down();
  worker.Flush();

  EXPECT_EQ(handled, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_TRUE(worker.Push(item));
}

TEST(WorkerTest, FlushWithoutItemsReturns) {
  Worker<int> worker(1, [](const std::vector<int>&) {});
  worker.Flush();
}

TEST(WorkerTest, ThreadHasEverySignalBlocked) {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    Worker<int> worker(1,
                       [&](const std::vector<int>&) { ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked); });
    int item = 1;
    EXPECT_TRUE(worker.Push(item));
  }
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGXFSZ}) {
    EXPECT_EQ(::sigismember(&blocked, signal), 1) << signal;
    EXPECT_EQ(::sigismember(&after, signal), ::sigismember(&before, signal)) << signal;
  }
}

}  // namespace
}  // namespace cis2::audit
