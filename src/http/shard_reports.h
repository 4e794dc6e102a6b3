#pragma once
// What only the shards with queues know, asked for when somebody wants to see it. Answers come on
// the observer's shard, after the asking call has returned.
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "broker/queue/queue_stats.h"
#include "broker/shard_services.h"
#include "cluster/shard_node.h"
#include "session/session_traffic.h"

namespace warren::http {

// By queue; one that has been deleted meanwhile is not in it.
using QueueReports = std::unordered_map<QueueId, broker::QueueStats>;

// What the queues of a shard hold now, together; those at rest hold nothing.
struct QueueGauges {
    std::uint64_t ready = 0;
    std::uint64_t unacked = 0;
    std::uint64_t ready_bytes = 0;  // of bodies
    std::uint64_t unacked_bytes = 0;
    std::uint64_t persistent = 0;
    std::uint64_t persistent_bytes = 0;
    std::uint64_t paged = 0;
    std::uint64_t paged_bytes = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t consumers = 0;

    void add(const broker::QueueStats& queue);
};

// A shard at one moment, but for `held`, which is gathered a piece a turn. What only rises has
// risen since the node started, with what was done by channels and connections that are closed and
// in queues that are deleted.
struct ShardTotals {
    ShardId shard;
    session::SessionTraffic traffic;
    cluster::QueueCounts queues;
    QueueGauges held;
};

class ShardReports {
public:
    template <typename Answer>
    using Then = std::move_only_function<void(Answer)>;

    virtual void survey_queues(std::vector<broker::QueueAddress> queues,
                               Then<QueueReports> then) = 0;
    // All queues that have anything.
    virtual void survey_all_queues(Then<QueueReports> then) = 0;
    // Of all shards that hold queues, in their order.
    virtual void survey_totals(Then<std::vector<ShardTotals>> then) = 0;

protected:
    ~ShardReports() = default;
};

}  // namespace warren::http
