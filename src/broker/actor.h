#pragma once
// Who has asked for a change, for events and the audit log. Made when somebody asks for the first
// time, and shared by all that he asks for.
#include <memory>
#include <string>
#include <string_view>

namespace warren::broker {

struct Actor {
    std::string user;
    std::string address;   // "127.0.0.1:40470"; empty: not by a network
    std::string protocol;  // "amqp", "http", "cli"
};
// Null: the node itself.
using ActorRef = std::shared_ptr<const Actor>;

// Something worth to be written down that changes no metadata: a purge, a connection that was
// closed by hand, a login that was refused.
struct Deed {
    std::string_view action;  // "purged", "closed", "refused", ...
    std::string_view kind;    // of what: "queue", "connection", "login", "node", ...
    std::string_view vhost = {};
    std::string_view name = {};
    std::string_view reason = {};
};

}  // namespace warren::broker
