// Virtual hosts.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/columns.h"

namespace warren::cli {

namespace {

std::string vhost_path(const std::string& name) {
    return "/api/vhosts/" + path_part(name);
}

// What options say of it.
json::object body_of(const Invocation& call) {
    json::object body;
    if (call.has("description")) body["description"] = json::string(call.option("description"));
    if (call.has("tags")) body["tags"] = json::string(call.option("tags"));
    if (call.has("default-queue-type"))
        body["default_queue_type"] = json::string(call.option("default-queue-type"));
    return body;
}

Outcome add_vhost(Invocation& call) {
    call.say(fmt::format("Adding vhost \"{}\" ...", call.word(0)));
    return call.change("PUT", vhost_path(call.word(0)), body_of(call));
}

Outcome update(Invocation& call, const json::object& body) {
    const auto is_there = call.exists(vhost_path(call.word(0)));
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return fail(no_such_vhost(call.word(0)));
    return call.change("PUT", vhost_path(call.word(0)), body);
}

Outcome update_vhost_metadata(Invocation& call) {
    call.say(fmt::format("Updating metadata of vhost \"{}\" ...", call.word(0)));
    return update(call, body_of(call));
}

Outcome set_vhost_tags(Invocation& call) {
    json::array tags;
    for (std::size_t n = 1; n < call.word_count(); ++n)
        tags.push_back(json::string(call.word(n)));
    call.say(fmt::format("Setting tags for virtual host \"{}\" to {} ...", call.word(0),
                         cell_text(tags)));
    return update(call, {{"tags", tags}});
}

// On or off.
Outcome trace(Invocation& call, bool on) {
    const std::string vhost = call.vhost();
    call.say(fmt::format("{} tracing for vhost \"{}\" ...", on ? "Starting" : "Stopping", vhost));
    const auto is_there = call.exists(vhost_path(vhost));
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return fail(no_such_vhost(vhost));
    if (auto changed = call.change("PUT", vhost_path(vhost), json::object{{"tracing", on}});
        !changed)
        return changed;
    const std::string done =
        fmt::format("Trace {} for vhost {}", on ? "enabled" : "disabled", vhost);
    if (!call.show_json({{"node", call.node_name()}, {"value", done}, {"result", "ok"}}))
        call.print_line(done);
    return {};
}

Outcome trace_on(Invocation& call) {
    return trace(call, true);
}

Outcome trace_off(Invocation& call) {
    return trace(call, false);
}

Outcome delete_vhost(Invocation& call) {
    call.say(fmt::format("Deleting vhost \"{}\" ...", call.word(0)));
    const auto is_there = call.exists(vhost_path(call.word(0)));
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return fail(no_such_vhost(call.word(0)));
    auto deleted = call.change("DELETE", vhost_path(call.word(0)));
    if (!deleted && deleted.error().text.ends_with("protected from deletion"))
        return fail(Failure{exit_code::data_error,
                            "Cannot delete this virtual host: it is protected from deletion. To "
                            "lift the protection, inspect and update its metadata"});
    return deleted;
}

Outcome set_protection(Invocation& call, std::string_view method) {
    const auto is_there = call.exists(vhost_path(call.word(0)));
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return fail(no_such_vhost(call.word(0)));
    return call.change(method, vhost_path(call.word(0)) + "/deletion/protection");
}

Outcome protect_vhost(Invocation& call) {
    call.say(fmt::format("Protecting virtual host \"{}\" from removal by updating its metadata...",
                         call.word(0)));
    return set_protection(call, "POST");
}

Outcome unprotect_vhost(Invocation& call) {
    call.say(fmt::format(
        "Removing deletion protection from virtual host \"{}\" by updating its metadata...",
        call.word(0)));
    return set_protection(call, "DELETE");
}

Outcome restart_vhost(Invocation& call) {
    call.say(fmt::format("Trying to restart vhost '{}' on node '{}' ...", call.vhost(),
                         call.node_name()));
    const auto is_there = call.exists(vhost_path(call.vhost()));
    if (!is_there) return fail(is_there.error());
    if (!*is_there)
        return fail(Failure{exit_code::software,
                            fmt::format("Failed to start vhost '{}' on node '{}'Reason: "
                                        "{{:no_such_vhost, \"{}\"}}",
                                        call.vhost(), call.node_name(), call.vhost())});
    call.conclude(
        fmt::format("Vhost '{}' is already running on node '{}'", call.vhost(), call.node_name()));
    return {};
}

Outcome reconcile_vhosts(Invocation& call) {
    call.say("Will try to initiate virtual host reconciliation on all reachable cluster nodes...");
    const auto vhosts = call.list("/api/vhosts?columns=name");
    if (!vhosts) return fail(vhosts.error());
    return {};  // a node that serves serves all of them
}

constexpr std::string_view columns[] = {
    "name",     "tracing", "cluster_state",      "description",
    "metadata", "tags",    "default_queue_type", "protected_from_deletion",
};

Outcome list_vhosts(Invocation& call) {
    constexpr std::string_view names_only[] = {"name"};
    auto wanted = columns_of(call, columns, names_only);
    if (!wanted) return fail(std::move(wanted.error()));
    Table table{std::move(*wanted), {}};
    call.say("Listing vhosts ...");
    auto vhosts = call.list("/api/vhosts");
    if (!vhosts) return fail(vhosts.error());
    for (auto& vhost : *vhosts)
        table.rows.push_back(std::move(vhost.as_object()));
    call.show(table);
    return {};
}

constexpr Option metadata_options[] = {{"description"}, {"tags"}, {"default-queue-type"}};

constexpr Command commands[] = {
    {"add_vhost", tools::ctl, Group::vhosts,
     "<vhost> [--description <text>] [--tags <tags>] [--default-queue-type <type>]",
     "Makes a virtual host", 1, 1, add_vhost, metadata_options},
    {"delete_vhost", tools::ctl, Group::vhosts, "<vhost>",
     "Deletes a virtual host with all that is in it", 1, 1, delete_vhost},
    {"disable_vhost_deletion_protection", tools::ctl, Group::vhosts, "<vhost>",
     "Lets a virtual host be deleted again", 1, 1, unprotect_vhost},
    {"enable_vhost_deletion_protection", tools::ctl, Group::vhosts, "<vhost>",
     "Keeps a virtual host from being deleted", 1, 1, protect_vhost},
    {"list_vhosts", tools::listing, Group::access, "[--no-table-headers] [<column> ...]",
     "Lists virtual hosts", 0, any_number, list_vhosts},
    {"reconcile_vhosts", tools::ctl, Group::vhosts, "",
     "Looks whether all virtual hosts are served", 0, 0, reconcile_vhosts},
    {"restart_vhost", tools::ctl, Group::vhosts, "[--vhost <vhost>]",
     "Looks whether a virtual host is served", 0, 0, restart_vhost},
    {"set_vhost_tags", tools::ctl, Group::vhosts, "<vhost> <tag> [...]",
     "Replaces the tags of a virtual host", 1, any_number, set_vhost_tags},
    {"trace_off", tools::ctl, Group::vhosts, "[--vhost <vhost>]",
     "Stops the copying of messages to amq.rabbitmq.trace", 0, 0, trace_off},
    {"trace_on", tools::ctl, Group::vhosts, "[--vhost <vhost>]",
     "Copies the messages of a virtual host to amq.rabbitmq.trace, until the node stops", 0, 0,
     trace_on},
    {"update_vhost_metadata", tools::ctl, Group::vhosts,
     "<vhost> [--description <text>] [--tags <tags>] [--default-queue-type <type>]",
     "Changes what is said about a virtual host", 1, 1, update_vhost_metadata, metadata_options},
};

}  // namespace

std::span<const Command> vhost_commands() {
    return commands;
}

}  // namespace warren::cli
