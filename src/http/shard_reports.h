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

namespace warren::http {

// By queue; one that has been deleted meanwhile is not in it.
using QueueReports = std::unordered_map<QueueId, broker::QueueStats>;

class ShardReports {
public:
    template <typename Answer>
    using Then = std::move_only_function<void(Answer)>;

    virtual void survey_queues(std::vector<broker::QueueAddress> queues,
                               Then<QueueReports> then) = 0;
    // All queues that have anything.
    virtual void survey_all_queues(Then<QueueReports> then) = 0;

protected:
    ~ShardReports() = default;
};

}  // namespace warren::http
