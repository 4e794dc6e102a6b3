// Ready messages of a quorum queue: those that came back, and what expires.
#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "broker/queue/ready_list.h"

namespace warren::broker {

ReadyMessage ReadyList::pop_returned() {
    ReadyMessage ready = returned_.pop_front();
    count_out(ready);
    return ready;
}

// RabbitMQ: what came back goes first, then level by level from the highest.
std::optional<ReadyMessage> ReadyList::take_expired_at_heads(Instant until) {
    if (!returned_.empty() && returned_.front().deadline <= until) return pop_returned();
    for (std::size_t level = levels_.size(); level-- != 0;) {
        while (levels_[level].front_is_paged() && store_->next_paged_deadline() <= until)
            load_next(static_cast<std::uint8_t>(level));
        if (levels_[level].empty() || levels_[level].front_is_paged() ||
            levels_[level].front().deadline > until)
            continue;
        ReadyMessage ready = levels_[level].pop_front();
        mark(level);
        count_out(ready);
        return ready;
    }
    return std::nullopt;
}

// Of a paged head it is known only that it does not expire before any paged message.
Instant ReadyList::next_deadline_of_heads() const {
    Instant next = returned_.empty() ? Instant::never() : returned_.front().deadline;
    for_each_occupied([&](std::size_t level) {
        next = std::min(next, levels_[level].front_is_paged() ? store_->next_paged_deadline()
                                                              : levels_[level].front().deadline);
    });
    return next;
}

}  // namespace warren::broker
