#pragma once
// What the sessions of a shard have done since it started: plain numbers that only rise, for
// management and metrics (RabbitMQ's global counters are their sums over all shards). A channel
// counts for itself what is published, on its way past the message; when it closes, its counts are
// added here.
#include <cstdint>

namespace warren::session {

struct PublishCounters {
    std::uint64_t routed = 0;      // messages that went to one queue at least
    std::uint64_t unrouted = 0;    // to none
    std::uint64_t returned = 0;    // of those, given back to the publisher: mandatory
    std::uint64_t unnumbered = 0;  // received on channels without confirms
    std::uint64_t confirmed = 0;   // told that they are safe

    std::uint64_t received() const { return routed + unrouted; }
    std::uint64_t received_confirm() const { return received() - unnumbered; }
    std::uint64_t dropped() const { return unrouted - returned; }

    PublishCounters& operator+=(const PublishCounters& other) {
        routed += other.routed;
        unrouted += other.unrouted;
        returned += other.returned;
        unnumbered += other.unnumbered;
        confirmed += other.confirmed;
        return *this;
    }
    friend bool operator==(const PublishCounters&, const PublishCounters&) = default;
};

struct SessionTraffic {
    std::uint64_t connections_opened = 0;  // connection.open-ok was sent
    std::uint64_t connections_closed = 0;  // of those
    std::uint64_t channels_opened = 0;
    std::uint64_t channels_closed = 0;
    PublishCounters published;  // on channels that are closed
};

}  // namespace warren::session
