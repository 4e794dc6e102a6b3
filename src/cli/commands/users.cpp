// Users of the node's own database.
#include <fmt/format.h>

#include <iostream>

#include "auth/password_hash.h"
#include "cli/invocation.h"

namespace warren::cli {

namespace {

std::string user_path(const std::string& name) {
    return "/api/users/" + path_part(name);
}

// A password that is not among the words is read from the standard input, so that it need not stand
// in a list of processes.
Result<std::string, Failure> password_of(Invocation& call, std::size_t n) {
    if (call.word_count() > n) return call.word(n);
    call.print("Password: ");
    std::fflush(stdout);
    std::string line;
    if (!std::getline(std::cin, line))
        return fail(Failure{exit_code::data_error,
                            "There is no password, neither behind the name nor to be read"});
    return line;
}

// The user as the node shows it.
Result<json::object, Failure> find_user(Invocation& call, const std::string& name) {
    auto reply = call.ask({.path = user_path(name)});
    if (!reply) return fail(std::move(reply.error()));
    constexpr unsigned not_found = 404;
    if (reply->status == not_found) return fail(no_such_user(name));
    auto user = call.get(user_path(name));
    if (!user) return fail(std::move(user.error()));
    return std::move(user->as_object());
}

// With some members of a user replaced.
Outcome update_user(Invocation& call, const std::string& name, const json::object& changes) {
    const auto user = find_user(call, name);
    if (!user) return fail(user.error());
    json::object body{{"tags", user->at("tags")}};
    if (!changes.contains("password")) {
        body["password_hash"] = user->at("password_hash");
        body["hashing_algorithm"] = user->at("hashing_algorithm");
    }
    for (const auto& change : changes)
        body[change.key()] = change.value();
    return call.change("PUT", user_path(name), body);
}

Outcome add_user(Invocation& call) {
    const std::string& name = call.word(0);
    const auto password = password_of(call, 1);
    if (!password) return fail(password.error());
    call.say(fmt::format("Adding user \"{}\" ...", name));
    const auto is_there = call.exists(user_path(name));
    if (!is_there) return fail(is_there.error());
    if (*is_there)
        return fail(Failure{exit_code::software, fmt::format("User \"{}\" already exists", name)});
    const char* kind = call.has("pre-hashed-password") ? "password_hash" : "password";
    auto added = call.change("PUT", user_path(name),
                             json::object{{kind, *password}, {"tags", json::array()}});
    if (!added) return added;
    const std::string words =
        fmt::format("Done. The user has no permissions yet: see '{} help set_permissions'.",
                    name_of(call.tool()));
    if (!call.show_json(
            json::object{{"message", words}, {"node", call.node_name()}, {"status", "ok"}}))
        call.say(words);
    return {};
}

Outcome delete_user(Invocation& call) {
    call.say(fmt::format("Deleting user \"{}\" ...", call.word(0)));
    const auto is_there = call.exists(user_path(call.word(0)));
    if (!is_there) return fail(is_there.error());
    return *is_there ? call.change("DELETE", user_path(call.word(0))) : Outcome{};
}

Outcome change_password(Invocation& call) {
    const auto password = password_of(call, 1);
    if (!password) return fail(password.error());
    call.say(fmt::format("Changing password for user \"{}\" ...", call.word(0)));
    return update_user(call, call.word(0), {{"password", *password}});
}

Outcome clear_password(Invocation& call) {
    call.say(fmt::format("Clearing password for user \"{}\" ...", call.word(0)));
    auto cleared = update_user(call, call.word(0), {{"password_hash", ""}});
    // With RabbitMQ's code, which is another one here.
    if (!cleared && cleared.error().code == exit_code::no_user)
        cleared.error().code = exit_code::unavailable;
    return cleared;
}

// With no permission needed: the node is asked who it is that asks, and what counts is whether it
// knows the password.
Outcome authenticate_user(Invocation& call) {
    const auto password = password_of(call, 1);
    if (!password) return fail(password.error());
    const std::string& name = call.word(0);
    call.say(fmt::format("Authenticating user \"{}\" ...", name));
    const auto reply =
        call.ask({.path = "/api/whoami",
                  .authorization = "Basic " + auth::encode_base64(name + ":" + *password)});
    if (!reply) return fail(reply.error());
    constexpr unsigned unauthorized = 401;
    if (reply->status == unauthorized && failure_of(*reply).text == "Not_Authorized")
        return fail(
            Failure{exit_code::data_error,
                    fmt::format("Error: failed to authenticate user \"{0}\"\nuser '{0}' - invalid "
                                "credentials",
                                name)});
    call.conclude("Success");
    return {};
}

Outcome set_user_tags(Invocation& call) {
    json::array tags;
    for (std::size_t n = 1; n < call.word_count(); ++n)
        tags.push_back(json::string(call.word(n)));
    call.say(fmt::format("Setting tags for user \"{}\" to {} ...", call.word(0), cell_text(tags)));
    return update_user(call, call.word(0), {{"tags", tags}});
}

Outcome list_users(Invocation& call) {
    call.say("Listing users ...");
    const auto users = call.list("/api/users");
    if (!users) return fail(users.error());
    Table table{{"user", "tags"}, {}};
    for (const auto& user : *users)
        table.rows.push_back({{"user", user.at("name")}, {"tags", user.at("tags")}});
    call.show(table);
    return {};
}

// Of a password, as it would be stored: nobody is asked.
Outcome hash_password(Invocation& call) {
    call.say(fmt::format("Will hash password {}", call.word(0)));
    const auto hash = auth::hash_password(call.word(0), auth::HashingAlgorithm::sha256);
    call.conclude(auth::encode_base64(hash.salt_and_digest));
    return {};
}

constexpr Option pre_hashed[] = {{"pre-hashed-password", 0, false}};

constexpr Command commands[] = {
    {"add_user", tools::ctl, Group::users,
     "<username> [<password>] [<password_hash> --pre-hashed-password]",
     "Makes a user, who has no permissions at first", 1, 2, add_user, pre_hashed},
    {"authenticate_user", tools::ctl, Group::users, "<username> [<password>]",
     "Says by its exit code whether that is the user's password", 1, 2, authenticate_user},
    {"change_password", tools::ctl, Group::users, "<username> [<password>]",
     "Gives a user another password", 1, 2, change_password},
    {"clear_password", tools::ctl, Group::users, "<username>",
     "Takes the password away: nobody can log in with one", 1, 1, clear_password},
    {"delete_user", tools::ctl, Group::users, "<username>", "Deletes a user", 1, 1, delete_user},
    {"hash_password", tools::ctl, Group::users, "<cleartext_password>",
     "Prints a password's salted hash, as definitions have it", 1, 1, hash_password},
    {"list_users", tools::listing, Group::users, "[--no-table-headers]",
     "Lists users with their tags", 0, 0, list_users},
    {"set_user_tags", tools::ctl, Group::users, "<username> <tag> [...]",
     "Replaces the tags of a user", 1, any_number, set_user_tags},
};

}  // namespace

std::span<const Command> user_commands() {
    return commands;
}

}  // namespace warren::cli
