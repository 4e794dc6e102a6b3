// Policies of users and of operators.
#include <fmt/format.h>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

// The two kinds differ in their place and in what they are called.
struct Kind {
    std::string_view resource;
    std::string_view words;
    std::string_view words_for_setting;
    std::string_view words_for_listing;
};
constexpr Kind of_users{"policies", "policy", "policy", "policies"};
constexpr Kind of_operators{"operator-policies", "operator policy", "operator policy override",
                            "operator policy overrides"};

std::string place(const Invocation& call, const Kind& kind) {
    return fmt::format("/api/{}/{}/{}", kind.resource, path_part(call.vhost()),
                       path_part(call.word(0)));
}

Outcome set(Invocation& call, const Kind& kind) {
    const std::string priority = call.has("priority") ? std::string(call.option("priority")) : "0";
    call.say(fmt::format(
        "Setting {} \"{}\" for pattern \"{}\" to \"{}\" with priority \"{}\" for vhost \"{}\" ...",
        kind.words_for_setting, call.word(0), call.word(1), call.word(2), priority, call.vhost()));
    boost::system::error_code error;
    const json::value definition = json::parse(call.word(2), error);
    if (error)
        return fail(Failure{
            exit_code::unavailable,
            fmt::format("Could not parse JSON document: {} ({})", call.word(2), error.message())});
    const json::value number = json::parse(priority, error);
    if (error) return fail(invalid_option("priority", priority));
    if (auto sound = call.need_vhost(); !sound) return sound;
    json::object body{{"pattern", call.word(1)}, {"definition", definition}, {"priority", number}};
    if (call.has("apply-to")) body["apply-to"] = json::string(call.option("apply-to"));
    return call.change("PUT", place(call, kind), body);
}

Outcome clear(Invocation& call, const Kind& kind) {
    call.say(fmt::format("Clearing {} \"{}\" on vhost \"{}\" ...", kind.words, call.word(0),
                         call.vhost()));
    const std::string path = place(call, kind);
    const auto is_there = call.exists(path);
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return fail(Failure{exit_code::unavailable, "Parameter does not exist"});
    return call.change("DELETE", path);
}

Outcome list(Invocation& call, const Kind& kind) {
    call.say(fmt::format("Listing {} for vhost \"{}\" ...", kind.words_for_listing, call.vhost()));
    if (auto sound = call.need_vhost(); !sound) return sound;
    auto policies = call.list(fmt::format("/api/{}/{}", kind.resource, path_part(call.vhost())));
    if (!policies) return fail(policies.error());
    Table table{{"vhost", "name", "pattern", "apply-to", "definition", "priority"}, {}};
    for (auto& policy : *policies) {
        json::object& row = policy.as_object();
        row["definition"] = json::serialize(row["definition"]);
        table.rows.push_back(std::move(row));
    }
    call.show(table);
    return {};
}

Outcome set_policy(Invocation& call) {
    return set(call, of_users);
}
Outcome clear_policy(Invocation& call) {
    return clear(call, of_users);
}
Outcome list_policies(Invocation& call) {
    return list(call, of_users);
}
Outcome set_operator_policy(Invocation& call) {
    return set(call, of_operators);
}
Outcome clear_operator_policy(Invocation& call) {
    return clear(call, of_operators);
}
Outcome list_operator_policies(Invocation& call) {
    return list(call, of_operators);
}

constexpr Option set_options[] = {{.name = "priority", .whole_number = true}, {"apply-to"}};
constexpr std::string_view set_usage =
    "[--vhost <vhost>] [--priority <priority>] [--apply-to <apply-to>] <name> <pattern> "
    "<definition>";

constexpr Command commands[] = {
    {"clear_operator_policy", tools::ctl, Group::policies, "[--vhost <vhost>] <name>",
     "Takes an operator policy away", 1, 1, clear_operator_policy},
    {"clear_policy", tools::ctl, Group::policies, "[--vhost <vhost>] <name>", "Takes a policy away",
     1, 1, clear_policy},
    {"list_operator_policies", tools::listing, Group::policies,
     "[--vhost <vhost>] [--no-table-headers]", "Lists operator policies of a virtual host", 0, 0,
     list_operator_policies},
    {"list_policies", tools::listing, Group::policies, "[--vhost <vhost>] [--no-table-headers]",
     "Lists policies of a virtual host", 0, 0, list_policies},
    {"set_operator_policy", tools::ctl, Group::policies, set_usage,
     "Sets what queues whose names match the pattern may not go beyond", 3, 3, set_operator_policy,
     set_options},
    {"set_policy", tools::ctl, Group::policies, set_usage,
     "Sets how queues and exchanges work whose names match the pattern", 3, 3, set_policy,
     set_options},
};

}  // namespace

std::span<const Command> policy_commands() {
    return commands;
}

}  // namespace warren::cli
