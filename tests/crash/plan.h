#pragma once
// What a run works on: durable queues and what their consumers do, exchanges, and sources, each of
// which is one publisher on one route. Fixed for a run; the seed only chooses messages and moments.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire.h"

namespace crash {

using QueueIndex = std::uint16_t;
using SourceIndex = std::uint16_t;

// What the consumer of a queue does with its messages.
enum class Habit : std::uint8_t {
    absent,         // there is no consumer
    acknowledges,   // each, or many with one ack
    picks,          // acknowledges in no order, and leaves some for later
    requeues_some,  // gives some back once, acknowledges the rest
    rejects_some,   // without requeueing: they go to the dead-letter queue
    holds,          // takes what its prefetch allows and keeps it
};

enum class QueueKind : std::uint8_t { classic, quorum, stream };

struct QueuePlan {
    std::string name;
    QueueKind kind = QueueKind::classic;
    Habit habit = Habit::absent;
    std::uint8_t priority_max = 0;
    std::uint32_t ttl_ms = 0;                  // 0: none
    std::uint32_t length_max = 0;              // publishes above it are refused; 0: none
    std::optional<QueueIndex> dead_letters{};  // where rejected and expired messages go
    std::size_t kept_max = 2000;  // messages that a verification leaves in the queue, about
    bool gets_delayed = false;    // from a delayed exchange, in the order in which they come due
    // Of a stream. Retention never reaches what was published in the last round. 0: none.
    std::uint32_t stream_bytes_max = 0;
    std::uint32_t segment_bytes_max = 0;

    // Copies may be here, or have moved on to the dead-letter queue, at any time.
    bool expires() const { return ttl_ms > 0; }
    bool is_stream() const { return kind == QueueKind::stream; }
    // What comes back to a quorum queue, and be it from a consumer that goes, queues up anew behind
    // all else that has come back.
    bool keeps_order() const {
        return !gets_delayed && (kind != QueueKind::quorum || habit == Habit::absent);
    }
};

struct SourcePlan {
    std::string exchange{};  // empty: the default exchange
    std::string routing_key{};
    std::vector<QueueIndex> queues{};  // each message goes to all of them
    std::uint32_t body_bytes_min = 16;
    std::uint32_t body_bytes_max = 16;
    unsigned priorities = 0;
    unsigned transient_percent = 0;
    std::uint32_t delay_ms_max = 0;  // through a delayed exchange, each message its own; 0: none
    std::uint32_t window = 100;      // unconfirmed messages
    std::uint64_t quota = 2000;      // messages a round at most
    bool barrier = false;            // published by the consumer of the queue, see Consumer
};

// Durable; sends to all queues that are bound.
struct ExchangePlan {
    std::string name;
    bool delayed = false;  // x-delayed-message
    std::vector<QueueIndex> queues{};

    std::string type() const { return delayed ? "x-delayed-message" : "fanout"; }
    loadgen::FieldTable arguments() const;
};

struct Plan {
    std::vector<QueuePlan> queues;
    std::vector<SourcePlan> sources;
    std::vector<ExchangePlan> exchanges;

    std::optional<SourceIndex> barrier_source_of(QueueIndex queue) const;
    loadgen::FieldTable arguments_of(QueueIndex queue) const;
    // Without streams. Queues that get dead letters of this one come later.
    std::vector<QueueIndex> in_order_of_flow() const;
};

Plan make_plan();

}  // namespace crash
