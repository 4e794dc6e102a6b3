#pragma once
// What the sessions of a shard have done since it started: plain numbers that only rise, for
// management and metrics. Each channel has its own, and its shard's rise with them, so that the
// sums need no walk over channels and lose nothing when one closes. What comes together is counted
// together: a run of equal publishes, a batch of deliveries.
#include <array>
#include <cstddef>
#include <cstdint>

#include "broker/queue/queue_type.h"

namespace warren::session {

struct PublishCounters {
    std::uint64_t received = 0;
    std::uint64_t received_confirm = 0;  // of those, on channels with confirms
    std::uint64_t copies = 0;            // handed to queues, each queue for itself
    std::uint64_t dropped = 0;           // reached no queue
    std::uint64_t returned = 0;          // reached no queue and were given back: mandatory
    std::uint64_t confirmed = 0;         // told that they are safe

    PublishCounters& operator+=(const PublishCounters& other) {
        received += other.received;
        received_confirm += other.received_confirm;
        copies += other.copies;
        dropped += other.dropped;
        returned += other.returned;
        confirmed += other.confirmed;
        return *this;
    }
    friend bool operator==(const PublishCounters&, const PublishCounters&) = default;
};

struct DeliveryCounters {
    std::uint64_t delivered = 0;  // to consumers that acknowledge
    std::uint64_t delivered_auto_ack = 0;
    std::uint64_t got = 0;  // basic.get with acknowledgement
    std::uint64_t got_auto_ack = 0;
    std::uint64_t got_empty = 0;
    std::uint64_t redelivered = 0;  // of the first four, those handed out before
    std::uint64_t acked = 0;

    DeliveryCounters& operator+=(const DeliveryCounters& other) {
        delivered += other.delivered;
        delivered_auto_ack += other.delivered_auto_ack;
        got += other.got;
        got_auto_ack += other.got_auto_ack;
        got_empty += other.got_empty;
        redelivered += other.redelivered;
        acked += other.acked;
        return *this;
    }
    friend bool operator==(const DeliveryCounters&, const DeliveryCounters&) = default;
};

// Sizes of bodies that were published, as RabbitMQ's metrics divide them.
struct MessageSizes {
    static constexpr std::array<std::uint64_t, 8> bounds{
        100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 50'000'000, 100'000'000};

    std::array<std::uint64_t, bounds.size() + 1> counts{};  // each up to its bound; the last: above
    std::uint64_t bytes = 0;

    static std::size_t class_of(std::uint64_t bytes) {
        std::size_t index = 0;
        while (index < bounds.size() && bytes > bounds[index])
            ++index;
        return index;
    }
    void add(std::uint64_t size, std::uint64_t messages = 1) {
        counts[class_of(size)] += messages;
        bytes += size * messages;
    }
    MessageSizes& operator+=(const MessageSizes& other) {
        for (std::size_t index = 0; index < counts.size(); ++index)
            counts[index] += other.counts[index];
        bytes += other.bytes;
        return *this;
    }
};

struct SessionTraffic {
    std::uint64_t logins_succeeded = 0;
    std::uint64_t logins_failed = 0;
    std::uint64_t connections_opened = 0;  // connection.open-ok was sent
    std::uint64_t connections_closed = 0;  // of those
    std::uint64_t channels_opened = 0;
    std::uint64_t channels_closed = 0;
    std::uint64_t queues_declared = 0;  // not passively, new or not
    PublishCounters published;
    MessageSizes sizes;
    std::array<DeliveryCounters, 3> delivered;  // by the type of the queue

    std::uint64_t connections_open() const { return connections_opened - connections_closed; }
    std::uint64_t channels_open() const { return channels_opened - channels_closed; }
    DeliveryCounters& delivered_from(broker::QueueType type) {
        return delivered[static_cast<std::size_t>(type)];
    }
    const DeliveryCounters& delivered_from(broker::QueueType type) const {
        return delivered[static_cast<std::size_t>(type)];
    }
    DeliveryCounters delivered_from_all() const {
        DeliveryCounters sum;
        for (const DeliveryCounters& of_type : delivered)
            sum += of_type;
        return sum;
    }
};

}  // namespace warren::session
