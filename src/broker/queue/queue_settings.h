#pragma once
// What a queue's arguments, policy and defaults amount to, in numbers. Computed from the queue's
// record whenever arguments or policies change; the queue itself never looks at an argument table.
#include <cstdint>
#include <optional>
#include <string>

#include "broker/queue/queue_type.h"

namespace warren::broker {

enum class Overflow : std::uint8_t { drop_head, reject_publish, reject_publish_dlx };

// Of quorum queues, as if x-max-priority were given.
inline constexpr std::uint8_t quorum_priority_max = 31;

// x-delayed-retry-type: which returned messages wait before they are delivered again.
enum class DelayedRetryKind : std::uint8_t { disabled, all, failed, returned };

struct DelayedRetry {
    DelayedRetryKind kind = DelayedRetryKind::disabled;
    std::uint64_t min_ms = 0;                  // x-delayed-retry-min: times the delivery count
    std::optional<std::uint64_t> max_ms = {};  // x-delayed-retry-max

    friend bool operator==(const DelayedRetry&, const DelayedRetry&) = default;
};

struct QueueSettings {
    QueueType type = QueueType::classic;
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
    bool deduplicates = false;                              // x-message-deduplication
    // ---- quorum queues ----
    // x-delivery-limit: a message that was returned more often dies. Nullopt: no limit.
    std::optional<std::uint64_t> delivery_limit = {};
    bool dead_letter_at_least_once = false;  // x-dead-letter-strategy
    DelayedRetry delayed_retry = {};
    // ---- streams ----
    std::optional<std::uint64_t> age_max_ms = {};   // x-max-age
    std::uint64_t segment_bytes_max = 500'000'000;  // x-stream-max-segment-size-bytes
    std::uint8_t filter_bytes = 16;                 // x-stream-filter-size-bytes
    // ---- the queue of a delayed exchange ----
    // Messages wait here until they are due, and go on from this exchange then.
    std::optional<std::string> delayed_exchange = {};

    bool auto_delete = false;
    bool durable = false;
    bool exclusive = false;

    friend bool operator==(const QueueSettings&, const QueueSettings&) = default;

    // A queue that has nothing has nothing to do either, until it is asked for something.
    bool rests_while_empty() const {
        return type == QueueType::classic && !expires_ms && !deduplicates && !delayed_exchange;
    }
};

}  // namespace warren::broker
