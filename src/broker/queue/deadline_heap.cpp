#include "broker/queue/deadline_heap.h"

#include <functional>

namespace warren::broker {

void DeadlineHeap::push(const Entry& entry) {
    entries_.push_back(entry);
    std::push_heap(entries_.begin(), entries_.end(), std::greater<>{});
}

void DeadlineHeap::pop() {
    std::pop_heap(entries_.begin(), entries_.end(), std::greater<>{});
    entries_.pop_back();
}

void DeadlineHeap::clear() {
    if (entries_.capacity() > entries_kept)
        entries_ = {};
    else
        entries_.clear();
}

}  // namespace warren::broker
