#pragma once
// What sessions tell about themselves at one moment: plain values that listings and metrics are
// views of.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "broker/topology/records.h"
#include "session/connection_facts.h"
#include "session/session_traffic.h"

namespace warren::session {

enum class ConnectionState : std::uint8_t {
    running,
    flow,      // publishes, and is not read from until the broker has caught up
    blocking,  // a resource alarm is on: its next publish blocks it
    blocked,
    closing,
};

// Bytes and system calls of a connection's socket.
struct SocketTraffic {
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;

    SocketTraffic& operator+=(const SocketTraffic& other) {
        received_bytes += other.received_bytes;
        sent_bytes += other.sent_bytes;
        reads += other.reads;
        writes += other.writes;
        return *this;
    }
};

struct ConnectionReport {
    ConnectionFactsRef facts;
    ConnectionState state = ConnectionState::running;
    bool released = false;  // counts as closed
    std::uint16_t channels = 0;
    SocketTraffic socket;
    std::uint64_t unsent_bytes = 0;  // written by the broker, and not taken by the socket yet
};

// What a channel has published through an exchange, and how much of it to which queue.
struct ExchangeFlow {
    broker::ExchangeId exchange;
    PublishCounters counters;
    std::vector<std::pair<QueueId, std::uint64_t>> copies;
};

// Whether a channel is to be told exchange by exchange and queue by queue.
enum class Details : bool { no, yes };

struct ChannelReport {
    ConnectionFactsRef facts;  // of its connection
    ChannelId id;
    std::uint32_t incarnation = 0;  // of the channels of its connection with this id
    ConnectionState state = ConnectionState::running;  // of its connection
    bool confirms = false;
    bool transactional = false;
    std::uint32_t consumer_prefetch = 0;  // of consumers to come
    std::uint32_t shared_prefetch = 0;    // that all consumers share; 0: no limit
    std::size_t consumers = 0;
    std::size_t unacked = 0;
    // How long the oldest of them has been with the client; to the second.
    std::int64_t oldest_unacked_ms = 0;
    std::size_t unconfirmed = 0;
    std::size_t uncommitted_messages = 0;
    std::size_t uncommitted_settlements = 0;
    // None if it has never done such a thing.
    std::optional<PublishCounters> published{};
    std::optional<DeliveryCounters> delivered{};
    // If details were asked for.
    std::vector<ExchangeFlow> flows{};
    std::vector<std::pair<QueueId, DeliveryCounters>> deliveries{};
};

}  // namespace warren::session
