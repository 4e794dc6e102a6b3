#pragma once
// What is remembered of a shard's queues that have been deleted.
#include <cstdint>

#include "broker/queue/queue_sums.h"

namespace warren::cluster {

struct GoneQueues {
    broker::QueueSums sums;  // what they counted, of vhosts that are there
    std::uint64_t count = 0;
    std::uint64_t vhosts = 0;  // that have been deleted
};

}  // namespace warren::cluster
