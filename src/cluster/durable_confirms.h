#pragma once
// Confirms that must not leave before the disk has what they promise: the messages of their turn,
// and the declarations of the queues that took them. In order; kept by turn, as ranges.
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "cluster/confirm_ranges.h"

namespace warren::cluster {

class DurableConfirms {
public:
    // How far something must have come, or has come, on stable storage.
    struct Mark {
        std::uint64_t commit = 0;    // of this shard's log
        std::uint64_t metadata = 0;  // index of the metadata log

        bool covers(const Mark& other) const {
            return commit >= other.commit && metadata >= other.metadata;
        }
    };

    void add(const broker::ConfirmTicket& ticket) { turn_.add(ticket, true); }
    // Somebody waits for what this turn has logged.
    bool wanted() const { return !turn_.empty(); }
    // What this turn has confirmed waits for that.
    void end_turn(const Mark& mark) {
        if (!turn_.empty()) waiting_.emplace_back(mark, std::exchange(turn_, ConfirmRanges()));
    }
    // Calls send(range) for all that is covered by now.
    template <typename Send>
    void release(const Mark& durable, Send&& send) {
        while (!waiting_.empty() && durable.covers(waiting_.front().first)) {
            waiting_.front().second.drain(send);
            waiting_.pop_front();
        }
    }

private:
    ConfirmRanges turn_;
    std::deque<std::pair<Mark, ConfirmRanges>> waiting_;
};

}  // namespace warren::cluster
