#pragma once
// What a shard counts of its queues, but for those that exchanges delay messages in.
#include <array>
#include <cstdint>

#include "broker/queue/queue_sums.h"

namespace warren::cluster {

struct QueueCounts {
    std::uint64_t queues = 0;  // now
    // Since the node has started.
    std::uint64_t created = 0;
    std::uint64_t deleted = 0;
    // Messages that quorum queues have given up at their delivery limit; by DeadLetterStrategy.
    std::array<std::uint64_t, 3> given_up{};
    // Dead letters of at-least-once queues that every queue they were routed to has confirmed.
    std::uint64_t letters_confirmed = 0;

    void add(const QueueCounts& more) {
        queues += more.queues;
        created += more.created;
        deleted += more.deleted;
        for (std::size_t strategy = 0; strategy < given_up.size(); ++strategy)
            given_up[strategy] += more.given_up[strategy];
        letters_confirmed += more.letters_confirmed;
    }
};

}  // namespace warren::cluster
