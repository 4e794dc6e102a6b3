#include "broker/queue/ready_level.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace warren::broker {

bool ReadyLevel::push_back(ReadyMessage&& ready) {
    if (ordered_.empty()) latest_deadline_ = Instant{INT64_MIN};
    ready.indexed = ready.deadline < latest_deadline_;
    if (!ready.indexed) latest_deadline_ = ready.deadline;
    const bool indexed = ready.indexed;
    ordered_.push_back(std::move(ready));
    return indexed;
}

bool ReadyLevel::put_back(ReadyMessage&& ready) {
    if (ordered_.empty()) latest_deadline_ = ready.deadline;
    if (ordered_.empty() || (ready.position < ordered_.front().position &&
                             ready.deadline <= ordered_.front().deadline)) {
        ready.indexed = false;
        ordered_.push_front(std::move(ready));
        return false;
    }
    ready.indexed = ready.has_deadline();
    const bool indexed = ready.indexed;
    const std::uint64_t position = ready.position;
    const bool added = returned_.emplace(position, std::move(ready)).second;
    ENSURE(added);
    return indexed;
}

ReadyMessage ReadyLevel::pop_front() {
    if (front_is_returned()) return std::move(returned_.extract(returned_.begin()).mapped());
    return pop_ordered();
}

const ReadyMessage* ReadyLevel::find(std::uint64_t position) const {
    const auto returned = returned_.find(position);
    if (returned != returned_.end()) return &returned->second;
    const std::size_t index = lower_bound(position);
    if (index == ordered_.size()) return nullptr;
    const ReadyMessage& ready = ordered_[index];
    return ready.position == position && ready.message ? &ready : nullptr;
}

ReadyMessage ReadyLevel::take(std::uint64_t position) {
    if (auto node = returned_.extract(position); !node.empty()) return std::move(node.mapped());
    const std::size_t index = lower_bound(position);
    ENSURE(index < ordered_.size() && ordered_[index].position == position);
    if (index == 0) return pop_ordered();
    ReadyMessage ready = std::move(ordered_[index]);
    ENSURE(ready.message);
    ++gaps_;
    after_removal();
    return ready;
}

std::size_t ReadyLevel::lower_bound(std::uint64_t position) const {
    std::size_t low = 0;
    std::size_t high = ordered_.size();
    // The front is asked for most of the time.
    if (high != 0 && position <= ordered_.front().position) return 0;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (ordered_[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

ReadyMessage ReadyLevel::pop_ordered() {
    ReadyMessage ready = ordered_.pop_front();
    if (gaps_ != 0) after_removal();
    return ready;
}

void ReadyLevel::after_removal() {
    while (!ordered_.empty() && !ordered_.front().message) {
        ordered_.pop_front();
        --gaps_;
    }
    if (gaps_ > gaps_min && gaps_ > ordered_.size() / 2) close_gaps();
}

void ReadyLevel::close_gaps() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < ordered_.size(); ++i) {
        if (!ordered_[i].message) continue;
        if (kept != i) ordered_[kept] = std::move(ordered_[i]);
        ++kept;
    }
    ordered_.truncate(kept);
    gaps_ = 0;
}

void ReadyLevel::check_invariants() const {
    ENSURE(ordered_.empty() || ordered_.front().message);
    std::size_t gaps = 0;
    Instant latest{INT64_MIN};
    for (std::size_t i = 0; i < ordered_.size(); ++i) {
        const ReadyMessage& ready = ordered_[i];
        if (i != 0) ENSURE(ordered_[i - 1].position < ready.position);
        if (!ready.message) {
            ++gaps;
            continue;
        }
        ENSURE(returned_.count(ready.position) == 0);
        if (!ready.indexed) ENSURE(latest <= ready.deadline);
        latest = std::max(latest, ready.deadline);
    }
    ENSURE(ordered_.empty() || latest <= latest_deadline_);
    ENSURE(gaps == gaps_);
    ENSURE(gaps_ <= gaps_min || gaps_ <= ordered_.size() / 2);
    for (const auto& [position, ready] : returned_) {
        ENSURE(ready.message && ready.position == position);
        ENSURE(ready.indexed == ready.has_deadline());
    }
}

}  // namespace warren::broker
