// Definitions: all that exists, as a file.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

Outcome export_definitions(Invocation& call) {
    if (call.has("format") && call.option("format") != "json")
        return fail(Failure{exit_code::usage,
                            "Definitions are written as JSON; the node has no Erlang terms"});
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

// A file, or the standard input where there is no name, or "-".
Result<std::string, Failure> read_definitions(const Invocation& call) {
    std::string text;
    if (call.word_count() == 0 || call.word(0) == "-") {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
        return text;
    }
    std::ifstream file(call.word(0), std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), {});
    if (file.is_open() && !file.bad()) return text;
    return fail(bad_argument(fmt::format("File {} does not exist", call.word(0))));
}

void show_difference(Invocation& call, const json::object& difference) {
    const auto lines = [&](std::string_view member, std::string_view mark) {
        for (const auto& label : difference.at(member).as_array())
            call.print_line(fmt::format("{} {}", mark, view(label.as_string())));
    };
    lines("created", "+");
    lines("changed", "~");
    for (const auto& warning : difference.at("warnings").as_array())
        call.say(view(warning.as_string()));
    call.say(
        fmt::format("{} objects are there already", difference.at("unchanged").as_array().size()));
}

// Where the fault stands, as "line 300: queues[17].name: ...".
Failure import_failure(const Reply& reply) {
    Failure failure = failure_of(reply);
    boost::system::error_code error;
    const json::value body = json::parse(reply.body, error);
    if (error || !body.is_object()) return failure;
    failure.code = exit_code::data_error;
    if (const json::value* detail = body.get_object().if_contains("detail"))
        failure.text = cell_text(*detail);
    if (const json::value* line = body.get_object().if_contains("line"))
        failure.text = fmt::format("line {}: {}", cell_text(*line), failure.text);
    return failure;
}

Outcome import_definitions(Invocation& call) {
    if (call.has("format") && call.option("format") != "json")
        return fail(Failure{exit_code::usage,
                            "Definitions are read as JSON; the node has no Erlang terms"});
    auto text = read_definitions(call);
    if (!text) return fail(std::move(text.error()));
    const bool of_input = call.word_count() == 0 || call.word(0) == "-";
    call.say(
        fmt::format("Importing definitions in JSON from {} ...",
                    of_input ? "standard input" : fmt::format("a file at \"{}\"", call.word(0))));
    const bool tries = call.has("dry-run");
    const auto reply =
        call.ask({.method = "POST",
                  .path = fmt::format("/api/definitions?dry_run={}&skip_if_unchanged={}", tries,
                                      call.has("skip-if-unchanged")),
                  .body = std::move(*text)});
    if (!reply) return fail(reply.error());
    constexpr unsigned first_refusal = 400;
    if (reply->status >= first_refusal) return fail(import_failure(*reply));
    if (!tries) {
        call.say("Successfully imported definitions.");
        return {};
    }
    const json::value difference = json::parse(reply->body);
    if (!call.show_json(difference)) show_difference(call, difference.as_object());
    return {};
}

constexpr Option import_options[] = {{"format"}, {"skip-if-unchanged", 0, false}};
constexpr Option export_options[] = {{"format"}};

constexpr Command commands[] = {
    {"export_definitions", tools::ctl, Group::definitions, "<file_path | \"-\">",
     "Writes users, virtual hosts, policies, exchanges, queues and bindings into a file", 1, 1,
     export_definitions, export_options},
    {"import_definitions", tools::ctl, Group::definitions,
     "[<file_path | \"-\">] [--skip-if-unchanged] [--dry-run]",
     "Makes what a file of definitions says: all of it or, if anything is wrong, nothing", 0, 1,
     import_definitions, import_options},
};

}  // namespace

std::span<const Command> definition_commands() {
    return commands;
}

}  // namespace warren::cli
