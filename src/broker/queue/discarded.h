#pragma once
// Messages that nobody will ask for any more, after a purge or the end of their queue. They are
// freed a piece at a time: a million at once would hold up everybody on the shard for tens of
// milliseconds.
#include <cstddef>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "broker/queue/holdings.h"
#include "broker/queue/ready_list.h"

namespace warren::broker {

class Discarded {
public:
    bool empty() const { return lists_.empty(); }
    void add(ReadyList&& list) {
        if (!list.empty()) lists_.push_back(std::move(list));
    }
    // As many as a turn may spend its time on; they leave `holdings`.
    void free_some(Holdings& holdings) {
        std::size_t bytes = 0;
        for (std::size_t freed = 0; !empty() && freed < limits::freed_messages_per_turn &&
                                    bytes < limits::freed_bytes_per_turn;
             ++freed) {
            const ReadyMessage gone = lists_.back().pop_front();
            bytes += gone.message->footprint_bytes();
            holdings.leave(*gone.message);
            if (lists_.back().empty()) lists_.pop_back();
        }
    }
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const ReadyList& list : lists_)
            list.for_each(visit);
    }

private:
    std::vector<ReadyList> lists_;
};

}  // namespace warren::broker
