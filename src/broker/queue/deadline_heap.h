#pragma once
// The deadlines of those ready messages that do not expire in the order they stand in, earliest
// first.
//
// A message that leaves the queue leaves its entry here; the entry is found stale when it comes up.
// Stale entries are bounded: the owner calls compact() when they outnumber the live ones (see
// ReadyList).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace warren::broker {

class DeadlineHeap {
public:
    struct Entry {
        Instant deadline;
        std::uint64_t position = 0;
        std::uint8_t level = 0;

        friend auto operator<=>(const Entry&, const Entry&) = default;
    };

    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }
    const Entry& earliest() const { return entries_.front(); }
    void push(const Entry& entry);
    void pop();
    // Forgets all entries, and gives the memory back if it is much.
    void clear();
    // Keeps one entry of each message for which is_live(entry) is true.
    template <typename IsLive>
    void compact(IsLive&& is_live) {
        std::erase_if(entries_, [&](const Entry& entry) { return !is_live(entry); });
        std::sort(entries_.begin(), entries_.end());  // a sorted sequence is a heap
        entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
    }

private:
    // Room for more entries than this is not kept.
    static constexpr std::size_t entries_kept = 1024;

    std::vector<Entry> entries_;  // binary heap by deadline, then position
};

}  // namespace warren::broker
