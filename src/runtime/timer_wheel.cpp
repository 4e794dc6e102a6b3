#include "runtime/timer_wheel.h"

#include <algorithm>
#include <bit>

#include "base/ensure.h"

namespace warren::runtime {

void TimerNode::link(List& list) {
    list_ = &list;
    next_ = nullptr;
    previous_ = list.last;
    (previous_ != nullptr ? previous_->next_ : list.first) = this;
    list.last = this;
    if (list.occupied != nullptr) *list.occupied |= list.bit;
    ++*list.count;
}

void TimerNode::unlink() {
    if (list_ == nullptr) return;
    (previous_ != nullptr ? previous_->next_ : list_->first) = next_;
    (next_ != nullptr ? next_->previous_ : list_->last) = previous_;
    if (list_->first == nullptr && list_->occupied != nullptr) *list_->occupied &= ~list_->bit;
    --*list_->count;
    list_ = nullptr;
}

TimerWheel::TimerWheel(Instant start) : elapsed_ms_(start.ms) {
    due_.count = &count_;
    for (Level& level : wheel_) {
        for (std::size_t index = 0; index < slots; ++index)
            level.lists[index] = {nullptr, nullptr, &level.occupied, std::uint64_t{1} << index,
                                  &count_};
    }
}

TimerWheel::~TimerWheel() {
    ENSURE(count_ == 0);
}

void TimerWheel::schedule(TimerNode& node, Instant due) {
    node.unlink();
    if (due == Instant::never()) return;
    // Beyond the wheel's reach is beyond anyone's patience.
    constexpr std::int64_t reach_ms = std::int64_t{1} << (digit_bits * levels - 1);
    node.due_ = std::min(due, Instant{elapsed_ms_ + reach_ms});
    place(node);
}

void TimerWheel::place(TimerNode& node) {
    const std::int64_t due_ms = node.due_.ms;
    if (due_ms <= elapsed_ms_) return node.link(due_);
    const auto differing = static_cast<std::uint64_t>(elapsed_ms_ ^ due_ms);
    const std::size_t level =
        std::min((std::bit_width(differing) - std::size_t{1}) / digit_bits, levels - 1);
    const auto digit = static_cast<std::size_t>(due_ms >> (level * digit_bits)) % slots;
    node.link(wheel_[level].lists[digit]);
}

// The lowest level with timers has the earliest: what waits on a higher level differs from
// elapsed_ms_ in a higher digit.
bool TimerWheel::find_first_slot(Slot& found) const {
    for (std::size_t level = 0; level < levels; ++level) {
        const std::uint64_t occupied = wheel_[level].occupied;
        if (occupied == 0) continue;
        const std::size_t shift = level * digit_bits;
        const auto current = static_cast<std::size_t>(elapsed_ms_ >> shift) % slots;
        const auto ahead =
            static_cast<std::size_t>(std::countr_zero(std::rotr(occupied, int(current))));
        const std::int64_t begins_ms = ((elapsed_ms_ >> shift) + static_cast<std::int64_t>(ahead))
                                       << shift;
        found = {level, (current + ahead) % slots, begins_ms};
        return true;
    }
    return false;
}

TimerNode* TimerWheel::pop_due(Instant now) {
    while (due_.first == nullptr) {
        Slot slot{};
        if (!find_first_slot(slot) || slot.begins_ms > now.ms) {
            elapsed_ms_ = std::max(elapsed_ms_, now.ms);
            return nullptr;
        }
        elapsed_ms_ = slot.begins_ms;
        TimerNode::List& list = wheel_[slot.level].lists[slot.index];
        while (TimerNode* node = list.first) {
            node->unlink();
            place(*node);
        }
    }
    TimerNode* node = due_.first;
    node->unlink();
    return node;
}

Instant TimerWheel::next_call() const {
    if (due_.first != nullptr) return {elapsed_ms_};
    Slot slot{};
    return find_first_slot(slot) ? Instant{slot.begins_ms} : Instant::never();
}

}  // namespace warren::runtime
