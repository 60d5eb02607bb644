#include "broker/ctl/cli.h"

#include "broker/base/text.h"
#include "broker/config/values.h"
#include "broker/ctl/cli/command.h"
#include "broker/ctl/failure.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>

namespace cis2::ctl {
namespace {

// In the order of --help.
constexpr std::array kCommands = {cli::AddCheckConfig, cli::AddStatus, cli::AddLogins,     cli::AddExplain,
                                  cli::AddJwks,        cli::AddCancel, cli::AddReload,     cli::AddKeygen,
                                  cli::AddRotate,      cli::AddDoctor, cli::AddBreakGlass, cli::AddTestLogin,
                                  cli::AddEnable,      cli::AddDisable};

constexpr const char* kFooter = R"(
Examples:
  cis2ctl check-config
  cis2ctl status
  cis2ctl doctor
  cis2ctl explain --account op1 --sub 656005750104

cis2ctl help COMMAND, or COMMAND --help, tells more about a command. Exit status: 0 yes, 1 no, 2 cannot tell.
)";

constexpr std::size_t kMaxShown = 512;

// The command that was typed last: "rotate" in "rotate stauts".
const CLI::App& Innermost(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
  }
  return *command;
}

// "", "explain ", "rotate finish ": as it is typed behind "cis2ctl ".
std::string Typed(const CLI::App& command) {
  std::string text;
  for (const CLI::App* each = &command; each->get_parent() != nullptr; each = each->get_parent()) {
    text = each->get_name() + " " + text;
  }
  return text;
}

// A word where a command or a step of one should stand; empty if there is none.
std::string UnknownCommand(const CLI::App& app, const CLI::App& command) {
  const auto words = app.remaining(/*recurse=*/true);
  const auto word = std::ranges::find_if(words, [](const std::string& w) { return !w.starts_with('-'); });
  if (command.get_require_subcommand_min() == 0 || word == words.end()) {
    return "";
  }
  std::vector<std::string> known;
  for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(each->get_name());
  }
  if (&command == &app) {
    known.emplace_back("help");
  }
  return "there is no command '" + Typed(command) + base::Printable(*word) + "'" +
         config::DidYouMean(*word, known);
}

// What the parser says of an option that is none has the word in it; this, which one may be meant.
std::string MeantOption(const CLI::App& app, const CLI::App& command) {
  std::vector<std::string> known;
  for (const CLI::App* each : {&command, &app}) {
    for (const CLI::Option* option : each->get_options()) {
      std::ranges::transform(option->get_lnames(), std::back_inserter(known),
                             [](const auto& name) { return "--" + name; });
    }
  }
  for (const std::string& word : app.remaining(/*recurse=*/true)) {
    if (const std::string meant = config::DidYouMean(word.substr(0, word.find('=')), known);
        word.starts_with("--") && !meant.empty()) {
      return meant;
    }
  }
  return "";
}

// What was typed cannot be understood, or asks for help.
int NotRun(const CLI::App& app, const CLI::ParseError& error, const CommonOptions& common,
           const Streams& streams) {
  const CLI::App& command = Innermost(app);
  const std::string unknown = UnknownCommand(app, command);
  if (unknown.empty() && error.get_exit_code() == 0) {
    return app.exit(error, streams.out, streams.err);
  }
  const std::string why =
      unknown.empty() ? base::Printable(error.what(), kMaxShown) + MeantOption(app, command) : unknown;
  return GiveUp(common, streams, kExitUsage, why + "\nsee: cis2ctl " + Typed(command) + "--help");
}

// "help COMMAND" is "COMMAND --help".
std::vector<std::string> WithoutHelp(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  return arguments;
}

}  // namespace

int Run(const std::vector<std::string>& arguments, const Streams& streams) {
  cli::Invocation invocation{.streams = streams};
  CLI::App app("Administers cis2-brokerd, which signs operators in with NHS CIS2 Authentication.", "cis2ctl");
  app.footer(kFooter);
  app.set_version_flag("--version", "cis2ctl " CIS2_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // --config and --json may stand before and after the command
  const auto* config = app.add_option("--config", invocation.common.config,
                                      std::string("the configuration (default ") + kDefaultConfig + ")");
  app.add_flag("--json", invocation.common.json, "print JSON");
  for (const cli::AddCommand add : kCommands) {
    add(app, invocation);
  }
  const std::vector<std::string> words = WithoutHelp(arguments);
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // as CLI11 wants them
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    // The parser may have stopped before it.
    invocation.common.json = std::ranges::find(words, "--json") != words.end();
    return NotRun(app, error, invocation.common, streams);
  }
  invocation.common.config_given = config->count() > 0;
  return invocation.run();
}

}  // namespace cis2::ctl
