#pragma once
// What becomes of a message that has died in a queue with a dead-letter exchange: the message to be
// published there, with its history in the headers x-death, x-first-death-* and x-last-death-*,
// byte for byte as RabbitMQ 4.3 writes them. Pure functions; the shard does the publishing.
//
//   x-death: array of tables, last death first, one for each pair of queue and reason
//     original-expiration longstr (if it had one), count int64, reason longstr, queue longstr,
//     time timestamp (of the first such death), exchange longstr, routing-keys array of longstr
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "broker/message.h"
#include "broker/queue/queue_host.h"

namespace warren::broker {

struct Death {
    std::string_view queue;  // where the message died
    DeathReason reason = DeathReason::rejected;
    WallTime time;
    std::string_view exchange;                    // x-dead-letter-exchange; may be ""
    std::optional<std::string_view> routing_key;  // x-dead-letter-routing-key
};

struct DeadLetter {
    // To be routed by Message::routing_key() and these.
    MessageRef message;
    std::vector<std::string> extra_keys;
    // Queues that must not get the message, should it be routed to them: it has been there and has
    // come back without any client having rejected it on the way, and would do so for ever.
    std::vector<std::string> cycle_queues;
};

DeadLetter make_dead_letter(const Message& message, const Death& death);

}  // namespace warren::broker
