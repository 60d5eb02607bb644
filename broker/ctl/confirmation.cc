#include "broker/ctl/confirmation.h"

#include "broker/base/text.h"
#include "broker/ctl/folder_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace cis2::ctl {
namespace {

using std::chrono::steady_clock;

std::optional<Confirmation> Understand(std::string_view line) {
  if (base::EqualWithoutCase(line, "yes") || base::EqualWithoutCase(line, "y")) {
    return Confirmation::kYes;
  }
  return base::EqualWithoutCase(line, "no") || base::EqualWithoutCase(line, "n")
             ? std::optional(Confirmation::kNo)
             : std::nullopt;
}

// What a line that has come says. Nothing: ask again.
std::optional<Confirmation> ReadAnswer(int input, std::string& line) {
  std::array<char, 256> part{};
  const ssize_t got = ::read(input, part.data(), part.size());
  if (got <= 0) {
    return got < 0 && errno == EINTR ? std::nullopt : std::optional(Confirmation::kNo);
  }
  line.append(part.data(), static_cast<std::size_t>(got));
  std::optional<Confirmation> answer;
  for (auto end = line.find('\n'); end != std::string::npos && !answer; end = line.find('\n')) {
    answer = Understand(std::string_view(line).substr(0, end));
    line.erase(0, end + 1);
  }
  return answer;
}

}  // namespace

Confirmation WaitForConfirmation(int input, const std::string& waits, std::chrono::seconds limit,
                                 std::ostream& out) {
  const auto deadline = steady_clock::now() + limit;
  FolderWatch watch(std::filesystem::path(waits).parent_path());
  std::string line;
  while (true) {
    if (::access(waits.c_str(), F_OK) != 0) {
      return Confirmation::kElsewhere;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) {
      return Confirmation::kTooLate;
    }
    std::array<pollfd, 2> fds = {pollfd{.fd = input, .events = POLLIN, .revents = 0},
                                 pollfd{.fd = watch.fd(), .events = POLLIN, .revents = 0}};
    if (::poll(fds.data(), fds.size(), static_cast<int>(std::min<std::int64_t>(left.count(), 60'000))) <= 0) {
      continue;
    }
    watch.Forget();
    if (fds[0].revents != 0) {
      if (const auto answer = ReadAnswer(input, line)) {
        return *answer;
      }
      out << "yes or no? " << std::flush;
    }
  }
}

}  // namespace cis2::ctl
