// The commands of cis2ctl as they are typed: each file here has the name of one, its options and its help, and says which
// function of commands.h runs it. A new command is a file, and a row in kCommands (cli.cc).
#ifndef CIS2_BROKER_CTL_CLI_COMMAND_H_
#define CIS2_BROKER_CTL_CLI_COMMAND_H_

#include "broker/ctl/commands.h"

#include <functional>
#include <memory>
#include <utility>

namespace CLI {
class App;
}

namespace cis2::ctl::cli {

// One run of cis2ctl. The command that was typed puts itself into `run`.
struct Invocation {
  const Streams& streams;
  CommonOptions common = {};
  std::function<int()> run = {};
};

// Adds a command to `app`; both outlive what it captures.
using AddCommand = void (*)(CLI::App& app, Invocation& invocation);
void AddCheckConfig(CLI::App& app, Invocation& invocation);
void AddStatus(CLI::App& app, Invocation& invocation);
void AddLogins(CLI::App& app, Invocation& invocation);
void AddExplain(CLI::App& app, Invocation& invocation);
void AddJwks(CLI::App& app, Invocation& invocation);
void AddCancel(CLI::App& app, Invocation& invocation);
void AddReload(CLI::App& app, Invocation& invocation);
void AddKeygen(CLI::App& app, Invocation& invocation);
void AddRotate(CLI::App& app, Invocation& invocation);
void AddDoctor(CLI::App& app, Invocation& invocation);
void AddBreakGlass(CLI::App& app, Invocation& invocation);
void AddTestLogin(CLI::App& app, Invocation& invocation);
void AddEnable(CLI::App& app, Invocation& invocation);
void AddDisable(CLI::App& app, Invocation& invocation);

// --- what several of them have

// `run` is what the command does, once everything that was typed is understood.
void Runs(CLI::App* command, Invocation& invocation, std::function<int()> run);
// The same with options of the command's own, which live as long as it does. The answer is them, for the parser to fill.
template <class Options, class Run>
Options& RunsWith(CLI::App* command, Invocation& invocation, Run run) {
  const auto options = std::make_shared<Options>();
  Runs(command, invocation,
       [&invocation, options, run] { return run(invocation.common, *options, invocation.streams); });
  return *options;
}
void AddSocket(CLI::App* command, ControlOptions& options);
void AddTestLoginOptions(CLI::App* command, TestLoginOptions& options);

}  // namespace cis2::ctl::cli

#endif  // CIS2_BROKER_CTL_CLI_COMMAND_H_
