// Definitions: all that exists, as a file.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

Outcome export_definitions(Invocation& call) {
    const std::string& path = call.word(0);
    const bool to_output = path == "-";
    if (!to_output)
        call.say(fmt::format("Exporting definitions in JSON to a file at \"{}\" ...", path));
    const auto reply = call.ask({.path = "/api/definitions"});
    if (!reply) return fail(reply.error());
    constexpr unsigned first_refusal = 400;
    if (reply->status >= first_refusal) return fail(failure_of(*reply));
    if (to_output) {
        call.print_line(reply->body);
        return {};
    }
    std::ofstream file(path, std::ios::trunc);
    file << reply->body << '\n';
    file.close();
    if (file) return {};
    return fail(Failure{exit_code::data_error,
                        fmt::format("{} cannot be written: {}", path, std::strerror(errno))});
}

constexpr Command commands[] = {
    {"export_definitions", tools::ctl, Group::definitions, "<file_path | \"-\">",
     "Writes users, virtual hosts, policies, exchanges, queues and bindings into a file", 1, 1,
     export_definitions},
};

}  // namespace

std::span<const Command> definition_commands() {
    return commands;
}

}  // namespace warren::cli
