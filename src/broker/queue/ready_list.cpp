#include "broker/queue/ready_list.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace warren::broker {

ReadyMessage ReadyList::pop_front() {
    if (!returned_.empty()) return pop_returned();
    const std::size_t level = top_level();
    ReadyMessage ready = levels_[level].pop_front();
    mark(level);
    count_out(ready);
    return ready;
}

void ReadyList::push_back(ReadyMessage&& ready) {
    count_in(ready);
    const DeadlineHeap::Entry entry{ready.deadline, ready.position, ready.level};
    if (levels_[entry.level].push_back(std::move(ready))) index_deadline(entry);
    mark(entry.level);
}

void ReadyList::put_back(ReadyMessage&& ready) {
    if (rules_ == ReadyRules::classic) return put_in_place(std::move(ready));
    count_in(ready);
    ready.indexed = false;
    returned_.push_back(std::move(ready));
}

void ReadyList::put_in_place(ReadyMessage&& ready) {
    count_in(ready);
    const DeadlineHeap::Entry entry{ready.deadline, ready.position, ready.level};
    ReadyLevel& level = levels_[entry.level];
    const std::uint64_t first_paged =
        level.has_paged() ? store_->log().first_paged(entry.level) : UINT64_MAX;
    if (level.put_back(std::move(ready), first_paged)) index_deadline(entry);
    mark(entry.level);
}

std::optional<ReadyMessage> ReadyList::take_expired(Instant until) {
    ENSURE(until != Instant::never());
    if (!has_deadlines()) return std::nullopt;
    if (rules_ == ReadyRules::quorum) return take_expired_at_heads(until);
    DeadlineHeap::Entry first = earliest_in_memory(until);
    while (store_ != nullptr && store_->next_paged_deadline() <= std::min(first.deadline, until) &&
           load_expiring(until))
        first = earliest_in_memory(until);
    if (first.deadline > until) return std::nullopt;
    ReadyMessage ready = levels_[first.level].take(first.position);
    mark(first.level);
    count_out(ready);
    return ready;
}

// Deadline never if none is at or before `until`.
DeadlineHeap::Entry ReadyList::earliest_in_memory(Instant until) {
    while (!deadline_heap_.empty() && deadline_heap_.earliest().deadline <= until &&
           !is_current(deadline_heap_.earliest()))
        deadline_heap_.pop();
    DeadlineHeap::Entry first{Instant::never(), UINT64_MAX, 0};
    if (!deadline_heap_.empty() && deadline_heap_.earliest().deadline <= until)
        first = deadline_heap_.earliest();
    for_each_occupied([&](std::size_t level) {
        const ReadyMessage* ready = levels_[level].first_to_expire();
        if (ready == nullptr || ready->deadline > until) return;
        first =
            std::min(first, DeadlineHeap::Entry{ready->deadline, ready->position, ready->level});
    });
    return first;
}

std::optional<ReadyMessage> ReadyList::take(std::uint8_t level, std::uint64_t position) {
    if (levels_[level].find(position) == nullptr) return std::nullopt;
    ReadyMessage ready = levels_[level].take(position);
    mark(level);
    count_out(ready);
    return ready;
}

Instant ReadyList::next_deadline() const {
    if (rules_ == ReadyRules::quorum) return next_deadline_of_heads();
    Instant next = store_ == nullptr ? Instant::never() : store_->next_paged_deadline();
    if (deadlines_ == 0) return next;
    if (!deadline_heap_.empty()) next = std::min(next, deadline_heap_.earliest().deadline);
    for_each_occupied([&](std::size_t level) {
        if (const ReadyMessage* ready = levels_[level].first_to_expire())
            next = std::min(next, ready->deadline);
    });
    return next;
}

std::size_t ReadyList::highest_occupied() const {
    for (std::size_t word = occupied_.size(); word-- != 0;)
        if (occupied_[word] != 0) return word * 64 + 63 - std::countl_zero(occupied_[word]);
    return 0;
}

void ReadyList::mark(std::size_t level) {
    const std::uint64_t bit = std::uint64_t{1} << (level % 64);
    if (levels_[level].empty())
        occupied_[level / 64] &= ~bit;
    else
        occupied_[level / 64] |= bit;
}

void ReadyList::count_in(const ReadyMessage& ready) {
    ++count_;
    bytes_ += ready.body_bytes;
    if (ready.has_deadline()) ++deadlines_;
}

void ReadyList::count_out(const ReadyMessage& ready) {
    --count_;
    bytes_ -= ready.body_bytes;
    if (ready.has_deadline()) deadline_out(ready);
}

void ReadyList::deadline_out(const ReadyMessage& ready) {
    if (ready.indexed) --indexed_;
    if (--deadlines_ == 0) deadline_heap_.clear();
    drop_stale_deadlines();
}

void ReadyList::index_deadline(const DeadlineHeap::Entry& entry) {
    ++indexed_;
    deadline_heap_.push(entry);
    drop_stale_deadlines();
}

void ReadyList::drop_stale_deadlines() {
    if (deadline_heap_.size() <= 2 * indexed_ + stale_deadlines_min) return;
    deadline_heap_.compact([this](const DeadlineHeap::Entry& entry) {
        const ReadyMessage* ready = levels_[entry.level].find(entry.position);
        return ready != nullptr && ready->indexed && ready->deadline == entry.deadline;
    });
}

// A message that was paged meanwhile may be back with a deadline that a clock has moved.
bool ReadyList::is_current(const DeadlineHeap::Entry& entry) const {
    const ReadyMessage* ready = levels_[entry.level].find(entry.position);
    return ready != nullptr && ready->deadline == entry.deadline;
}

void ReadyList::check_invariants() const {
    std::uint64_t count = 0, bytes = 0, deadlines = 0, indexed = 0;
    for (std::size_t i = 0; i < returned_.size(); ++i) {
        ENSURE(rules_ == ReadyRules::quorum && returned_[i].message && !returned_[i].indexed);
        ++count;
        bytes += returned_[i].body_bytes;
        deadlines += returned_[i].has_deadline();
    }
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        levels_[level].check_invariants();
        const bool marked = (occupied_[level / 64] >> (level % 64) & 1) != 0;
        ENSURE(marked == !levels_[level].empty());
        const bool has_paged =
            store_ != nullptr && store_->log().has_paged(static_cast<std::uint8_t>(level));
        ENSURE(levels_[level].has_paged() == has_paged);
        if (has_paged)
            ENSURE(store_->log().first_paged(static_cast<std::uint8_t>(level)) <
                   levels_[level].tail_position());
        levels_[level].for_each([&](const ReadyMessage& ready) {
            ENSURE(ready.level == level);
            ++count;
            bytes += ready.body_bytes;
            deadlines += ready.has_deadline();
            indexed += ready.indexed;
        });
    }
    ENSURE(count == count_ && bytes == bytes_);
    const storage::PagedFigures paged =
        store_ == nullptr ? storage::PagedFigures{} : store_->log().paged();
    ENSURE(paged.entries == paged_count_ && paged.body_bytes == paged_bytes_);
    ENSURE(deadlines == deadlines_ && indexed == indexed_);
    ENSURE(deadline_heap_.size() >= indexed_);
    ENSURE(deadline_heap_.size() <= 2 * indexed_ + stale_deadlines_min);
}

}  // namespace warren::broker
