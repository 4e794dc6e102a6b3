#include "broker/queue/ready_deque.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace warren::broker {

bool ReadyDeque::push_back(ReadyMessage&& ready) {
    if (entries_.empty()) latest_deadline_ = Instant{INT64_MIN};
    ready.indexed = ready.deadline < latest_deadline_;
    if (!ready.indexed) latest_deadline_ = ready.deadline;
    const bool indexed = ready.indexed;
    entries_.push_back(std::move(ready));
    return indexed;
}

void ReadyDeque::push_front(ReadyMessage&& ready) {
    if (entries_.empty()) latest_deadline_ = ready.deadline;
    ready.indexed = false;
    entries_.push_front(std::move(ready));
}

ReadyMessage ReadyDeque::pop_front() {
    ReadyMessage ready = entries_.pop_front();
    if (gaps_ != 0) after_removal();
    return ready;
}

const ReadyMessage* ReadyDeque::find(std::uint64_t position) const {
    const std::size_t index = lower_bound(position);
    if (index == entries_.size()) return nullptr;
    const ReadyMessage& ready = entries_[index];
    return ready.position == position && ready.message ? &ready : nullptr;
}

ReadyMessage ReadyDeque::take(std::uint64_t position) {
    const std::size_t index = lower_bound(position);
    ENSURE(index < entries_.size() && entries_[index].position == position);
    if (index == 0) return pop_front();
    ReadyMessage ready = std::move(entries_[index]);
    ENSURE(ready.message);
    ++gaps_;
    after_removal();
    return ready;
}

std::size_t ReadyDeque::lower_bound(std::uint64_t position) const {
    std::size_t low = 0;
    std::size_t high = entries_.size();
    // The front is asked for most of the time.
    if (high != 0 && position <= entries_.front().position) return 0;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (entries_[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ReadyDeque::after_removal() {
    while (!entries_.empty() && !entries_.front().message) {
        entries_.pop_front();
        --gaps_;
    }
    if (gaps_ > gaps_min && gaps_ > entries_.size() / 2) close_gaps();
}

void ReadyDeque::close_gaps() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (!entries_[i].message) continue;
        if (kept != i) entries_[kept] = std::move(entries_[i]);
        ++kept;
    }
    entries_.truncate(kept);
    gaps_ = 0;
}

void ReadyDeque::check_invariants() const {
    ENSURE(entries_.empty() || entries_.front().message);
    std::size_t gaps = 0;
    Instant latest{INT64_MIN};
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const ReadyMessage& ready = entries_[i];
        if (i != 0) ENSURE(entries_[i - 1].position < ready.position);
        if (!ready.message) {
            ++gaps;
            continue;
        }
        if (!ready.indexed) ENSURE(latest <= ready.deadline);
        latest = std::max(latest, ready.deadline);
    }
    ENSURE(entries_.empty() || latest <= latest_deadline_);
    ENSURE(gaps == gaps_);
    ENSURE(gaps_ <= gaps_min || gaps_ <= entries_.size() / 2);
}

}  // namespace warren::broker
