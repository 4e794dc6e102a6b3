// Ready messages that only the log holds: how they leave memory and come back.
#include <utility>

#include "base/ensure.h"
#include "broker/queue/ready_list.h"

namespace warren::broker {

void ReadyList::attach(QueueStore& store) {
    ENSURE(store_ == nullptr);
    store_ = &store;
    recount_paged();
}

bool ReadyList::load_front() {
    while (!empty()) {
        const auto level = static_cast<std::uint8_t>(top_level());
        if (!levels_[level].front_is_paged()) return true;
        load_next(level);
    }
    return false;
}

void ReadyList::load_next(std::uint8_t level) {
    const std::uint64_t paged = store_->log().paged().entries;
    store_->load(level, [this](ReadyMessage&& ready) { enter_loaded(std::move(ready), true); });
    recount_paged();
    // A log that brings nothing back would be asked for ever.
    ENSURE(paged_count_ < paged || !levels_[level].has_paged());
}

bool ReadyList::load_expiring(Instant until) {
    const bool any = store_->load_expiring(
        until, [this](ReadyMessage&& ready) { enter_loaded(std::move(ready), false); });
    recount_paged();
    return any;
}

void ReadyList::enter_loaded(ReadyMessage&& ready, bool in_order) {
    count_in(ready);
    const DeadlineHeap::Entry entry{ready.deadline, ready.position, ready.level};
    ReadyLevel& level = levels_[entry.level];
    if (in_order ? level.push_loaded(std::move(ready)) : level.put_between(std::move(ready)))
        index_deadline(entry);
}

void ReadyList::recount_paged() {
    const storage::PagedFigures& paged = store_->log().paged();
    paged_count_ = paged.entries;
    paged_bytes_ = paged.body_bytes;
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        levels_[level].set_has_paged(store_->log().has_paged(static_cast<std::uint8_t>(level)));
        mark(level);
    }
}

std::vector<PriorityCount> ReadyList::count_by_level() const {
    std::vector<PriorityCount> counts;
    for_each_occupied([&](std::size_t level) {
        const auto priority = static_cast<std::uint8_t>(level);
        const std::uint64_t paged = store_ == nullptr ? 0 : store_->log().paged_entries(priority);
        const std::uint64_t count = levels_[level].count() + paged;
        if (count != 0) counts.push_back({priority, count});
    });
    return counts;
}

std::uint64_t ReadyList::tail_position() const {
    std::uint64_t lowest = UINT64_MAX;
    for_each_occupied(
        [&](std::size_t level) { lowest = std::min(lowest, levels_[level].tail_position()); });
    return lowest;
}

void ReadyList::page_out(std::uint64_t through) {
    for_each_occupied([&](std::size_t level) {
        levels_[level].page_out(through, [&](ReadyMessage&& ready) {
            ENSURE(ready.logged);
            count_out(ready);
            // The log counts it only when all queues have told what they keep.
            ++paged_count_;
            paged_bytes_ += ready.body_bytes;
            store_->leaves_memory(*ready.message);
        });
    });
}

ReadyList ReadyList::take_all() {
    ReadyList taken = std::exchange(*this, ReadyList(level_max(), rules_));
    store_ = std::exchange(taken.store_, nullptr);
    if (store_ == nullptr) return taken;
    taken.paged_count_ = taken.paged_bytes_ = 0;
    taken.for_each_occupied([&](std::size_t level) {
        taken.levels_[level].set_has_paged(false);
        taken.mark(level);
    });
    return taken;
}

}  // namespace warren::broker
