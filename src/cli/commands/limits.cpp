// Limits of virtual hosts and of users. The HTTP API sets one at a time.
#include <fmt/format.h>

#include <algorithm>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

// Whose limits: "/api/vhost-limits/NAME" or "/api/user-limits/NAME".
std::string place(std::string_view resource, const std::string& name) {
    return fmt::format("/api/{}/{}", resource, path_part(name));
}

Outcome set_all(Invocation& call, const std::string& path, const std::string& definition) {
    boost::system::error_code error;
    const json::value parsed = json::parse(definition, error);
    if (error || !parsed.is_object())
        return fail(Failure{exit_code::unavailable,
                            fmt::format("Could not parse JSON document: {}", definition)});
    for (const auto& limit : parsed.get_object()) {
        auto set = call.change("PUT", path + "/" + path_part(limit.key()),
                               json::object{{"value", limit.value()}});
        if (!set) return set;
    }
    return {};
}

// Empty if there are none.
Result<json::object, Failure> limits_of(Invocation& call, const std::string& path) {
    const auto list = call.list(path);
    if (!list) return fail(list.error());
    if (list->empty()) return json::object();
    return list->front().at("value").as_object();
}

Outcome clear_all(Invocation& call, const std::string& path) {
    const auto limits = limits_of(call, path);
    if (!limits) return fail(limits.error());
    for (const auto& limit : *limits) {
        auto cleared = call.change("DELETE", path + "/" + path_part(limit.key()));
        if (!cleared) return cleared;
    }
    return {};
}

Outcome set_vhost_limits(Invocation& call) {
    call.say(fmt::format("Setting vhost limits to \"{}\" for vhost \"{}\" ...", call.word(0),
                         call.vhost()));
    if (auto sound = call.need_vhost(); !sound) return sound;
    return set_all(call, place("vhost-limits", call.vhost()), call.word(0));
}

Outcome clear_vhost_limits(Invocation& call) {
    call.say(fmt::format("Clearing vhost \"{}\" limits ...", call.vhost()));
    const std::string path = place("vhost-limits", call.vhost());
    // A vhost that is not there has none either.
    const auto limits = call.list("/api/vhost-limits");
    if (!limits) return fail(limits.error());
    const bool has_any = std::ranges::any_of(*limits, [&](const json::value& one) {
        return view(one.at("vhost").as_string()) == call.vhost();
    });
    if (!has_any) return fail(Failure{exit_code::unavailable, "Parameter does not exist"});
    return clear_all(call, path);
}

Outcome show_everyones(Invocation& call, std::string_view resource, const std::string& column) {
    const auto list = call.list(fmt::format("/api/{}", resource));
    if (!list) return fail(list.error());
    Table table{{column, "limits"}, {}};
    for (const auto& one : *list)
        table.rows.push_back(
            {{column, one.at(column)}, {"limits", json::serialize(one.at("value"))}});
    call.show(table);
    return {};
}

Outcome list_vhost_limits(Invocation& call) {
    if (call.has("global")) {
        call.say("Listing limits for all vhosts ...");
        return show_everyones(call, "vhost-limits", "vhost");
    }
    call.say(fmt::format("Listing limits for vhost \"{}\" ...", call.vhost()));
    if (auto sound = call.need_vhost(); !sound) return sound;
    const auto limits = limits_of(call, place("vhost-limits", call.vhost()));
    if (!limits) return fail(limits.error());
    if (!limits->empty())
        call.give_of_node(json::string(json::serialize(*limits)));
    else if (!call.show_json(json::array()))
        call.print_line("");
    return {};
}

Outcome set_user_limits(Invocation& call) {
    call.say(fmt::format("Setting user limits to \"{}\" for user \"{}\" ...", call.word(1),
                         call.word(0)));
    if (auto sound = call.need_user(call.word(0)); !sound) return sound;
    return set_all(call, place("user-limits", call.word(0)), call.word(1));
}

Outcome clear_user_limits(Invocation& call) {
    if (auto sound = call.need_user(call.word(0)); !sound) return sound;
    const std::string path = place("user-limits", call.word(0));
    if (call.word(1) == "all") {
        call.say(fmt::format("Clearing all limits for user \"{}\" ...", call.word(0)));
        return clear_all(call, path);
    }
    call.say(fmt::format("Clearing \"{}\" limit for user \"{}\" ...", call.word(1), call.word(0)));
    return call.change("DELETE", path + "/" + path_part(call.word(1)));
}

Outcome list_user_limits(Invocation& call) {
    if (call.has("global")) {
        call.say("Listing limits for all users ...");
        return show_everyones(call, "user-limits", "user");
    }
    const std::string user = call.has("user") ? std::string(call.option("user")) : "guest";
    call.say(fmt::format("Listing limits for user \"{}\" ...", user));
    if (auto sound = call.need_user(user); !sound) return sound;
    const auto limits = limits_of(call, place("user-limits", user));
    if (!limits) return fail(limits.error());
    const std::string shown = json::serialize(*limits);
    if (!call.show_json(json::object{{"message", shown}})) call.print_line(shown);
    return {};
}

constexpr Option global_option[] = {{"global", 0, false}};
constexpr Option user_options[] = {{"global", 0, false}, {"user"}};

constexpr Command commands[] = {
    {"clear_user_limits", tools::ctl, Group::users, "<username> <limit_type> | all",
     "Takes limits of a user away", 2, 2, clear_user_limits},
    {"clear_vhost_limits", tools::ctl, Group::vhosts, "[--vhost <vhost>]",
     "Takes the limits of a virtual host away", 0, 0, clear_vhost_limits},
    {"list_user_limits", tools::listing, Group::users, "[--user <username>] [--global]",
     "Shows the limits of a user, or of all", 0, 0, list_user_limits, user_options},
    {"list_vhost_limits", tools::listing, Group::vhosts, "[--vhost <vhost>] [--global]",
     "Shows the limits of a virtual host, or of all", 0, 0, list_vhost_limits, global_option},
    {"set_user_limits", tools::ctl, Group::users, "<username> <definition>",
     "Sets limits of a user: {\"max-connections\": 10, \"max-channels\": 100}", 2, 2,
     set_user_limits},
    {"set_vhost_limits", tools::ctl, Group::vhosts, "[--vhost <vhost>] <definition>",
     "Sets limits of a virtual host: {\"max-connections\": 10, \"max-queues\": 100}", 1, 1,
     set_vhost_limits},
};

}  // namespace

std::span<const Command> limit_commands() {
    return commands;
}

}  // namespace warren::cli
