#pragma once
// The traffic of all shards, added up.
#include <vector>

#include "http/shard_reports.h"
#include "session/session_traffic.h"

namespace warren::http::statistics {

inline void add_to(session::SessionTraffic& sum, const session::SessionTraffic& more) {
    sum.logins_succeeded += more.logins_succeeded;
    sum.logins_failed += more.logins_failed;
    sum.connections_opened += more.connections_opened;
    sum.connections_closed += more.connections_closed;
    sum.channels_opened += more.channels_opened;
    sum.channels_closed += more.channels_closed;
    sum.queues_declared += more.queues_declared;
    sum.published += more.published;
    sum.sizes += more.sizes;
    for (std::size_t type = 0; type < sum.delivered.size(); ++type)
        sum.delivered[type] += more.delivered[type];
}

inline session::SessionTraffic sum_of_traffic(const std::vector<ShardTotals>& totals) {
    session::SessionTraffic sum;
    for (const ShardTotals& shard : totals)
        add_to(sum, shard.traffic);
    return sum;
}

inline cluster::QueueCounts sum_of_queue_counts(const std::vector<ShardTotals>& totals) {
    cluster::QueueCounts sum;
    for (const ShardTotals& shard : totals)
        sum.add(shard.queues);
    return sum;
}

}  // namespace warren::http::statistics
