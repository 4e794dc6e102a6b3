#pragma once
// A delivery or get that waits to be settled, as its channel keeps it under the delivery tag.
#include "base/ids.h"
#include "broker/queue/queue_type.h"
#include "broker/shard_services.h"

namespace warren::session {

struct UnackedDelivery {
    QueueId queue;
    DeliveryIndex index;
    ShardId shard;
    broker::QueueType queue_type = broker::QueueType::classic;
    bool granted = false;  // counts for the prefetch limit that the channel's consumers share

    bool vacant() const { return !queue; }
    broker::QueueAddress address() const { return {queue, shard}; }
};

}  // namespace warren::session
