#pragma once
// What has gathered for one other shard since the last post(), in order. Messages that follow one
// another from one channel to one queue become a single PublishRun: sixteen bytes for each instead
// of a whole ShardMessage, and one look-up of the queue for all of them.
#include <cstddef>
#include <utility>

#include "cluster/shard_message.h"

namespace warren::cluster {

class Outbox {
public:
    template <typename Message>
    void add(Message&& message) {
        batch_.emplace_back(std::forward<Message>(message));
    }
    void add_publish(QueueId queue, broker::MessageRef message,
                     const broker::ConfirmTicket& ticket);

    bool empty() const { return batch_.empty(); }
    // Each message of a run counts.
    std::size_t count() const;
    // To be handed on.
    ShardBatch& batch() { return batch_; }

private:
    ShardBatch batch_;
};

}  // namespace warren::cluster
