#pragma once
// What the tools say about themselves.
#include <string>
#include <string_view>

#include "cli/command.h"

namespace warren::cli {

// All commands of a tool, under headings.
std::string overview(Tool tool);
std::string help_for(Tool tool, const Command& command);
// "rabbitmqctl [--node <node>] ... add_user <username>", a line.
std::string usage_line(Tool tool, const Command& command);
// Names that begin so, a line each.
std::string completions(Tool tool, std::string_view beginning);
// Options of the command, if there is one of that name, and of all, that begin so.
std::string option_completions(Tool tool, std::string_view beginning, std::string_view command);

}  // namespace warren::cli
