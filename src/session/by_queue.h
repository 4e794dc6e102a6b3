#pragma once
// Something for each of several queues, found in a few instructions: what a channel counts queue by
// queue. Open addressing; nothing is removed but many at once.
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace warren::session {

template <typename Value>
class ByQueue {
public:
    std::size_t size() const { return size_; }

    // Null if there is none.
    Value* find(QueueId queue) {
        if (slots_.empty()) return nullptr;
        for (std::size_t at = place_of(queue);; at = (at + 1) & mask_) {
            if (slots_[at].queue == queue) return &slots_[at].value;
            if (!slots_[at].queue) return nullptr;
        }
    }
    // There is none so far. Others are at another address afterwards.
    Value& add(QueueId queue, Value value) {
        if (slots_.size() < 2 * (size_ + 1)) grow();
        Slot& slot = free_slot(queue);
        slot = {queue, std::move(value)};
        ++size_;
        return slot.value;
    }
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const Slot& slot : slots_)
            if (slot.queue) visit(slot.queue, slot.value);
    }
    // Those for which drops(queue, value) is true go.
    template <typename Drops>
    void drop_if(Drops&& drops) {
        std::vector<Slot> old(slots_.size());
        std::swap(old, slots_);
        size_ = 0;
        for (Slot& slot : old)
            if (slot.queue && !drops(slot.queue, slot.value)) {
                free_slot(slot.queue) = std::move(slot);
                ++size_;
            }
    }

private:
    struct Slot {
        QueueId queue;  // 0: free
        Value value;
    };
    static constexpr std::size_t slots_min = 4;

    std::size_t place_of(QueueId queue) const {
        return (queue.value * 0x9e37'79b9'7f4a'7c15ULL >> 32) & mask_;
    }
    Slot& free_slot(QueueId queue) {
        std::size_t at = place_of(queue);
        while (slots_[at].queue)
            at = (at + 1) & mask_;
        return slots_[at];
    }
    void grow() {
        std::vector<Slot> old(slots_.empty() ? slots_min : slots_.size() * 2);
        std::swap(old, slots_);
        mask_ = slots_.size() - 1;
        for (Slot& slot : old)
            if (slot.queue) free_slot(slot.queue) = std::move(slot);
    }

    std::vector<Slot> slots_;  // a power of two of them
    std::size_t mask_ = 0;     // of their places
    std::size_t size_ = 0;
};

}  // namespace warren::session
