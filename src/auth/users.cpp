#include "auth/users.h"

#include "auth/topic_variables.h"

namespace warren::auth {

namespace {

// Says whether that makes a difference.
template <typename Value>
bool assign(Value& place, const Value& value) {
    if (place == value) return false;
    place = value;
    return true;
}

}  // namespace

Result<void, UserError> UserTable::apply(const UserCommand& command) {
    return std::visit([this](const auto& body) { return apply_one(body); }, command);
}

Result<void, UserError> UserTable::apply_one(const PutUser& command) {
    auto [place, is_new] = users_.try_emplace(command.name);
    if (!is_new && command.only_if_new) return fail(UserError::user_exists);
    User& user = place->second;
    bool changed = is_new;
    changed |= command.password && assign(user.password, *command.password);
    changed |= command.tags && assign(user.tags, *command.tags);
    if (changed) ++version_;
    return {};
}

Result<void, UserError> UserTable::apply_one(const DeleteUser& command) {
    version_ += users_.erase(command.name);
    return {};
}

Result<void, UserError> UserTable::apply_one(const SetUserLimits& command) {
    User* user = find_mutable(command.name);
    if (user == nullptr) return fail(UserError::no_such_user);
    if (assign(user->limits, command.limits)) ++version_;
    return {};
}

Result<void, UserError> UserTable::apply_one(const SetPermissions& command) {
    User* user = find_mutable(command.user);
    if (user == nullptr) return fail(UserError::no_such_user);
    auto& permissions = user->vhosts[command.vhost].permissions;
    if (permissions && permissions->texts() == command.patterns) return {};
    permissions.emplace(LazyPattern(command.patterns.configure),
                        LazyPattern(command.patterns.write), LazyPattern(command.patterns.read));
    ++version_;
    return {};
}

Result<void, UserError> UserTable::apply_one(const ClearPermissions& command) {
    User* user = find_mutable(command.user);
    if (user == nullptr) return fail(UserError::no_such_user);
    const auto access = user->vhosts.find(command.vhost);
    if (access == user->vhosts.end() || !access->second.permissions) return {};
    access->second.permissions.reset();
    if (access->second.topics.empty()) user->vhosts.erase(access);
    ++version_;
    return {};
}

Result<void, UserError> UserTable::apply_one(const SetTopicPermissions& command) {
    User* user = find_mutable(command.user);
    if (user == nullptr) return fail(UserError::no_such_user);
    const TopicVariables variables{.username = command.user, .vhost = command.vhost};
    auto& topics = user->vhosts[command.vhost].topics;
    if (const auto known = topics.find(command.exchange);
        known != topics.end() && known->second.texts == command.patterns)
        return {};
    topics.insert_or_assign(
        command.exchange,
        TopicPermissions{command.patterns, LazyPattern(fill_in(command.patterns.write, variables)),
                         LazyPattern(fill_in(command.patterns.read, variables))});
    ++version_;
    return {};
}

Result<void, UserError> UserTable::apply_one(const ClearTopicPermissions& command) {
    User* user = find_mutable(command.user);
    if (user == nullptr) return fail(UserError::no_such_user);
    const auto access = user->vhosts.find(command.vhost);
    if (access == user->vhosts.end()) return {};
    auto& topics = access->second.topics;
    if (command.exchange) {
        version_ += topics.erase(*command.exchange);
    } else if (!topics.empty()) {
        topics.clear();
        ++version_;
    }
    if (topics.empty() && !access->second.permissions) user->vhosts.erase(access);
    return {};
}

Result<void, UserError> UserTable::apply_one(const DropVhost& command) {
    std::size_t dropped = 0;
    for (auto& [name, user] : users_)
        dropped += user.vhosts.erase(command.vhost);
    if (dropped != 0) ++version_;
    return {};
}

const User* UserTable::find(std::string_view name) const {
    const auto found = users_.find(name);
    return found == users_.end() ? nullptr : &found->second;
}

User* UserTable::find_mutable(std::string_view name) {
    const auto found = users_.find(name);
    return found == users_.end() ? nullptr : &found->second;
}

const VhostAccess* UserTable::access(std::string_view user, std::string_view vhost) const {
    const User* known = find(user);
    if (known == nullptr) return nullptr;
    const auto found = known->vhosts.find(vhost);
    return found == known->vhosts.end() ? nullptr : &found->second;
}

}  // namespace warren::auth
