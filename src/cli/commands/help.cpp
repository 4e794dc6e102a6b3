// What is said without any node: run.cpp does it, before it looks for one.
#include "cli/command.h"

namespace warren::cli {

namespace {

constexpr Option completion_options[] = {{"options", 0, false}};

constexpr Command commands[] = {
    {"autocomplete", tools::all, Group::help, "[--options] [<beginning>] [<command>]",
     "Lists the commands, or options, that begin so", 0, any_number, nullptr, completion_options},
    {"help", tools::all, Group::help, "(<command> | [--list-commands])",
     "Says how a command is used", 0, any_number, nullptr},
    {"version", tools::all, Group::help, "", "The version of the tools", 0, any_number, nullptr},
};

}  // namespace

std::span<const Command> help_commands() {
    return commands;
}

}  // namespace warren::cli
