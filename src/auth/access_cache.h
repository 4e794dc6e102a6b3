#pragma once
// The last few permissions that a channel was granted, as RabbitMQ's channels keep them: publishing
// to the same exchange a million times asks the backends once. Refusals are not kept: they close
// the channel. Everything is forgotten when the access control's version changes, so a revoked
// permission works at once (RabbitMQ lets it live on in open channels).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access_control.h"

namespace warren::auth {

// One per channel, so all entries are of one vhost and one identity.
class AccessCache {
public:
    static constexpr std::size_t entries_max = 12;

    AccessDecision allow(const AccessControl& control, const Identity& identity,
                         const Resource& resource, Permission permission);
    // Asked for topic exchanges only, as RabbitMQ does.
    AccessDecision allow_topic(const AccessControl& control, const Identity& identity,
                               const TopicUse& use, Permission permission);
    // The connection's identity has changed (connection.update-secret).
    void clear();

private:
    enum class Kind : std::uint8_t { exchange, queue, topic, any_topic };
    struct Entry {
        Kind kind = Kind::queue;
        Permission permission = Permission::configure;
        std::string name;         // of the exchange or queue
        std::string routing_key;  // of a topic
    };
    // A question, borrowed from the caller.
    struct Key {
        Kind kind;
        Permission permission;
        std::string_view name;
        std::string_view routing_key;
    };

    void forget_if_stale(const AccessControl& control);
    bool contains(const Key& key) const;
    void remember(const Key& key);

    // A ring once there are entries_max of them: the oldest is overwritten. Most channels need one
    // or two, and idle ones none.
    std::vector<Entry> entries_;
    std::size_t next_ = 0;
    std::uint64_t version_ = 0;
};

}  // namespace warren::auth
