#include "cli/run.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>

#include "app/version.h"
#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/locate.h"

namespace warren::cli {

namespace {

void complain(std::string_view text) {
    if (text.empty()) return;
    fmt::print(stderr, "{}{}", text, text.ends_with('\n') ? "" : "\n");
}

// What was typed.
struct Call {
    Tool tool;
    const Command& command;
    std::span<const std::string> typed;
};

int end_with(const Call& call, const Failure& failure) {
    std::fflush(stdout);
    if (failure.of_arguments)
        complain(fmt::format(
            "Error (argument validation): {}\nArguments given:\n\t{}\n\nUsage\n\n{}", failure.text,
            fmt::join(call.typed, " "), usage_line(call.tool, call.command)));
    else
        complain(failure.bare ? failure.text : "Error:\n" + failure.text);
    return failure.code;
}

int refuse_arguments(const Call& call, std::string why) {
    return end_with(call, {.code = exit_code::usage, .text = std::move(why), .of_arguments = true});
}

int refuse_command(Tool tool, std::string_view name) {
    std::string text = fmt::format("\nCommand '{}' not found. \n", name);
    if (const Command* meant = nearest_command(tool, name))
        text += fmt::format("Did you mean '{}'? \n", meant->name);
    else
        text += overview(tool);
    complain(text);
    return exit_code::usage;
}

// Scripts look at it to learn what they may ask of RabbitMQ.
const char* version_of(Tool tool) {
    return tool == Tool::warrenctl ? app::version : app::compatible_version;
}

// "autocomplete --options BEGINNING [COMMAND]", for shells: what is to be completed is no option of
// this command.
std::optional<int> complete_options(Tool tool, std::span<const std::string> typed) {
    if (typed.size() < 3 || typed[0] != "autocomplete" || typed[1] != "--options")
        return std::nullopt;
    fmt::print("{}", option_completions(tool, typed[2], typed.size() > 3 ? typed[3] : ""));
    return 0;
}

// What is said without any node. Nothing: it is about one.
std::optional<int> answer_alone(Tool tool, const Arguments& arguments) {
    const auto& words = arguments.words;
    const bool wants_help = arguments.has("help");
    if (arguments.has("version") || (!words.empty() && words[0] == "version" && !wants_help)) {
        fmt::print("{}\n", version_of(tool));
        return 0;
    }
    if (words.empty()) {
        fmt::print(wants_help ? stdout : stderr, "{}", overview(tool));
        return wants_help ? 0 : exit_code::usage;
    }
    if (words[0] == "autocomplete" && !wants_help) {
        fmt::print("{}", completions(tool, words.size() > 1 ? words[1] : ""));
        return 0;
    }
    if (words[0] != "help" && !wants_help) return std::nullopt;
    const std::size_t at = words[0] == "help" ? 1 : 0;
    if (at >= words.size()) {
        fmt::print("{}", overview(tool));
        return 0;
    }
    const Command* command = find_command(tool, words[at]);
    if (command == nullptr) return refuse_command(tool, words[at]);
    fmt::print("{}", help_for(tool, *command));
    return 0;
}

// What --timeout says: 0 for "infinity", nothing for what is no number.
std::optional<double> seconds_in(std::string_view text) {
    if (text == "infinity") return 0;
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return seconds;
}

// Nothing, if all of them are right.
std::string wrong_options(const Arguments& arguments) {
    std::string text;
    for (const auto& option : arguments.unknown)
        text += fmt::format("\n{} : ", option);
    for (const auto& [option, value] : arguments.no_numbers)
        text += fmt::format("\n--{} : {}", option, value);
    if (const auto timeout = arguments.value("timeout"); !timeout.empty() && !seconds_in(timeout))
        text += fmt::format("\n--timeout : {}", timeout);
    return text;
}

std::string fault_of(const Command& command, const Arguments& arguments) {
    if (const auto wrong = wrong_options(arguments); !wrong.empty())
        return "Invalid options for this command:" + wrong;
    const std::size_t words = arguments.words.size() - 1;
    if (words < command.words_min) return "not enough arguments.";
    if (words > command.words_max) return "too many arguments.";
    return {};
}

// Seconds; "infinity" and 0 are no limit.
std::optional<std::chrono::milliseconds> patience_of(const Command& command,
                                                     const Arguments& arguments) {
    const std::string_view text = arguments.value("timeout");
    const double seconds = text.empty() ? command.patience_s : seconds_in(text).value_or(0);
    if (seconds <= 0) return std::nullopt;
    constexpr double ms_per_s = 1000;
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * ms_per_s));
}

PlaceWishes wishes_of(const Arguments& arguments) {
    PlaceWishes wishes{.node = arguments.value("node"),
                       .data_folder = arguments.value("data-dir"),
                       .long_names = arguments.has("longnames"),
                       .cookie = arguments.value("erlang-cookie"),
                       .port = arguments.value("dist-port"),
                       .tls = arguments.has("tls")};
    net::TlsSettings& tls = wishes.tls_settings;
    tls.ca_file = arguments.value("tls-cacertfile");
    tls.certificate_file = arguments.value("tls-certfile");
    tls.key_file = arguments.value("tls-keyfile");
    tls.verify_peer = !tls.ca_file.empty();
    wishes.tls = wishes.tls || tls.verify_peer || !tls.certificate_file.empty();
    return wishes;
}

int carry_out(const Call& typed, const Arguments& arguments, Format format) {
    const Command& command = typed.command;
    auto place = locate_node(config::current_environment(), wishes_of(arguments), "");
    if (!place) return end_with(typed, {.code = exit_code::usage, .text = place.error()});
    std::string name = place->name;
    NodeClient node(std::move(*place));
    node.set_patience(patience_of(command, arguments));
    Invocation call(command, arguments,
                    {.tool = typed.tool,
                     .node_name = std::move(name),
                     .format = format,
                     .format_chosen = arguments.has("formatter")},
                    node);
    if (auto done = command.run(call); !done) return end_with(typed, done.error());
    call.end();
    return std::fflush(stdout) == 0 ? 0 : exit_code::software;
}

}  // namespace

int run(Tool tool, std::span<const std::string> typed) {
    // As shells ask that were set up for RabbitMQ.
    if (!typed.empty() && typed[0] == "--auto-complete") {
        fmt::print("{}", completions(tool, typed.size() > 1 ? typed.back() : ""));
        return 0;
    }
    if (const auto code = complete_options(tool, typed)) return *code;
    // Which options there are depends on the command, which stands somewhere between them.
    const Arguments first = parse_arguments(typed, {});
    if (const auto code = answer_alone(tool, first)) return *code;
    const Command* command = find_command(tool, first.words[0]);
    if (command == nullptr) return refuse_command(tool, first.words[0]);
    const Call call{tool, *command, typed};
    const Arguments arguments = parse_arguments(typed, command->options);
    if (auto fault = fault_of(*command, arguments); !fault.empty())
        return refuse_arguments(call, std::move(fault));
    const auto format =
        arguments.has("formatter") ? format_named(arguments.value("formatter")) : Format::table;
    if (!format)
        return refuse_arguments(call,
                                fmt::format("there is no formatter '{}': table, pretty_table, csv, "
                                            "json and json_stream are known",
                                            arguments.value("formatter")));
    return carry_out(call, arguments, *format);
}

}  // namespace warren::cli
