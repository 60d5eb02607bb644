// cis2ctl: the administrator's tool. `status`, `logins` and others ask the running broker; everything else works
// offline.

#include "broker/base/log.h"
#include "broker/ctl/cli.h"

#include <iostream>

int main(int argc, char** argv) {
  cis2::base::Log::Start("cis2ctl", /*debug=*/false);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return cis2::ctl::Run(arguments, {.out = std::cout, .err = std::cerr});
}
