#pragma once
// Who has asked for a change, for events and the audit log. Made when somebody asks for the first
// time, and shared by all that he asks for.
#include <memory>
#include <string>

namespace warren::broker {

struct Actor {
    std::string user;
    std::string address;   // "127.0.0.1:40470"; empty: not by a network
    std::string protocol;  // "amqp", "http", "cli"
};
// Null: the node itself.
using ActorRef = std::shared_ptr<const Actor>;

}  // namespace warren::broker
