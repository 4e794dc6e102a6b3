// The node's log: where it is, and what it says. Files are read by this command itself, so it has
// to run where the node does.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <fstream>
#include <thread>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

Result<std::vector<std::string>, Failure> log_files(Invocation& call) {
    const auto nodes = call.list("/api/nodes?columns=log_files");
    if (!nodes) return fail(nodes.error());
    std::vector<std::string> files;
    for (const auto& node : *nodes)
        for (const auto& file : node.at("log_files").as_array())
            files.push_back(cell_text(file));
    return files;
}

Outcome log_location(Invocation& call) {
    call.say(fmt::format("Log file location(s) on node {} ...", call.node_name()));
    const auto files = log_files(call);
    if (!files) return fail(files.error());
    if (call.show_json(json::object{{"result", "ok"},
                                    {"node_name", call.node_name()},
                                    {"paths", json::array(files->begin(), files->end())}}))
        return {};
    for (const auto& file : *files)
        call.print_line(file);
    return {};
}

// The first that is a file, open for reading.
Result<std::ifstream, Failure> open_log(Invocation& call) {
    const auto files = log_files(call);
    if (!files) return fail(files.error());
    const auto path =
        std::ranges::find_if(*files, [](const std::string& file) { return file.starts_with('/'); });
    if (path == files->end())
        return fail(Failure{exit_code::unavailable,
                            "The node writes its log to its standard output and to no file"});
    if (call.node().is_remote())
        return fail(Failure{exit_code::unavailable,
                            fmt::format("The log is a file on the node's machine, {}: this command "
                                        "has to run there",
                                        *path)});
    std::ifstream file(*path, std::ios::binary);
    if (file) return file;
    return fail(Failure{exit_code::unavailable, fmt::format("{} cannot be read", *path)});
}

std::size_t number_of(std::string_view text, std::size_t otherwise) {
    std::size_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Outcome log_tail(Invocation& call) {
    constexpr std::size_t lines_wanted = 50;
    const std::size_t wanted = number_of(call.option("number"), lines_wanted);
    call.say(fmt::format("Last {} log lines on node {} ...", wanted, call.node_name()));
    auto file = open_log(call);
    if (!file) return fail(std::move(file.error()));
    std::deque<std::string> last;
    for (std::string line; std::getline(*file, line);) {
        last.push_back(line);
        if (last.size() > wanted) last.pop_front();
    }
    json::array messages;
    for (const auto& line : last)
        messages.push_back(json::object{{"message", line}});
    if (call.show_json(messages)) return {};
    for (const auto& line : last)
        call.print_line(line);
    return {};
}

Outcome log_tail_stream(Invocation& call) {
    constexpr auto pause = std::chrono::milliseconds(100);
    const std::string_view duration = call.option("duration");
    const bool forever = duration.empty() || duration == "infinity";
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(number_of(duration, 0));
    call.say(fmt::format("Streaming logs from node {} ...", call.node_name()));
    auto file = open_log(call);
    if (!file) return fail(std::move(file.error()));
    file->seekg(0, std::ios::end);
    while (forever || std::chrono::steady_clock::now() < end) {
        for (std::string line; std::getline(*file, line);)
            call.print_line(line);
        file->clear();
        if (std::fflush(stdout) != 0) break;
        std::this_thread::sleep_for(pause);
    }
    return {};
}

constexpr Option all_option[] = {{"all", 'a', false}};
constexpr Option tail_options[] = {{"number", 'N'}};
constexpr Option stream_options[] = {{"duration", 'd'}};

constexpr Command commands[] = {
    {"log_location", tools::diagnostics, Group::configuration, "[--all|-a]",
     "Where the log is written to", 0, 0, log_location, all_option},
    {"log_tail", tools::diagnostics, Group::monitoring, "[--number|-N <number>]",
     "The last lines of the log", 0, 0, log_tail, tail_options},
    {"log_tail_stream", tools::diagnostics, Group::monitoring, "[--duration|-d <seconds>]",
     "The log as it is being written", 0, 0, log_tail_stream, stream_options},
};

}  // namespace

std::span<const Command> log_commands() {
    return commands;
}

}  // namespace warren::cli
