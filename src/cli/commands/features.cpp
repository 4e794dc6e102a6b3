// Feature flags and deprecated features.
#include <fmt/format.h>

#include <algorithm>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

Outcome show(Invocation& call, const std::string& path, std::vector<std::string> columns) {
    auto list = call.list(path);
    if (!list) return fail(list.error());
    if (call.word_count() != 0)
        columns.assign(call.arguments().words.begin() + 1, call.arguments().words.end());
    Table table{std::move(columns), {}};
    for (auto& row : *list)
        table.rows.push_back(std::move(row.as_object()));
    call.show(table);
    return {};
}

Outcome list_feature_flags(Invocation& call) {
    call.say("Listing feature flags ...");
    return show(call, "/api/feature-flags", {"name", "state"});
}

Outcome enable_feature_flag(Invocation& call) {
    if (call.word(0) == "all") {
        call.say("Enabling all feature flags ...");
        const auto flags = call.list("/api/feature-flags?columns=name");
        if (!flags) return fail(flags.error());
        return {};  // all are: a node that serves has them from the beginning
    }
    call.say(fmt::format("Enabling feature flag \"{}\" ...", call.word(0)));
    auto enabled =
        call.change("PUT", fmt::format("/api/feature-flags/{}/enable", path_part(call.word(0))),
                    json::object());
    if (enabled) return {};
    if (enabled.error().text != "unsupported") return enabled;
    return fail(
        Failure{exit_code::usage,
                fmt::format("This feature flag is not supported by node {}", call.node_name())});
}

Outcome list_deprecated_features(Invocation& call) {
    call.say(call.has("used") ? "Listing deprecated features used ..."
                              : "Listing deprecated features ...");
    return show(call,
                call.has("used") ? "/api/deprecated-features/used" : "/api/deprecated-features",
                {"name", "deprecation_phase", "state"});
}

constexpr Option enable_options[] = {{"opt-in", 0, false}, {"experimental", 0, false}};
constexpr Option used_option[] = {{"used", 0, false}};

constexpr Command commands[] = {
    {"enable_feature_flag", tools::ctl, Group::feature_flags, "[--opt-in] <all | feature_flag>",
     "Enables a feature flag, or all", 1, 1, enable_feature_flag, enable_options},
    {"list_deprecated_features", tools::listing, Group::feature_flags, "[--used] [<column> ...]",
     "Lists deprecated features, and whether they are permitted", 0, any_number,
     list_deprecated_features, used_option},
    {"list_feature_flags", tools::listing, Group::feature_flags, "[<column> ...]",
     "Lists feature flags", 0, any_number, list_feature_flags},
};

}  // namespace

std::span<const Command> feature_commands() {
    return commands;
}

}  // namespace warren::cli
