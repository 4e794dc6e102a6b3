// What users may do in virtual hosts.
#include <fmt/format.h>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

// The HTTP API does not tell which of the two is missing; people want to know.
Outcome check_vhost_and_user(Invocation& call, const std::string& vhost, const std::string& user) {
    const auto has_vhost = call.exists("/api/vhosts/" + path_part(vhost));
    if (!has_vhost) return fail(has_vhost.error());
    if (!*has_vhost)
        return fail(
            Failure{exit_code::unavailable, fmt::format("Virtual host {} does not exist", vhost)});
    const auto has_user = call.exists("/api/users/" + path_part(user));
    if (!has_user) return fail(has_user.error());
    if (!*has_user) return fail(no_such_user(user));
    return {};
}

std::string place(std::string_view resource, const std::string& vhost, const std::string& user) {
    return fmt::format("/api/{}/{}/{}", resource, path_part(vhost), path_part(user));
}

json::object permissions_body(const Invocation& call) {
    return {{"configure", call.word(1)}, {"write", call.word(2)}, {"read", call.word(3)}};
}

Outcome set_permissions(Invocation& call) {
    const std::string vhost = call.vhost();
    const std::string& user = call.word(0);
    call.say(fmt::format("Setting permissions for user \"{}\" in vhost \"{}\" ...", user, vhost));
    if (auto sound = check_vhost_and_user(call, vhost, user); !sound) return sound;
    return call.change("PUT", place("permissions", vhost, user), permissions_body(call));
}

Outcome set_permissions_globally(Invocation& call) {
    call.say(
        fmt::format("Setting permissions for user \"{}\" in all virtual hosts ...", call.word(0)));
    const auto vhosts = call.list("/api/vhosts?columns=name");
    if (!vhosts) return fail(vhosts.error());
    for (const auto& vhost : *vhosts) {
        const std::string name(view(vhost.at("name").as_string()));
        if (auto sound = check_vhost_and_user(call, name, call.word(0)); !sound) return sound;
        auto set =
            call.change("PUT", place("permissions", name, call.word(0)), permissions_body(call));
        if (!set) return set;
    }
    return {};
}

// What is not there is cleared already, even if the user or the vhost is not: as in RabbitMQ.
Outcome clear(Invocation& call, const std::string& path) {
    const auto is_there = call.exists(path);
    if (!is_there) return fail(is_there.error());
    return *is_there ? call.change("DELETE", path) : Outcome{};
}

Outcome clear_permissions(Invocation& call) {
    const std::string vhost = call.vhost();
    call.say(fmt::format("Clearing permissions for user \"{}\" in vhost \"{}\" ...", call.word(0),
                         vhost));
    return clear(call, place("permissions", vhost, call.word(0)));
}

Outcome set_topic_permissions(Invocation& call) {
    const std::string vhost = call.vhost();
    call.say(fmt::format("Setting topic permissions on \"{}\" for user \"{}\" in vhost \"{}\" ...",
                         call.word(1), call.word(0), vhost));
    if (auto sound = check_vhost_and_user(call, vhost, call.word(0)); !sound) return sound;
    return call.change(
        "PUT", place("topic-permissions", vhost, call.word(0)),
        json::object{{"exchange", call.word(1)}, {"write", call.word(2)}, {"read", call.word(3)}});
}

// The HTTP API clears those on all exchanges; those that are to stay are set again.
Outcome clear_one_topic(Invocation& call, const std::string& path) {
    const auto is_there = call.exists(path);
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return {};
    const auto permissions = call.list(path);
    if (!permissions) return fail(permissions.error());
    if (auto cleared = call.change("DELETE", path); !cleared) return cleared;
    for (const auto& one : *permissions) {
        if (view(one.at("exchange").as_string()) == call.word(1)) continue;
        auto kept = call.change("PUT", path, one);
        if (!kept) return kept;
    }
    return {};
}

Outcome clear_topic_permissions(Invocation& call) {
    const std::string vhost = call.vhost();
    const bool one = call.word_count() > 1;
    call.say(fmt::format("Clearing topic permissions {}for user \"{}\" in vhost \"{}\" ...",
                         one ? fmt::format("on \"{}\" ", call.word(1)) : "", call.word(0), vhost));
    const std::string path = place("topic-permissions", vhost, call.word(0));
    return one ? clear_one_topic(call, path) : clear(call, path);
}

Outcome show(Invocation& call, const std::string& path, std::vector<std::string> columns) {
    auto permissions = call.list(path);
    if (!permissions) return fail(permissions.error());
    Table table{std::move(columns), {}};
    for (auto& one : *permissions)
        table.rows.push_back(std::move(one.as_object()));
    call.show(table);
    return {};
}

Outcome list_permissions(Invocation& call) {
    call.say(fmt::format("Listing permissions for vhost \"{}\" ...", call.vhost()));
    if (auto sound = call.need_vhost(); !sound) return sound;
    return show(call, fmt::format("/api/vhosts/{}/permissions", path_part(call.vhost())),
                {"user", "configure", "write", "read"});
}

Outcome list_topic_permissions(Invocation& call) {
    call.say(fmt::format("Listing topic permissions for vhost \"{}\" ...", call.vhost()));
    if (auto sound = call.need_vhost(); !sound) return sound;
    return show(call, fmt::format("/api/vhosts/{}/topic-permissions", path_part(call.vhost())),
                {"user", "exchange", "write", "read"});
}

Outcome list_user_permissions(Invocation& call) {
    call.say(fmt::format("Listing permissions for user \"{}\" ...", call.word(0)));
    if (auto sound = call.need_user(call.word(0)); !sound) return sound;
    return show(call, fmt::format("/api/users/{}/permissions", path_part(call.word(0))),
                {"vhost", "configure", "write", "read"});
}

Outcome list_user_topic_permissions(Invocation& call) {
    call.say(fmt::format("Listing topic permissions for user \"{}\" ...", call.word(0)));
    if (auto sound = call.need_user(call.word(0)); !sound) return sound;
    return show(call, fmt::format("/api/users/{}/topic-permissions", path_part(call.word(0))),
                {"vhost", "exchange", "write", "read"});
}

constexpr Command commands[] = {
    {"clear_permissions", tools::ctl, Group::access, "[--vhost <vhost>] <username>",
     "Takes a user's permissions in a virtual host away", 1, 1, clear_permissions},
    {"clear_topic_permissions", tools::ctl, Group::access,
     "[--vhost <vhost>] <username> [<exchange>]",
     "Takes topic permissions away, on one exchange or on all", 1, 2, clear_topic_permissions},
    {"list_permissions", tools::listing, Group::access, "[--vhost <vhost>] [--no-table-headers]",
     "Lists permissions in a virtual host", 0, 0, list_permissions},
    {"list_topic_permissions", tools::listing, Group::access,
     "[--vhost <vhost>] [--no-table-headers]", "Lists topic permissions in a virtual host", 0, 0,
     list_topic_permissions},
    {"list_user_permissions", tools::listing, Group::access, "[--no-table-headers] <username>",
     "Lists the permissions of a user everywhere", 1, 1, list_user_permissions},
    {"list_user_topic_permissions", tools::listing, Group::access,
     "[--no-table-headers] <username>", "Lists the topic permissions of a user everywhere", 1, 1,
     list_user_topic_permissions},
    {"set_permissions", tools::ctl, Group::access,
     "[--vhost <vhost>] <username> <conf> <write> <read>",
     "Says which names a user may configure, write to and read from", 4, 4, set_permissions},
    {"set_permissions_globally", tools::ctl, Group::access, "<username> <conf> <write> <read>",
     "The same in every virtual host there is", 4, 4, set_permissions_globally},
    {"set_topic_permissions", tools::ctl, Group::access,
     "[--vhost <vhost>] <username> <exchange> <write> <read>",
     "Says with which routing keys a user may use a topic exchange", 4, 4, set_topic_permissions},
};

}  // namespace

std::span<const Command> permission_commands() {
    return commands;
}

}  // namespace warren::cli
