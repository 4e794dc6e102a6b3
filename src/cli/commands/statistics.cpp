// Counters of the node: logins, and sizes of messages.
#include <fmt/format.h>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

std::string attempts_path(Invocation& call) {
    return fmt::format("/api/auth/attempts/{}{}", path_part(call.node_name()),
                       call.has("by-source") ? "/source" : "");
}

Outcome list_auth_attempts(Invocation& call) {
    call.say(fmt::format("Listing authentication attempts for node \"{}\" ...", call.node_name()));
    auto found = call.list(attempts_path(call));
    if (!found) return fail(std::move(found.error()));
    json::array tried;
    for (auto& row : *found)
        if (row.at("auth_attempts").to_number<std::uint64_t>() != 0)
            tried.push_back(std::move(row));
    if (call.show_json(
            json::object{{"node", call.node_name()}, {"result", "ok"}, {"attempts", tried}}))
        return {};
    if (tried.empty()) {
        call.say(fmt::format("Node {} reported no authentication attempt stats", call.node_name()));
        return {};
    }
    Table table{{"protocol", "auth_attempts", "auth_attempts_failed", "auth_attempts_succeeded"},
                {}};
    if (call.has("by-source"))
        table.columns.insert(table.columns.begin(), {"remote_address", "username"});
    for (auto& row : tried)
        table.rows.push_back(std::move(row.as_object()));
    call.show(table);
    return {};
}

Outcome track_sources(Invocation& call, bool tracks) {
    call.say(fmt::format("{} authentication attempt source tracking ...",
                         tracks ? "Enabling" : "Disabling"));
    return call.change("PUT", "/api/node/login-tracking", json::object{{"tracks", tracks}});
}

Outcome enable_source_tracking(Invocation& call) {
    return track_sources(call, true);
}

Outcome disable_source_tracking(Invocation& call) {
    return track_sources(call, false);
}

Outcome reset_auth_attempts(Invocation& call) {
    call.say(fmt::format("Reset auth attempt metrics on node {} ...", call.node_name()));
    return call.change("DELETE", attempts_path(call));
}

Outcome reset_statistics(Invocation& call) {
    call.say(call.has("all")
                 ? std::string("Resetting statistics database in all nodes")
                 : fmt::format("Resetting statistics database on node {}", call.node_name()));
    return call.change("DELETE", "/api/reset");
}

// Names of RabbitMQ's classes, by their bounds.
constexpr std::string_view size_classes[] = {"below 100B",
                                             "between 100B and 1KB",
                                             "between 1KB and 10KB",
                                             "between 10KB and 100KB",
                                             "between 100KB and 1MB",
                                             "between 1MB and 10MB",
                                             "between 10MB and 50MB",
                                             "between 50MB and 100MB",
                                             "above 100MB"};

Outcome message_sizes(Invocation& call) {
    call.say(fmt::format("Gathering message size statistics across the cluster using node {} ...",
                         call.node_name()));
    const auto sizes = call.list("/api/node/message-sizes");
    if (!sizes) return fail(sizes.error());
    std::uint64_t all = 0;
    for (const auto& size : *sizes)
        all += size.at("count").to_number<std::uint64_t>();
    Table table{{"Message Size", "Count", "Percentage"}, {}};
    for (std::size_t index = 0; index < sizes->size() && index < std::size(size_classes); ++index) {
        const auto count = (*sizes)[index].at("count").to_number<std::uint64_t>();
        constexpr double hundred = 100;
        const double share =
            all == 0 ? 0 : hundred * static_cast<double>(count) / static_cast<double>(all);
        table.rows.push_back({{"Message Size", size_classes[index]},
                              {"Count", count},
                              {"Percentage", fmt::format("{:.2f}", share)}});
    }
    call.show(table);
    return {};
}

constexpr Option source_option[] = {{"by-source", 0, false}};
constexpr Option all_option[] = {{"all", 0, false}};

constexpr auto group = Group::monitoring;

constexpr Command commands[] = {
    {"disable_auth_attempt_source_tracking", tools::diagnostics, group, "",
     "Stops counting logins by user and address", 0, 0, disable_source_tracking},
    {"enable_auth_attempt_source_tracking", tools::diagnostics, group, "",
     "Counts logins by user and address; until the node starts again", 0, 0,
     enable_source_tracking},
    {"list_node_auth_attempt_stats", tools::listing, group, "[--by-source]",
     "Counts logins, and those that failed", 0, 0, list_auth_attempts, source_option},
    {"message_size_stats", tools::diagnostics, group, "", "How large messages were", 0, 0,
     message_sizes},
    {"reset_node_auth_attempt_metrics", tools::diagnostics, group, "", "Counts logins from 0 again",
     0, 0, reset_auth_attempts},
    {"reset_stats_db", tools::ctl, Group::operations, "[--all]",
     "Forgets the histories that rates and charts are made of", 0, 0, reset_statistics, all_option},
};

}  // namespace

std::span<const Command> statistics_commands() {
    return commands;
}

}  // namespace warren::cli
