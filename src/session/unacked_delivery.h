#pragma once
// A delivery or get that waits to be settled, as its channel keeps it under the delivery tag.
#include <cstdint>

#include "base/clock.h"
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
    std::uint32_t delivered_s = 0;  // seconds of the shard's clock

    static std::uint32_t seconds_of(Instant now) {
        return static_cast<std::uint32_t>(now.ms / 1000);
    }
    bool vacant() const { return !queue; }
    broker::QueueAddress address() const { return {queue, shard}; }
};

}  // namespace warren::session
