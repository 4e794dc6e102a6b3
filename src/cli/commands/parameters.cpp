// Runtime parameters and global parameters, the cluster's name among the latter.
#include <fmt/format.h>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

// A value as it was typed; the failure is that of RabbitMQ's tools.
Result<json::value, Failure> value_in(const std::string& text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (!error) return value;
    return fail(Failure{
        exit_code::unavailable,
        fmt::format("Could not parse JSON document: {{error,{{failed_to_decode_json,<<\"{}\">>}}}}",
                    text)});
}

Failure missing(Failure failure) {
    if (failure.text == "Not Found") failure.text = "Parameter does not exist";
    return failure;
}

std::string parameter_path(const Invocation& call) {
    return fmt::format("/api/parameters/{}/{}/{}", path_part(call.word(0)), path_part(call.vhost()),
                       path_part(call.word(1)));
}

std::string global_path(const Invocation& call) {
    return "/api/global-parameters/" + path_part(call.word(0));
}

Outcome set_parameter(Invocation& call) {
    call.say(fmt::format(
        "Setting runtime parameter \"{1}\" for component \"{0}\" to \"{2}\" in vhost \"{3}\" ...",
        call.word(0), call.word(1), call.word(2), call.vhost()));
    auto value = value_in(call.word(2));
    if (!value) return fail(std::move(value.error()));
    return call.change("PUT", parameter_path(call), json::object{{"value", std::move(*value)}});
}

Outcome clear_parameter(Invocation& call) {
    call.say(
        fmt::format("Clearing runtime parameter \"{1}\" for component \"{0}\" on vhost \"{2}\" ...",
                    call.word(0), call.word(1), call.vhost()));
    auto cleared = call.change("DELETE", parameter_path(call));
    if (!cleared) return fail(missing(std::move(cleared.error())));
    return {};
}

// The values as JSON in a column of their own.
void show_values(Invocation& call, Table table, json::array list) {
    for (auto& one : list) {
        json::object row = std::move(one.as_object());
        row["value"] = json::serialize(row.at("value"));
        table.rows.push_back(std::move(row));
    }
    call.show(table);
}

Outcome list_parameters(Invocation& call) {
    call.say(fmt::format("Listing runtime parameters for vhost \"{}\" ...", call.vhost()));
    if (auto sound = call.need_vhost(); !sound) return sound;
    auto all = call.list("/api/parameters");
    if (!all) return fail(std::move(all.error()));
    json::array of_vhost;
    for (auto& one : *all)
        if (view(one.at("vhost").as_string()) == call.vhost() &&
            one.at("component").as_string() != "operator_policy")
            of_vhost.push_back(std::move(one));
    show_values(call, {{"component", "name", "value"}, {}}, std::move(of_vhost));
    return {};
}

Outcome set_global_parameter(Invocation& call) {
    call.say(fmt::format("Setting global runtime parameter \"{}\" to \"{}\" ...", call.word(0),
                         call.word(1)));
    auto value = value_in(call.word(1));
    if (!value) return fail(std::move(value.error()));
    return call.change("PUT", global_path(call), json::object{{"value", std::move(*value)}});
}

Outcome clear_global_parameter(Invocation& call) {
    call.say(fmt::format("Clearing global runtime parameter \"{}\" ...", call.word(0)));
    auto cleared = call.change("DELETE", global_path(call));
    if (!cleared) return fail(missing(std::move(cleared.error())));
    return {};
}

Outcome list_global_parameters(Invocation& call) {
    call.say("Listing global runtime parameters ...");
    auto list = call.list("/api/global-parameters");
    if (!list) return fail(std::move(list.error()));
    show_values(call, {{"name", "value"}, {}}, std::move(*list));
    return {};
}

Outcome set_cluster_name(Invocation& call) {
    call.say(fmt::format("Setting cluster name to {} ...", call.word(0)));
    return call.change("PUT", "/api/cluster-name", json::object{{"name", call.word(0)}});
}

constexpr Command commands[] = {
    {"clear_global_parameter", tools::ctl, Group::parameters, "<name>",
     "Takes a global parameter away", 1, 1, clear_global_parameter},
    {"clear_parameter", tools::ctl, Group::parameters, "[--vhost <vhost>] <component_name> <name>",
     "Takes a runtime parameter away", 2, 2, clear_parameter},
    {"list_global_parameters", tools::listing, Group::parameters, "[--no-table-headers]",
     "Lists global parameters", 0, 0, list_global_parameters},
    {"list_parameters", tools::listing, Group::parameters, "[--vhost <vhost>] [--no-table-headers]",
     "Lists the runtime parameters of a virtual host", 0, 0, list_parameters},
    {"set_cluster_name", tools::ctl, Group::nodes, "<name>", "Gives the cluster a name", 1, 1,
     set_cluster_name},
    {"set_global_parameter", tools::ctl, Group::parameters, "<name> <value>",
     "Sets a global parameter to a JSON value", 2, 2, set_global_parameter},
    {"set_parameter", tools::ctl, Group::parameters,
     "[--vhost <vhost>] <component_name> <name> <value>",
     "Sets a runtime parameter to a JSON value", 3, 3, set_parameter},
};

}  // namespace

std::span<const Command> parameter_commands() {
    return commands;
}

}  // namespace warren::cli
