#include "broker/ctl/cli/command.h"

#include <CLI/CLI.hpp>

namespace cis2::ctl::cli {
namespace {

constexpr const char* kFooter = R"(
Replaces a key file while logins go on. prepare: makes the next key beside it, and publishes both. switch: the next key
becomes the current one; the broker signs with it once it is restarted. finish: removes the previous key. status: which
keys there are, and which step comes next. The whole of it: )" CIS2_DOCUMENTS R"(keys.md

Examples:
  sudo cis2ctl rotate status
  sudo cis2ctl rotate prepare
  sudo cis2ctl rotate switch
  sudo cis2ctl rotate finish --yes
)";

void AddSteps(CLI::App* command, RotateOptions& options) {
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, RotateStep step) {
    auto* sub = command->add_subcommand(name, what);
    sub->callback([&options, step] { options.step = step; });
    return sub;
  };
  add("status", "Show the key files and the next step", RotateStep::kStatus);
  add("prepare", "Make the next key", RotateStep::kPrepare);
  add("switch", "Make the next key the current one", RotateStep::kSwitch);
  add("finish", "Remove the previous key", RotateStep::kFinish)
      ->add_flag("--yes", options.yes, "the broker was restarted since the switch");
}

}  // namespace

void AddRotate(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("rotate", "Replace the client's key, step by step")->footer(kFooter);
  auto& options = RunsWith<RotateOptions>(command, invocation, Rotate);
  command->fallthrough();
  AddSteps(command, options);
}

}  // namespace cis2::ctl::cli
