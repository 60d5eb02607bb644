#include "pam_module/options.h"

#include <cstddef>
#include <string_view>
#include <sys/un.h>

namespace cis2::pam_module {
namespace {

// A setter takes the value and answers what is wrong with it, or null. The value is the tail of an argument
// and ends with its NUL.
using Problem = const char*;

Problem SetSocket(std::string_view value, Options& options) {
  if (!value.starts_with('/') || value.ends_with('/') || value.size() >= sizeof(sockaddr_un::sun_path)) {
    return "socket= takes an absolute path of at most 107 bytes";
  }
  options.socket = value.data();
  return nullptr;
}

Problem SetTimeout(std::string_view value, Options& options) {
  int seconds = 0;
  bool whole_number = !value.empty() && value.size() <= 2 && !value.starts_with('0');
  for (const char c : value) {
    whole_number = whole_number && c >= '0' && c <= '9';
    seconds = whole_number ? seconds * 10 + (c - '0') : 0;
  }
  if (!whole_number || seconds > kMaxReplySeconds) {
    return "timeout= takes a whole number of seconds from 1 to 60";
  }
  options.reply_seconds = seconds;
  return nullptr;
}

Problem SetQr(std::string_view value, Options& options) {
  if (value == "utf8") {
    options.qr = wire::QrMode::kUtf8;
  } else if (value == "ascii") {
    options.qr = wire::QrMode::kAscii;
  } else if (value == "off") {
    options.qr = wire::QrMode::kOff;
  } else {
    return "qr= takes utf8, ascii or off";
  }
  return nullptr;
}

Problem SetOthers(std::string_view value, Options& options) {
  if (value == "allow") {
    options.others = Others::kAllow;
  } else if (value == "refuse") {
    options.others = Others::kRefuse;
  } else {
    return "others= takes allow or refuse";
  }
  return nullptr;
}

Problem SetDebug(std::string_view value, Options& options) {
  if (!value.empty()) {
    return "debug takes no value";
  }
  options.log = LogDetail::kDebug;
  return nullptr;
}

struct Argument {
  std::string_view name;
  Problem (*set)(std::string_view value, Options& options);
};

constexpr Argument kArguments[] = {
    {"socket=", SetSocket}, {"timeout=", SetTimeout}, {"qr=", SetQr},
    {"others=", SetOthers}, {"debug", SetDebug},
};
constexpr std::size_t kArgumentCount = std::size(kArguments);

std::size_t IndexOf(std::string_view argument) {
  std::size_t i = 0;
  while (i < kArgumentCount && !argument.starts_with(kArguments[i].name)) {
    ++i;
  }
  return i;
}

}  // namespace

std::optional<BadArgument> ParseOptions(std::span<const char* const> arguments, Options& options) {
  bool given[kArgumentCount] = {};
  for (const char* argument : arguments) {
    std::string_view value(argument);
    const std::size_t i = IndexOf(value);
    if (i == kArgumentCount) {
      return BadArgument{argument, "is not an argument of this module"};
    }
    if (given[i]) {
      return BadArgument{argument, "is given twice"};
    }
    given[i] = true;
    value.remove_prefix(kArguments[i].name.size());
    if (const Problem problem = kArguments[i].set(value, options); problem != nullptr) {
      return BadArgument{argument, problem};
    }
  }
  return std::nullopt;
}

}  // namespace cis2::pam_module
