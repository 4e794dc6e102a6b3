#pragma once
// What one exchange of type x-message-deduplication remembers: the keys of messages that it has
// passed on, up to x-cache-size of them, each until its time is up (x-cache-ttl). Lives on the
// exchange's home shard.
//
// The life of a key: admit() takes it as under way; settle() says that its message is safe where it
// was sent, and only then does the key go to the log, if there is one: a process that ends before
// must not remember a message that nobody has. withdraw() forgets it instead: its message was
// refused, and the publisher may try again. Forgotten it is in any case when its time is up, or
// when the cache is full and it is the oldest.
//
// Keys whose time is up are found when they are asked for, at the front of the order, and by a hand
// that goes round a few steps with each message: no timer, and none is ever counted as full.
#include <cstdint>
#include <memory>
#include <optional>

#include "broker/deduplication/key_log.h"
#include "broker/deduplication/key_slots.h"

namespace warren::broker {

class DeduplicationCache {
public:
    // `size_max` is at least 1.
    explicit DeduplicationCache(std::uint64_t size_max);

    // Takes back what the log holds, and keeps there what is settled from now on. Before any
    // message comes.
    void attach(const OpenLog& open_log, std::int64_t now_ms);

    struct Verdict {
        bool duplicate = false;
        // Of the original, if it is under way.
        std::uint64_t original = 0;
    };
    // The message of that number, which is above 0 and no other's, comes with this key. Wall clock;
    // the key is remembered until `deadline_ms`.
    Verdict admit(std::uint64_t number, const DeduplicationKey& key, std::int64_t deadline_ms,
                  std::int64_t now_ms);
    // What has become of a message that was admitted. Its key may have been forgotten meanwhile, or
    // be another message's.
    void settle(std::uint64_t number, const DeduplicationKey& key);
    void withdraw(std::uint64_t number, const DeduplicationKey& key);

    // Duplicates that it has found.
    std::uint64_t duplicates() const { return duplicates_; }
    // Keys that it holds; some may be out of date.
    std::uint64_t size() const { return slots_.size(); }
    std::uint64_t size_max() const { return size_max_; }
    // Keys beyond it are forgotten with the next ones that come.
    void set_size_max(std::uint64_t size_max);
    // What its keys take, about.
    std::uint64_t memory_bytes() const { return slots_.size() * bytes_each; }

    // The exchange is deleted. Only destruction may follow.
    void remove();
    void check_invariants() const;

private:
    struct Held {
        DeduplicationKey key;
        std::int64_t deadline_ms = 0;
        std::uint64_t number : 62 = 0;    // of its message while under way, then of its entry
        std::uint64_t under_way : 1 = 0;  // its message is not safe yet
        std::uint64_t logged : 1 = 0;     // the log knows it, and must hear when it leaves
        // Neighbours in the order of arrival.
        std::uint32_t older = 0;
        std::uint32_t newer = 0;
        bool vacant() const { return number == 0; }
    };
    static constexpr std::uint64_t number_max = (std::uint64_t{1} << 62) - 1;
    static_assert(sizeof(Held) == 40);
    using Slots = KeySlots<Held>;
    using Slot = Slots::Slot;
    static constexpr std::uint64_t bytes_each = sizeof(Held) + Slots::bytes_a_place;

    Slot find_under_way(std::uint64_t number, const DeduplicationKey& key) const;
    Slot add(const Held& held);
    void forget(Slot slot);
    void make_room(std::int64_t now_ms);
    void forget_outdated(std::int64_t now_ms);

    std::uint64_t size_max_;
    Slots slots_;
    Slot oldest_ = Slots::no_slot;
    Slot newest_ = Slots::no_slot;
    Slot hand_ = 0;  // the next to be looked at
    std::uint64_t duplicates_ = 0;
    std::unique_ptr<KeyLog> log_;  // null: keys are in memory only
};

}  // namespace warren::broker
