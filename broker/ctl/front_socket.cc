#include "broker/ctl/front_socket.h"

#include "broker/base/text.h"
#include "broker/ctl/run_command.h"

#include <algorithm>
#include <set>
#include <unistd.h>

namespace cis2::ctl {
namespace {

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
  return RunCommand({"/usr/bin/systemctl", "show", "-p", "Listen", "-p", "ActiveState", "-p", "UnitFileState",
                     "cis2-front.socket"})
      .output;
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
