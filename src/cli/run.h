#pragma once
// The tools from command line to exit code.
#include <span>
#include <string>

#include "cli/command.h"

namespace warren::cli {

// `typed` is what follows the name of the tool.
int run(Tool tool, std::span<const std::string> typed);

}  // namespace warren::cli
