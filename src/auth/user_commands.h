#pragma once
// What can be changed about users, as plain values of the metadata log. Applying the same commands
// in the same order gives the same UserTable everywhere: salts are inside the hashes, patterns are
// texts, nothing depends on a clock.
//
// Commands are kept for years (user_command_codec.h): a changed meaning gets a new command or
// version.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "auth/password_hash.h"

namespace warren::auth {

// Absent: no limit. Zero: none at all (RabbitMQ's max-connections and max-channels; it writes -1
// for no limit).
struct UserLimits {
    std::optional<std::uint64_t> connections_max;
    std::optional<std::uint64_t> channels_max;

    friend bool operator==(const UserLimits&, const UserLimits&) = default;
};

// Patterns of what a user may do in one vhost.
struct PermissionPatterns {
    std::string configure;
    std::string write;
    std::string read;

    friend bool operator==(const PermissionPatterns&, const PermissionPatterns&) = default;
};

// Patterns of the routing keys that a user may publish with and bind by in one exchange.
struct TopicPatterns {
    std::string write;
    std::string read;

    friend bool operator==(const TopicPatterns&, const TopicPatterns&) = default;
};

// Creates a user or changes one; what is absent stays as it is (for a new user: no password login,
// no tags).
struct PutUser {
    std::string name;
    std::optional<PasswordHash> password;
    std::optional<std::vector<std::string>> tags;
    bool only_if_new = false;  // rabbitmqctl add_user: refused when the name is taken

    friend bool operator==(const PutUser&, const PutUser&) = default;
};
// Takes the user's permissions along.
struct DeleteUser {
    std::string name;

    friend bool operator==(const DeleteUser&, const DeleteUser&) = default;
};
struct SetUserLimits {
    std::string name;
    UserLimits limits;

    friend bool operator==(const SetUserLimits&, const SetUserLimits&) = default;
};
struct SetPermissions {
    std::string user;
    std::string vhost;
    PermissionPatterns patterns;

    friend bool operator==(const SetPermissions&, const SetPermissions&) = default;
};
struct ClearPermissions {
    std::string user;
    std::string vhost;

    friend bool operator==(const ClearPermissions&, const ClearPermissions&) = default;
};
struct SetTopicPermissions {
    std::string user;
    std::string vhost;
    std::string exchange;
    TopicPatterns patterns;

    friend bool operator==(const SetTopicPermissions&, const SetTopicPermissions&) = default;
};
// Without an exchange: all of the vhost.
struct ClearTopicPermissions {
    std::string user;
    std::string vhost;
    std::optional<std::string> exchange;

    friend bool operator==(const ClearTopicPermissions&, const ClearTopicPermissions&) = default;
};
// A vhost is gone, and with it everybody's permissions there.
struct DropVhost {
    std::string vhost;

    friend bool operator==(const DropVhost&, const DropVhost&) = default;
};

using UserCommand =
    std::variant<PutUser, DeleteUser, SetUserLimits, SetPermissions, ClearPermissions,
                 SetTopicPermissions, ClearTopicPermissions, DropVhost>;

enum class UserError : std::uint8_t { no_such_user, user_exists };

}  // namespace warren::auth
