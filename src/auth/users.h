#pragma once
// Users and their permissions: the part of the metadata machine that belongs to auth. Every shard
// holds a full replica and applies the same commands in the same order (user_commands.h); nothing
// here asks a clock or draws a random number.
//
// Types: User (who), VhostAccess (what in one vhost), UserTable (all of them).
// version() changes with every change, so that caches of decisions know when to forget.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/permission_pattern.h"
#include "auth/user_commands.h"
#include "base/result.h"

namespace warren::auth {

enum class Permission : std::uint8_t { configure, write, read };

// A user's permissions in one vhost.
struct Permissions {
    LazyPattern configure;
    LazyPattern write;
    LazyPattern read;

    PermissionPatterns texts() const { return {configure.text(), write.text(), read.text()}; }
    const LazyPattern& of(Permission permission) const {
        if (permission == Permission::configure) return configure;
        return permission == Permission::write ? write : read;
    }
};

// Patterns of routing keys in one exchange, with {username} and {vhost} already filled in.
struct TopicPermissions {
    TopicPatterns texts;  // as they were set
    LazyPattern write;
    LazyPattern read;
};

// Topic permissions may exist without permissions; they then give access to nothing.
struct VhostAccess {
    std::optional<Permissions> permissions;
    std::map<std::string, TopicPermissions, std::less<>> topics;  // by exchange
};

struct User {
    PasswordHash password;
    std::vector<std::string> tags;
    UserLimits limits;
    std::map<std::string, VhostAccess, std::less<>> vhosts;
};

class UserTable {
public:
    // Either changes the table and its version, or returns an error and changes nothing. Commands
    // that find everything as it is to be, with nothing to set, clear or delete, succeed and change
    // nothing, as RabbitMQ's do.
    Result<void, UserError> apply(const UserCommand& command);

    const User* find(std::string_view name) const;
    const VhostAccess* access(std::string_view user, std::string_view vhost) const;

    const std::map<std::string, User, std::less<>>& users() const { return users_; }
    std::uint64_t version() const { return version_; }

private:
    Result<void, UserError> apply_one(const PutUser& command);
    Result<void, UserError> apply_one(const DeleteUser& command);
    Result<void, UserError> apply_one(const SetUserLimits& command);
    Result<void, UserError> apply_one(const SetPermissions& command);
    Result<void, UserError> apply_one(const ClearPermissions& command);
    Result<void, UserError> apply_one(const SetTopicPermissions& command);
    Result<void, UserError> apply_one(const ClearTopicPermissions& command);
    Result<void, UserError> apply_one(const DropVhost& command);
    User* find_mutable(std::string_view name);

    std::map<std::string, User, std::less<>> users_;
    std::uint64_t version_ = 1;
};

// What RabbitMQ refuses in a command, to be found before it is submitted: empty names and patterns
// that do not compile.
struct CommandFault {
    std::string_view member;  // "configure"
    std::string text;         // "not a valid pattern: missing closing parenthesis at byte 4"
};
std::optional<CommandFault> find_fault(const UserCommand& command);

}  // namespace warren::auth
