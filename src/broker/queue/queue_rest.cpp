// A classic queue that has nothing is nothing but a few numbers.
#include "base/ensure.h"
#include "broker/queue/queue.h"

namespace warren::broker {

Rest Queue::rest() const {
    ENSURE(home_.is_here());
    if (!settings_.rests_while_empty() || leaving_ || turn_asked_ || log_asked_ ||
        crowding_ != Crowding::none)
        return Rest::busy;
    if (!ready_.empty() || !unacked_.empty() || !letters_.empty() || !consumers_.empty() ||
        !discarded_.empty())
        return Rest::busy;
    return store_ == nullptr || store_->log().at_rest() ? Rest::resting : Rest::waiting;
}

QueuePast Queue::past() const {
    return {.next_position = next_position_,
            .next_delivery = unacked_.next_index(),
            .last_active = last_active_,
            .counters = stats().counters,
            .ages = ages_ == nullptr || ages_->counts.empty()
                        ? nullptr
                        : std::make_shared<const AgeCounts>(ages_->counts)};
}

void Queue::resume(const QueuePast& past) {
    ENSURE(next_position_ == 1 && store_ == nullptr);
    next_position_ = past.next_position;
    unacked_.start_at(past.next_delivery);
    last_active_ = past.last_active;
    counters_ = past.counters;
    if (past.ages != nullptr) {
        ages_ = std::make_unique<QueueAges>();
        ages_->counts = *past.ages;
    }
}

}  // namespace warren::broker
