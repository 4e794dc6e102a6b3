#include "broker/queue/ready_level.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace warren::broker {

ReadyMessage ReadyLevel::pop_front() {
    if (front_is_returned()) return std::move(returned_.extract(returned_.begin()).mapped());
    return ordered().pop_front();
}

bool ReadyLevel::put_back(ReadyMessage&& ready, std::uint64_t first_paged) {
    const bool is_first = !head_.empty() || ready.position < std::min(first_paged, tail_position());
    if (!is_first || !head_.fits_in_front(ready)) return put_between(std::move(ready));
    head_.push_front(std::move(ready));
    return false;
}

bool ReadyLevel::put_between(ReadyMessage&& ready) {
    ready.indexed = ready.has_deadline();
    const bool indexed = ready.indexed;
    const std::uint64_t position = ready.position;
    const bool added = returned_.emplace(position, std::move(ready)).second;
    ENSURE(added);
    return indexed;
}

const ReadyMessage* ReadyLevel::find(std::uint64_t position) const {
    const auto returned = returned_.find(position);
    if (returned != returned_.end()) return &returned->second;
    return (belongs_to_head(position) ? head_ : tail_).find(position);
}

ReadyMessage ReadyLevel::take(std::uint64_t position) {
    if (auto node = returned_.extract(position); !node.empty()) return std::move(node.mapped());
    return (belongs_to_head(position) ? head_ : tail_).take(position);
}

const ReadyMessage* ReadyLevel::first_to_expire() const {
    if (head_.empty()) return tail_.empty() ? nullptr : &tail_.front();
    if (tail_.empty() || head_.front().deadline <= tail_.front().deadline) return &head_.front();
    return &tail_.front();
}

void ReadyLevel::check_invariants() const {
    head_.check_invariants();
    tail_.check_invariants();
    const std::uint64_t tail = tail_position();
    ENSURE(head_.empty() || head_.last_position() < tail);
    for (const auto& [position, ready] : returned_) {
        ENSURE(ready.message && ready.position == position);
        ENSURE(ready.indexed == ready.has_deadline());
        ENSURE(head_.find(position) == nullptr && tail_.find(position) == nullptr);
    }
}

}  // namespace warren::broker
