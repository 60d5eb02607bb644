#include "broker/ctl/roll_back.h"

#include "broker/base/random.h"
#include "broker/base/text.h"
#include "broker/ctl/later.h"
#include "broker/ctl/run_command.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/file.h>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using base::Result;

// Writes `text` to a file of ours, whatever is in it.
Result<void> Put(const std::string& path, const std::string& text) {
  CIS2_TRY(const std::string before, ReadIfThere(path));
  return Make({.path = path, .before = before, .after = text});
}

std::string NewId() {
  base::SystemRandom random;
  return base::HexEncode(random.Bytes(16));
}

}  // namespace

RollBack::RollBack(const Places& places, const Family& family)
    : places_(places), family_(family), folder_(places.state + "/" + family.name) {}

Result<base::UniqueFd> RollBack::Lock() const {
  CIS2_CHECK(MakePrivateFolder(folder_));
  base::UniqueFd fd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::flock(fd.get(), LOCK_EX) != 0) {
    return base::FailErrno("cannot lock the folder " + folder_, errno);
  }
  return fd;
}

std::string RollBack::CopyOf(const std::string& path) const {
  return folder_ + "/" + std::filesystem::path(path).filename().string() + ".before";
}

Result<void> RollBack::KeepCopies(const Plan& plan) const {
  for (const FileChange& change : plan.changes) {
    CIS2_TRY(const std::string before, WithoutBlock(change.before, change.path));
    CIS2_CHECK(Put(CopyOf(change.path), before));
  }
  return {};
}

Result<void> RollBack::MakeWithWayBack(const Plan& plan, std::chrono::seconds confirm_within) {
  CIS2_TRY(const base::UniqueFd lock, Lock());
  CIS2_CHECK(KeepCopies(plan));
  const std::string id = NewId();
  CIS2_CHECK(Put(Unconfirmed(), id + "\n"));
  const std::vector<std::string> back = {"disable", family_.name, "--unless-confirmed", id};
  auto made = RunLater(TimerName(), confirm_within, back);
  if (made) {
    made = MakeAll(plan.changes);
  }
  if (!made) {
    (void)Forget();
  }
  return made;
}

bool RollBack::Waits() const { return ::access(Unconfirmed().c_str(), F_OK) == 0; }

Result<void> RollBack::Forget() {
  CIS2_CHECK(Put(Unconfirmed(), ""));
  StopLater(TimerName());
  return {};
}

Result<void> RollBack::Confirm() {
  if (!Waits()) {
    return base::Fail("no change of " + family_.name + " waits to be confirmed; see: cis2ctl enable " +
                      family_.name);
  }
  CIS2_TRY(const base::UniqueFd lock, Lock());
  return Forget();
}

Result<std::vector<std::string>> RollBack::TakeOut() {
  CIS2_TRY(const Plan plan, PlanDisable(places_, family_));
  CIS2_CHECK(MakeAll(plan.changes));
  CIS2_CHECK(Put(Unconfirmed(), ""));
  std::vector<std::string> paths;
  for (const FileChange& change : plan.changes) {
    paths.push_back(change.path);
  }
  return paths;
}

Result<std::vector<std::string>> RollBack::Undo() {
  CIS2_TRY(const base::UniqueFd lock, Lock());
  CIS2_TRY(std::vector<std::string> paths, TakeOut());
  StopLater(TimerName());
  return paths;
}

Result<std::vector<std::string>> RollBack::UndoUnlessConfirmed(const std::string& id) {
  CIS2_TRY(const base::UniqueFd lock, Lock());
  CIS2_TRY(const std::string waiting, ReadIfThere(Unconfirmed()));
  const bool is_meant = id == kWhichever ? !waiting.empty() : waiting == id + "\n";
  return is_meant ? TakeOut() : std::vector<std::string>();
}

std::string ReloadSshd() {
  if (HasSystemd()) {
    // A no-op where sshd does not run, or is started by a socket for each connection.
    const auto end = RunCommand({"/usr/bin/systemctl", "try-reload-or-restart", "ssh.service"});
    return end.status == 0 ? "" : "sshd could not be told; do it: systemctl reload ssh";
  }
  std::ifstream file("/run/sshd.pid");
  pid_t pid = 0;
  if (!(file >> pid) || pid <= 1 || ::kill(pid, SIGHUP) != 0) {
    return "no running sshd was found by /run/sshd.pid; one that runs must be told: kill -HUP its pid";
  }
  return "";
}

}  // namespace cis2::ctl
