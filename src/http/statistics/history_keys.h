#pragma once
// What histories are found by, beside the ids that queues, exchanges and connections have.
#include <compare>
#include <cstdint>
#include <functional>

#include "base/ids.h"
#include "broker/topology/records.h"
#include "session/session_reports.h"

namespace warren::http::statistics {

// One of the channels that a connection has had with a number.
struct ChannelKey {
    ConnectionId connection;
    ChannelId channel;
    std::uint32_t incarnation = 0;

    static ChannelKey of(const session::ChannelReport& report) {
        return {report.facts->id, report.id, report.incarnation};
    }
    friend auto operator<=>(const ChannelKey&, const ChannelKey&) = default;
};

// What goes between two: from a channel to an exchange, from there to a queue, from a queue to a
// channel. Exchanges and queues are numbered together.
struct WayKey {
    ChannelKey channel;  // none between an exchange and a queue
    std::uint64_t from = 0;
    std::uint64_t to = 0;

    static WayKey published(const ChannelKey& channel, broker::ExchangeId exchange) {
        return {channel, 0, exchange.value};
    }
    static WayKey routed(broker::ExchangeId exchange, QueueId queue) {
        return {{}, exchange.value, queue.value};
    }
    static WayKey delivered(QueueId queue, const ChannelKey& channel) {
        return {channel, queue.value, 0};
    }
    friend auto operator<=>(const WayKey&, const WayKey&) = default;
};

struct KeyHash {
    static std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
        hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15ULL;
        return hash ^ (hash >> 32);
    }
    std::size_t operator()(const ChannelKey& key) const noexcept {
        return mixed(mixed(key.connection.value, key.channel.value), key.incarnation);
    }
    std::size_t operator()(const WayKey& key) const noexcept {
        return mixed(mixed((*this)(key.channel), key.from), key.to);
    }
};

}  // namespace warren::http::statistics
