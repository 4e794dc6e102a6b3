#pragma once
// Joins acknowledgements of neighbouring deliveries into ranges, so that a client that acknowledges
// one by one, or a multiple ack over thousands of deliveries, costs a queue one command.
#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "broker/queue/queue_commands.h"
#include "broker/shard_services.h"

namespace warren::session {

class SettleBatch {
public:
    // Adds one delivery; sends what cannot be joined with it.
    void add(broker::ShardServices& shard, broker::QueueAddress queue, DeliveryIndex index,
             broker::Settlement settlement) {
        if (open_ && queue_ == queue && range_.settlement == settlement &&
            index.value == range_.last.value + 1) {
            range_.last = index;
            return;
        }
        flush(shard);
        open_ = true;
        queue_ = queue;
        range_ = {index, index, settlement};
    }

    // Sends the range that is still open. Called before anything that must see the settlements, and
    // at the end of each read.
    void flush(broker::ShardServices& shard) {
        if (!open_) return;
        open_ = false;
        shard.send(queue_, range_);
    }

private:
    bool open_ = false;
    broker::QueueAddress queue_;
    broker::Settle range_;
};

}  // namespace warren::session
