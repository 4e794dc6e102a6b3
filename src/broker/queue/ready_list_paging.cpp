// Ready messages that only the log holds: how they leave memory and come back.
#include <utility>

#include "base/ensure.h"
#include "broker/queue/ready_list.h"

namespace warren::broker {

void ReadyList::attach(QueueStore& store) {
    ENSURE(store_ == nullptr);
    store_ = &store;
    count_ += store.log().paged().entries;
    bytes_ += store.log().paged().body_bytes;
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        levels_[level].set_has_paged(store.log().has_paged(static_cast<std::uint8_t>(level)));
        mark(level);
    }
}

bool ReadyList::load_front() {
    while (count_ != 0) {
        const auto level = static_cast<std::uint8_t>(top_level());
        if (!levels_[level].front_is_paged()) return true;
        const std::uint64_t paged = store_->log().paged().entries;
        after_load(store_->load(
            level, [this](ReadyMessage&& ready) { enter_loaded(std::move(ready), true); }));
        // A log that brings nothing back would be asked for ever.
        ENSURE(store_->log().paged().entries < paged || !levels_[level].has_paged());
    }
    return false;
}

bool ReadyList::load_expiring(Instant until) {
    QueueStore::Broken broken;
    const bool any = store_->load_expiring(
        until, [this](ReadyMessage&& ready) { enter_loaded(std::move(ready), false); }, broken);
    after_load(broken);
    return any;
}

// It was counted all the time, but for its deadline.
void ReadyList::enter_loaded(ReadyMessage&& ready, bool in_order) {
    if (ready.has_deadline()) ++deadlines_;
    const DeadlineHeap::Entry entry{ready.deadline, ready.position, ready.level};
    ReadyLevel& level = levels_[entry.level];
    if (in_order ? level.push_loaded(std::move(ready)) : level.put_between(std::move(ready)))
        index_deadline(entry);
}

void ReadyList::after_load(const QueueStore::Broken& broken) {
    count_ -= broken.entries;
    bytes_ -= broken.body_bytes;
    for_each_occupied([this](std::size_t level) {
        levels_[level].set_has_paged(store_->log().has_paged(static_cast<std::uint8_t>(level)));
        mark(level);
    });
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
            if (ready.has_deadline()) deadline_out(ready);
            store_->leaves_memory(*ready.message);
        });
    });
}

void ReadyList::lost(std::uint8_t level, std::uint64_t messages, std::uint64_t bytes) {
    ENSURE(level < levels_.size() && messages <= count_ && bytes <= bytes_);
    count_ -= messages;
    bytes_ -= bytes;
    levels_[level].set_has_paged(store_->log().has_paged(level));
    mark(level);
}

ReadyList ReadyList::take_all() {
    ReadyList taken = std::exchange(*this, ReadyList(level_max()));
    store_ = std::exchange(taken.store_, nullptr);
    if (store_ == nullptr) return taken;
    taken.count_ -= store_->log().paged().entries;
    taken.bytes_ -= store_->log().paged().body_bytes;
    taken.for_each_occupied([&](std::size_t level) {
        taken.levels_[level].set_has_paged(false);
        taken.mark(level);
    });
    return taken;
}

}  // namespace warren::broker
