#pragma once
// What a queue's arguments, policy and defaults amount to, in numbers. Computed from the queue's
// record whenever arguments or policies change; the queue itself never looks at an argument table.
#include <cstdint>
#include <optional>
#include <string>

namespace warren::broker {

enum class Overflow : std::uint8_t { drop_head, reject_publish, reject_publish_dlx };

struct QueueSettings {
    std::optional<std::uint64_t> message_ttl_ms = {};    // x-message-ttl
    std::optional<std::uint64_t> expires_ms = {};        // x-expires
    std::optional<std::uint64_t> length_max = {};        // x-max-length: ready messages
    std::optional<std::uint64_t> length_bytes_max = {};  // x-max-length-bytes: of ready bodies
    Overflow overflow = Overflow::drop_head;             // x-overflow
    std::optional<std::string> dead_letter_exchange = {};
    std::optional<std::string> dead_letter_routing_key = {};
    std::uint8_t priority_max = 0;  // x-max-priority; 0: one level
    bool single_active_consumer = false;
    std::optional<std::uint64_t> consumer_timeout_ms = {};  // x-consumer-timeout, else the node's
    bool auto_delete = false;
    bool durable = false;
    bool exclusive = false;
};

}  // namespace warren::broker
