#pragma once
// Queues added up, for totals: of a vhost, and of all queues of one kind.
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "broker/queue/queue_settings.h"
#include "broker/queue/queue_stats.h"

namespace warren::broker {

// What becomes of messages that die in a queue, as RabbitMQ's metrics divide it.
enum class DeadLetterStrategy : std::uint8_t { disabled, at_most_once, at_least_once };
DeadLetterStrategy strategy_of(const QueueSettings& settings);

void add_to(QueueCounters& sum, const QueueCounters& more);
// Numbers only; of moments, the latest; of ages, waits and files, the highest.
void add_to(QueueStats& sum, const QueueStats& more);

// By QueueType, then by DeadLetterStrategy.
using StatsByKind = std::array<std::array<QueueStats, 3>, 3>;
inline QueueStats& of_kind(StatsByKind& by_kind, const QueueSettings& settings) {
    return by_kind[static_cast<std::size_t>(settings.type)]
                  [static_cast<std::size_t>(strategy_of(settings))];
}
void add_to(StatsByKind& sum, const StatsByKind& more);

// Counters only rise while a vhost exists: those of queues that are gone stay.
struct QueueSums {
    std::map<std::string, QueueStats, std::less<>> by_vhost;
    StatsByKind by_kind{};

    void add(const QueueSums& more);
    void add(const std::string& vhost, const QueueSettings& settings, const QueueStats& stats);
    // What a queue has counted that is about to go.
    void add_gone(const std::string& vhost, const QueueSettings& settings, const QueueStats& stats);
    // Where a counter of `least` is higher, the sum has that from now on. Of vhosts that are not in
    // here, nothing.
    void raise_counters(const QueueSums& least);
    QueueStats total() const;
};

}  // namespace warren::broker
