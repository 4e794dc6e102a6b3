#pragma once
// Joins acknowledgements of neighbouring deliveries into ranges, so that a client that acknowledges
// one by one, or a multiple ack over thousands of deliveries, costs a queue one command.
#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "broker/queue/queue_commands.h"
#include "broker/shard_services.h"
#include "session/channel_traffic.h"
#include "session/unacked_delivery.h"

namespace warren::session {

class SettleBatch {
public:
    // Adds one delivery; sends what cannot be joined with it.
    void add(broker::ShardServices& shard, ChannelTraffic& traffic, const UnackedDelivery& delivery,
             broker::Settlement settlement) {
        if (open_ && queue_ == delivery.address() && range_.settlement == settlement &&
            delivery.index.value == range_.last.value + 1) {
            range_.last = delivery.index;
            return;
        }
        flush(shard, traffic);
        open_ = true;
        queue_ = delivery.address();
        queue_type_ = delivery.queue_type;
        range_ = {delivery.index, delivery.index, settlement};
    }

    // Sends the range that is still open. Called before anything that must see the settlements, and
    // at the end of each read.
    void flush(broker::ShardServices& shard, ChannelTraffic& traffic) {
        if (!open_) return;
        open_ = false;
        if (range_.settlement == broker::Settlement::ack)
            traffic.count_delivered(queue_.queue, queue_type_, &DeliveryCounters::acked,
                                    range_.last.value - range_.first.value + 1);
        shard.send(queue_, range_);
    }

private:
    bool open_ = false;
    broker::QueueAddress queue_;
    broker::QueueType queue_type_ = broker::QueueType::classic;
    broker::Settle range_;
};

}  // namespace warren::session
