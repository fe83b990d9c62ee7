// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

namespace circumplex::app {

const CommandInfo* FindCommand(const std::string& name) {
  for (const CommandInfo& command : kCommands) {
    if (name == command.name) return &command;
  }
  return nullptr;
}

ProgramFile FileOf(Home home) {
  switch (home) {
    case Home::kFront:
      break;
    case Home::kVision:
      return {"circumplex-vision", "CIRCUMPLEX_WITH_VIDEO"};
    case Home::kNetwork:
      return {"circumplex-network", "CIRCUMPLEX_WITH_TORCH"};
  }
  return {"circumplex", ""};
}

std::filesystem::path ProgramPath(Home home) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / FileOf(home).name;
}

}  // namespace circumplex::app
