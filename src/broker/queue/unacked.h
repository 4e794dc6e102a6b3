#pragma once
// Messages that were handed out and not settled yet, by delivery index.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/sliding_map.h"
#include "broker/message.h"

namespace warren::broker {

// Number of a record in the queue's table of consumers.
using ConsumerSlot = std::uint32_t;

struct UnackedMessage {
    static constexpr std::uint32_t body_bytes_max = INT32_MAX;

    MessageRef message;
    std::uint64_t position = 0;
    Instant deadline = Instant::never();  // kept for the case of a requeue
    std::uint32_t body_bytes : 31 = 0;
    std::uint32_t logged : 1 = 0;  // the queue's log knows it, and must hear when it leaves
    ConsumerSlot holder = 0;

    bool vacant() const { return !message; }
};
static_assert(sizeof(UnackedMessage) == 32);
static_assert(limits::message_bytes_max <= UnackedMessage::body_bytes_max);

class Unacked {
public:
    std::uint64_t count() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }
    // Of bodies.
    std::uint64_t bytes() const { return bytes_; }
    // The index that the next message gets.
    DeliveryIndex next_index() const { return {entries_.next_key()}; }
    // Before the first message: indices begin here.
    void start_at(DeliveryIndex first) { entries_ = SlidingMap<UnackedMessage>(first.value); }

    DeliveryIndex add(UnackedMessage unacked) {
        bytes_ += unacked.body_bytes;
        return {entries_.push_back(std::move(unacked))};
    }

    // Takes every entry in [first, last] out, in order, and hands it to take(index, entry). Unknown
    // indices are skipped.
    template <typename Taker>
    void take_range(DeliveryIndex first, DeliveryIndex last, Taker&& take) {
        if (first == last) {
            if (entries_.find(first.value) != nullptr) take_one(first.value, take);
            return;
        }
        take_if(first, last, [](const UnackedMessage&) { return true; }, take);
    }
    // As take_range, for the entries of [first, last] that wanted(entry) picks.
    template <typename Wanted, typename Taker>
    void take_if(DeliveryIndex first, DeliveryIndex last, Wanted&& wanted, Taker&& take) {
        std::vector<std::uint64_t> keys = std::move(scratch_);
        keys.clear();
        entries_.for_each_in(first.value, last.value,
                             [&](std::uint64_t key, const UnackedMessage& entry) {
                                 if (wanted(entry)) keys.push_back(key);
                             });
        for (const std::uint64_t key : keys)
            take_one(key, take);
        if (keys.capacity() <= scratch_kept) scratch_ = std::move(keys);
    }
    // Forgets at most so many.
    void drop_oldest(std::size_t count) {
        for (; count != 0 && !empty(); --count)
            take_one(entries_.first_key(), [](DeliveryIndex, UnackedMessage&&) {});
    }
    // The index of the oldest delivery, if there is any.
    std::optional<DeliveryIndex> oldest() const {
        if (empty()) return std::nullopt;
        return DeliveryIndex{entries_.first_key()};
    }
    const UnackedMessage* find(DeliveryIndex index) const { return entries_.find(index.value); }
    // Calls visit(index, entry) for all entries below `end`, oldest delivery first.
    template <typename Visitor>
    void for_each_before(DeliveryIndex end, Visitor&& visit) {
        if (end.value == 0) return;
        entries_.for_each_in(0, end.value - 1, [&](std::uint64_t key, const UnackedMessage& entry) {
            visit(DeliveryIndex{key}, entry);
        });
    }
    template <typename Visitor>
    void for_each(Visitor&& visit) {
        for_each_before(next_index(), [&](DeliveryIndex, const auto& entry) { visit(entry); });
    }

private:
    // A longer list of keys is not kept for the next time.
    static constexpr std::size_t scratch_kept = 1024;

    template <typename Taker>
    void take_one(std::uint64_t key, Taker&& take) {
        UnackedMessage entry = entries_.take(key);
        bytes_ -= entry.body_bytes;
        take(DeliveryIndex{key}, std::move(entry));
    }

    SlidingMap<UnackedMessage> entries_;
    std::uint64_t bytes_ = 0;
    std::vector<std::uint64_t> scratch_;
};

}  // namespace warren::broker
