#include "broker/ipc/peer.h"

#include <fstream>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace cis2::ipc {
namespace {

struct ProcessStat {
  pid_t parent = 0;
  unsigned long long start_ticks = 0;  // since boot, on CLOCK_BOOTTIME
};

// proc(5): "pid (comm) state ppid ... starttime ...". comm may hold anything, so reading begins behind the
// last ')'.
std::optional<ProcessStat> ReadStat(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto close = text.rfind(')');
  if (close == std::string::npos) {
    return std::nullopt;
  }
  std::istringstream fields(text.substr(close + 1));
  std::string word;
  ProcessStat stat;
  constexpr int kParentField = 4;
  constexpr int kStartField = 22;
  for (int field = 3; field <= kStartField; ++field) {
    if (field == kParentField) {
      fields >> stat.parent;
    } else if (field == kStartField) {
      fields >> stat.start_ticks;
    } else {
      fields >> word;
    }
  }
  return fields.fail() ? std::nullopt : std::optional(stat);
}

}  // namespace

std::optional<Peer> ReadPeer(int fd) {
  ucred cred{};
  socklen_t size = sizeof cred;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) != 0 || size != sizeof cred) {
    return std::nullopt;
  }
  return Peer{.pid = cred.pid, .uid = cred.uid};
}

std::optional<base::TimePoint> ParentStarted(pid_t pid) {
  const auto stat = ReadStat(pid);
  const auto parent = stat ? ReadStat(stat->parent) : std::nullopt;
  const long ticks_per_second = ::sysconf(_SC_CLK_TCK);
  if (!parent || ticks_per_second <= 0) {
    return std::nullopt;
  }
  const auto per_second = static_cast<unsigned long long>(ticks_per_second);
  return base::TimePoint(std::chrono::milliseconds(parent->start_ticks * 1000 / per_second));
}

}  // namespace cis2::ipc
