#pragma once
// What memory is used for, as far as it is known who uses it. The rest is one number.
#include <algorithm>
#include <cstdint>

#include "broker/queue/queue_sums.h"
#include "http/node_facts.h"

namespace warren::http::statistics {

struct MemoryParts {
    // Queues with their messages.
    std::uint64_t classic_queues = 0;
    std::uint64_t quorum_queues = 0;
    std::uint64_t streams = 0;
    std::uint64_t histories = 0;  // of statistics
    std::uint64_t other = 0;
};

inline MemoryParts memory_parts(const broker::QueueSums& sums, const NodeGauges& gauges,
                                std::uint64_t histories) {
    const auto of = [&](broker::QueueType type) {
        std::uint64_t bytes = 0;
        for (const auto& stats : sums.by_kind[static_cast<std::size_t>(type)])
            bytes += stats.memory_bytes;
        return bytes;
    };
    MemoryParts parts{of(broker::QueueType::classic), of(broker::QueueType::quorum),
                      of(broker::QueueType::stream), histories, 0};
    const std::uint64_t known =
        parts.classic_queues + parts.quorum_queues + parts.streams + parts.histories;
    parts.other = gauges.memory_used_bytes - std::min(known, gauges.memory_used_bytes);
    return parts;
}

}  // namespace warren::http::statistics
