// /api/users.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "auth/users.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

json::object user_json(const std::string& name, const auth::User& user) {
    return {{"name", name},
            {"password_hash", auth::encode_base64(user.password.salt_and_digest)},
            {"hashing_algorithm", auth::module_name(user.password.algorithm)},
            {"tags", to_json(user.tags)},
            {"limits", limits_json(user.limits)}};
}

void add_words(std::string_view text, std::vector<std::string>& words) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        std::string_view word = text.substr(0, end);
        while (word.starts_with(' '))
            word.remove_prefix(1);
        while (word.ends_with(' '))
            word.remove_suffix(1);
        if (!word.empty()) words.emplace_back(word);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// "a,b" or ["a","b"].
std::vector<std::string> tags_in(const json::value& value) {
    std::vector<std::string> tags;
    if (const json::string* text = value.if_string()) add_words(view(*text), tags);
    if (const json::array* list = value.if_array())
        for (const auto& tag : *list)
            if (tag.is_string()) tags.emplace_back(view(tag.get_string()));
    return tags;
}

// What the body says of the password: a hash of it, or nothing at all (then the user cannot log in
// with one). False: the call has been refused.
bool read_password(const CallRef& call, Body& body, auth::PutUser& command) {
    const std::string named =
        body.text("hashing_algorithm", auth::module_name(call->api().facts().password_hashing));
    const auto algorithm = auth::hashing_algorithm_named(named);
    if (body.ok() && !algorithm) {
        call->refuse_bad("Unsupported hashing algorithm");
        return false;
    }
    if (body.find("password_hash") != nullptr) {
        const std::string text = body.text("password_hash", "");
        auto bytes = auth::decode_base64(text);
        if (body.ok() && !bytes) {
            call->respond_json(
                json::object{{"error", "bad_request"}, {"reason", json::array{"not_base64", text}}},
                400);
            return false;
        }
        if (body.ok()) command.password = auth::PasswordHash{*algorithm, std::move(*bytes)};
    } else if (body.members().contains("password")) {
        body.need({"password"});
        const std::string password = body.text("password", "");
        if (body.ok()) command.password = auth::hash_password(password, *algorithm);
    } else if (body.ok()) {
        command.password = auth::PasswordHash{*algorithm, {}};
    }
    return body.ok();
}

// Deletes them one after the other, and answers at the end.
void delete_next(const CallRef& call, std::shared_ptr<std::vector<std::string>> names) {
    if (names->empty()) return call->respond_status(204);
    std::string name = std::move(names->back());
    names->pop_back();
    call->api().desk().submit_user(
        auth::DeleteUser{std::move(name)},
        [call, names](const broker::TopologyOutcome&) { delete_next(call, names); });
}

}  // namespace

void list_users(const CallRef& call) {
    json::array list;
    for (const auto& [name, user] : call->api().users().users())
        list.push_back(user_json(name, user));
    respond_list(call, std::move(list), {"name"}, Paging::yes);
}

void list_users_without_permissions(const CallRef& call) {
    json::array list;
    for (const auto& [name, user] : call->api().users().users())
        if (std::ranges::none_of(user.vhosts,
                                 [](const auto& entry) { return !!entry.second.permissions; }))
            list.push_back(user_json(name, user));
    respond_list(call, std::move(list), {"name"});
}

void get_user(const CallRef& call) {
    const auth::User* user = call->api().users().find(call->part("user"));
    if (user == nullptr) return call->refuse_not_found();
    respond_object(call, user_json(call->part("user"), *user));
}

void put_user(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    const json::value* tags = body.find("tags");
    if (tags == nullptr) tags = body.find("administrator");
    if (tags == nullptr) return call->refuse_bad("tags_not_present");
    if (!tags->is_string() && !tags->is_array())
        return call->refuse_bad("tags is neither a text nor a list of texts");
    auth::PutUser command{};
    command.name = call->part("user");
    command.tags = tags_in(*tags);
    if (!read_password(call, body, command)) return;
    const bool existed = call->api().users().find(command.name) != nullptr;
    if (const auto fault = auth::find_fault(command))
        return call->refuse_bad(fmt::format("{} {}", fault->member, fault->text));
    call->api().desk().submit_user(std::move(command),
                                   [call, existed](const broker::TopologyOutcome& outcome) {
                                       respond_put(call, outcome, existed);
                                   });
}

void delete_user(const CallRef& call) {
    const std::string& name = call->part("user");
    if (call->api().users().find(name) == nullptr) return call->refuse_not_found();
    call->api().desk().submit_user(
        auth::DeleteUser{name},
        [call](const broker::TopologyOutcome& outcome) { respond_put(call, outcome, true); });
}

void delete_users(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"users"});
    if (!body.ok()) return;
    const json::array* users = body.members().at("users").if_array();
    if (users == nullptr) return call->refuse_bad("users is not a list");
    auto names = std::make_shared<std::vector<std::string>>();
    for (const auto& user : *users)
        if (user.is_string()) names->emplace_back(view(user.get_string()));
    delete_next(call, std::move(names));
}

void hash_password(const CallRef& call) {
    const auto hash =
        auth::hash_password(call->part("password"), call->api().facts().password_hashing);
    call->respond_json(json::object{{"ok", auth::encode_base64(hash.salt_and_digest)}});
}

}  // namespace warren::http::routes
