#pragma once
// The one next time that each queue of a shard wants to be woken at. A queue without a wish costs
// nothing.
#include <set>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/ids.h"

namespace warren::cluster {

class QueueTimers {
public:
    // Replaces the queue's earlier wish; Instant::never() takes it back.
    void set(QueueId queue, Instant when) {
        if (auto found = wishes_.find(queue); found != wishes_.end()) {
            if (found->second == when) return;
            order_.erase({found->second, queue});
            wishes_.erase(found);
        }
        if (when == Instant::never()) return;
        wishes_.emplace(queue, when);
        order_.emplace(when, queue);
    }

    Instant next() const { return order_.empty() ? Instant::never() : order_.begin()->first; }

    // Takes the queue that is due first; none if nobody is due by now.
    QueueId take_due(Instant now) {
        if (order_.empty() || order_.begin()->first > now) return {};
        const QueueId queue = order_.begin()->second;
        order_.erase(order_.begin());
        wishes_.erase(queue);
        return queue;
    }

private:
    std::set<std::pair<Instant, QueueId>> order_;
    std::unordered_map<QueueId, Instant> wishes_;
};

}  // namespace warren::cluster
