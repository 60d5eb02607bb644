#include "broker/ctl/front_socket.h"

#include "broker/base/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <set>
#include <unistd.h>

namespace cis2::ctl {
namespace {

constexpr std::size_t kMaxOutput = 64UL * 1024;

std::string Joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + base::Printable(word);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string ShowFrontSocket() {
  if (::access("/run/systemd/system", F_OK) != 0) {
    return "";
  }
  static constexpr const char* kCommand =
      "/usr/bin/systemctl show -p Listen -p ActiveState -p UnitFileState cis2-front.socket 2>/dev/null";
  // NOLINTNEXTLINE(cert-env33-c): a fixed command, nothing of it comes from outside
  FILE* const output = ::popen(kCommand, "re");
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(output, ::pclose);
  std::string text;
  std::array<char, 4096> part{};
  while (pipe != nullptr && text.size() < kMaxOutput) {
    const std::size_t got = ::fread(part.data(), 1, part.size(), pipe.get());
    if (got == 0) {
      break;
    }
    text.append(part.data(), got);
  }
  return text;
}

std::string AdviceOnPorts(const std::vector<std::string>& listen, std::string_view shown) {
  static constexpr std::string_view kListen = "Listen=";
  std::set<std::string> passed;
  bool in_use = false;
  while (!shown.empty()) {
    const std::string_view line = shown.substr(0, shown.find('\n'));
    shown.remove_prefix(std::min(shown.size(), line.size() + 1));
    in_use = in_use || line == "ActiveState=active" || line == "UnitFileState=enabled";
    if (line.starts_with(kListen)) {
      // "Listen=[::]:8443 (Stream)"
      const std::string_view value = line.substr(kListen.size());
      passed.emplace(value.substr(0, value.find(' ')));
    }
  }
  const std::set<std::string> wanted(listen.begin(), listen.end());
  if (!in_use || passed == wanted) {
    return "";
  }
  return "the pages are served where cis2-front.socket says, at " + Joined(passed) +
         ", and not at [web] listen, " + Joined(wanted) + "; to change it: systemctl edit cis2-front.socket";
}

}  // namespace cis2::ctl
