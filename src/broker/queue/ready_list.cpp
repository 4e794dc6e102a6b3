#include "broker/queue/ready_list.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/ensure.h"

namespace warren::broker {

ReadyMessage ReadyList::pop_front() {
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
    count_in(ready);
    const DeadlineHeap::Entry entry{ready.deadline, ready.position, ready.level};
    if (levels_[entry.level].put_back(std::move(ready))) index_deadline(entry);
    mark(entry.level);
}

std::optional<ReadyMessage> ReadyList::take_expired(Instant until) {
    ENSURE(until != Instant::never());
    if (deadlines_ == 0) return std::nullopt;
    while (!deadline_heap_.empty() && deadline_heap_.earliest().deadline <= until &&
           levels_[deadline_heap_.earliest().level].find(deadline_heap_.earliest().position) ==
               nullptr)
        deadline_heap_.pop();
    DeadlineHeap::Entry first{Instant::never(), UINT64_MAX, 0};
    if (!deadline_heap_.empty()) first = deadline_heap_.earliest();
    // A level that has nothing in order answers never.
    for_each_occupied([&](std::size_t level) {
        if (levels_[level].ordered_deadline() > std::min(first.deadline, until)) return;
        const ReadyMessage& front = levels_[level].ordered_front();
        first = std::min(first, DeadlineHeap::Entry{front.deadline, front.position, front.level});
    });
    if (first.deadline > until) return std::nullopt;
    ReadyMessage ready = levels_[first.level].take(first.position);
    mark(first.level);
    count_out(ready);
    return ready;
}

Instant ReadyList::next_deadline() const {
    if (deadlines_ == 0) return Instant::never();
    Instant next = Instant::never();
    if (!deadline_heap_.empty()) next = deadline_heap_.earliest().deadline;
    for_each_occupied(
        [&](std::size_t level) { next = std::min(next, levels_[level].ordered_deadline()); });
    return next;
}

std::size_t ReadyList::highest_occupied() const {
    for (std::size_t word = occupied_.size(); word-- != 0;)
        if (occupied_[word] != 0) return word * 64 + 63 - std::countl_zero(occupied_[word]);
    return 0;
}

template <typename Visitor>
void ReadyList::for_each_occupied(Visitor&& visit) const {
    for (std::size_t word = 0; word < occupied_.size(); ++word)
        for (std::uint64_t bits = occupied_[word]; bits != 0; bits &= bits - 1)
            visit(word * 64 + std::countr_zero(bits));
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
    if (!ready.has_deadline()) return;
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
        return ready != nullptr && ready->indexed;
    });
}

void ReadyList::check_invariants() const {
    std::uint64_t count = 0, bytes = 0, deadlines = 0, indexed = 0;
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        levels_[level].check_invariants();
        const bool marked = (occupied_[level / 64] >> (level % 64) & 1) != 0;
        ENSURE(marked == !levels_[level].empty());
        levels_[level].for_each([&](const ReadyMessage& ready) {
            ENSURE(ready.level == level);
            ++count;
            bytes += ready.body_bytes;
            deadlines += ready.has_deadline();
            indexed += ready.indexed;
        });
    }
    ENSURE(count == count_ && bytes == bytes_);
    ENSURE(deadlines == deadlines_ && indexed == indexed_);
    ENSURE(deadline_heap_.size() >= indexed_);
    ENSURE(deadline_heap_.size() <= 2 * indexed_ + stale_deadlines_min);
}

}  // namespace warren::broker
