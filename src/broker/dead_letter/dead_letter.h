#pragma once
// What becomes of a message that has died in a queue with a dead-letter exchange: the message to be
// published there, with its history in the headers x-death, x-first-death-* and x-last-death-* as
// RabbitMQ 4 writes them. Pure functions; the shard does the publishing.
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "broker/message.h"
#include "broker/queue/queue_host.h"

namespace warren::broker {

class Route;
struct QueueRecord;

struct Death {
    std::string_view queue;  // where it died
    DeathReason reason;
    WallTime time;
    std::string_view exchange;                      // dead-letter exchange; "" is the default one
    std::string_view const* routing_key = nullptr;  // x-dead-letter-routing-key, if there is one
};

struct DeadLetter {
    MessageRef message;
    // Routing keys beyond message->routing_key(): the CC keys that still apply.
    std::vector<std::string> extra_keys;
    // Queues that must not get the message again: to hand it to them would go round in circles
    // without any client having rejected it.
    std::vector<std::string> cycle_queues;

    bool closes_cycle(const QueueRecord& queue) const;
};

DeadLetter make_dead_letter(const Message& message, const Death& death);

}  // namespace warren::broker
