#pragma once
// Queues that want to hear when the disk has what they logged in a turn (QueueMachine::committed).
// In order of turns.
#include <cstdint>
#include <deque>
#include <vector>

#include "base/ids.h"

namespace warren::cluster {

class CommitWaits {
public:
    void add(QueueId queue, std::uint64_t mark) { turn_.push_back({queue, mark}); }
    // Somebody waits for what this turn has logged.
    bool wanted() const { return !turn_.empty(); }
    // What this turn has logged is on the disk when that commit is.
    void end_turn(std::uint64_t commit) {
        for (const Wait& wait : turn_)
            waiting_.push_back({commit, wait});
        turn_.clear();
    }
    // Calls tell(queue, mark) for all that is durable by now; it may add further ones.
    template <typename Tell>
    void release(std::uint64_t durable, Tell&& tell) {
        while (!waiting_.empty() && waiting_.front().commit <= durable) {
            const Wait wait = waiting_.front().wait;
            waiting_.pop_front();
            tell(wait.queue, wait.mark);
        }
    }

private:
    struct Wait {
        QueueId queue;
        std::uint64_t mark = 0;
    };
    struct Waiting {
        std::uint64_t commit = 0;
        Wait wait;
    };
    std::vector<Wait> turn_;
    std::deque<Waiting> waiting_;
};

}  // namespace warren::cluster
