// Goal: sshd, sudo and login find their process as they left it: after a whole login, after a failed one, and
// after the module was loaded and unloaded a thousand times.
#include "tests/pam/module_fixture.h"

#include <security/pam_appl.h>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <map>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cis2::testing {
namespace {

using wire::VerdictKind;

std::vector<std::string> Mappings() {
  std::vector<std::string> lines;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::size_t MappingsOfTheModule() {
  const auto lines = Mappings();
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("pam_cis2.so") != std::string::npos;
  }));
}

std::map<std::string, std::string> Descriptors() {
  std::map<std::string, std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the descriptor of this very listing
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && target.string().find("/proc/") != 0) {
      open[entry.path().filename()] = target;
    }
  }
  return open;
}

struct ProcessState {
  std::map<std::string, std::string> descriptors;
  std::vector<std::string> environment;
  std::string locale, folder, signal_mask, signal_actions, limits;
  mode_t umask = 0;
  pid_t children = 0;

  bool operator==(const ProcessState&) const = default;

  static ProcessState Now() {
    ProcessState s;
    s.descriptors = Descriptors();
    for (char** variable = environ; *variable != nullptr; ++variable) {
      s.environment.emplace_back(*variable);
    }
    s.locale = std::setlocale(LC_ALL, nullptr);
    s.folder = std::filesystem::current_path();
    sigset_t mask = {};
    ::sigprocmask(SIG_BLOCK, nullptr, &mask);
    for (int signal = 1; signal < NSIG; ++signal) {
      s.signal_mask += ::sigismember(&mask, signal) == 1 ? '1' : '0';
      struct sigaction action = {};
      ::sigaction(signal, nullptr, &action);
      s.signal_actions += std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler)) + "/" +
                          std::to_string(action.sa_flags) + " ";
    }
    for (int resource = 0; resource < static_cast<int>(RLIMIT_NLIMITS); ++resource) {
      rlimit limit = {};
      ::getrlimit(static_cast<__rlimit_resource>(resource), &limit);
      s.limits += std::to_string(limit.rlim_cur) + "/" + std::to_string(limit.rlim_max) + " ";
    }
    s.umask = ::umask(0);
    ::umask(s.umask);
    return s;
  }
};

class HostProcessTest : public ModuleFixture {
 protected:
  // A process that has set things of its own, as sshd has.
  void SetUp() override {
    ModuleFixture::SetUp();
    ::setenv("CIS2_HOST", "as it was", 1);
    old_umask_ = ::umask(027);
    sigset_t mask = {};
    ::sigemptyset(&mask);
    ::sigaddset(&mask, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &mask, &old_mask_);
    (void)::signal(SIGPIPE, SIG_DFL);
    (void)::signal(SIGCHLD, [](int) {});
  }
  void TearDown() override {
    ::umask(old_umask_);
    ::sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
    (void)::signal(SIGCHLD, SIG_DFL);
    ModuleFixture::TearDown();
  }
  void ExpectUnchanged(const ProcessState& before) {
    const ProcessState after = ProcessState::Now();
    EXPECT_EQ(before.descriptors, after.descriptors);
    EXPECT_EQ(before.environment, after.environment);
    EXPECT_EQ(before.signal_mask, after.signal_mask);
    EXPECT_EQ(before.signal_actions, after.signal_actions);
    EXPECT_TRUE(before == after) << "locale, folder, umask or limits";
  }

 private:
  mode_t old_umask_ = 0;
  sigset_t old_mask_ = {};
};

TEST_F(HostProcessTest, IsUnchangedByAWholeLogin) {
  GivenTheShippedLine();
  broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Allows().HearsTheEnd();
  broker()
      .Accepts()
      .HearsAccount({})
      .Gives(VerdictKind::kAllow)
      .HearsTheEnd()
      .Closes()
      .Reaches("end")
      .Start();
  person().IsAsked(kPrompt, kDigits);
  const ProcessState before = ProcessState::Now();

  EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  EXPECT_EQ(CheckAccount(), PAM_SUCCESS);
  broker().WaitFor("end");

  ExpectUnchanged(before);
}

TEST_F(HostProcessTest, IsUnchangedAndAliveAfterABrokerThatDied) {
  GivenTheShippedLine();
  broker().Accepts().Closes().Reaches("end").Start();
  const ProcessState before = ProcessState::Now();

  EXPECT_EQ(Authenticate(), PAM_AUTHINFO_UNAVAIL) << "and SIGPIPE has its default action here";
  broker().WaitFor("end");

  ExpectUnchanged(before);
}

TEST_F(HostProcessTest, IsUnchangedByArgumentsThatAreWrong) {
  Given({"auth requisite " + Module("nonsense")});
  const ProcessState before = ProcessState::Now();

  EXPECT_EQ(Authenticate(), PAM_SERVICE_ERR);

  ExpectUnchanged(before);
}

TEST_F(HostProcessTest, LoadsAndUnloadsAThousandTimes) {
  const auto load_and_unload = [](int times) {
    for (int i = 0; i < times; ++i) {
      void* const module = ::dlopen(kModulePath, RTLD_NOW | RTLD_LOCAL);
      ASSERT_NE(module, nullptr) << ::dlerror();
      ASSERT_NE(::dlsym(module, "pam_sm_authenticate"), nullptr);
      ASSERT_EQ(::dlclose(module), 0);
    }
  };
  load_and_unload(10);  // what the loader keeps once and for all
  const auto descriptors = Descriptors();
  const std::size_t mappings = Mappings().size();

  load_and_unload(1000);

  EXPECT_EQ(MappingsOfTheModule(), 0U);
  EXPECT_EQ(Descriptors(), descriptors);
  // A few are the allocator's own; a leak would be several for each time.
  EXPECT_LE(Mappings().size(), mappings + 50);
}

TEST_F(HostProcessTest, ManyHandlesOneAfterTheOtherLeaveNothingBehind) {
  constexpr int kHandles = 50;
  for (int i = 0; i < kHandles; ++i) {
    broker().Accepts().HearsLogin().ShowsScreen(kPrompt).HearsAnswer(kDigits).Allows();
    person().IsAsked(kPrompt, kDigits);
  }
  broker().Closes().Reaches("end").Start();
  const ProcessState before = ProcessState::Now();

  for (int i = 0; i < kHandles; ++i) {
    GivenTheShippedLine();
    EXPECT_EQ(Authenticate(), PAM_SUCCESS);
  }
  broker().WaitFor("end");

  ExpectUnchanged(before);
  GivenTheShippedLine().End();
  EXPECT_EQ(MappingsOfTheModule(), 0U);
}

}  // namespace
}  // namespace cis2::testing
