#include "broker/deduplication/deduplication_cache.h"

#include <algorithm>
#include <vector>

#include "base/ensure.h"

namespace warren::broker {

namespace {
// Steps of the hand with each message: enough to be round before as many more have come as a full
// cache holds.
constexpr int hand_steps = 2;
}  // namespace

DeduplicationCache::DeduplicationCache(std::uint64_t size_max) {
    set_size_max(size_max);
}

void DeduplicationCache::set_size_max(std::uint64_t size_max) {
    ENSURE(size_max != 0);
    size_max_ = std::min<std::uint64_t>(size_max, Slots::size_max);
}

void DeduplicationCache::attach(const OpenLog& open_log, std::int64_t now_ms) {
    ENSURE(log_ == nullptr && slots_.size() == 0);
    // Runs come after the younger keys of the write-ahead log.
    std::vector<LoggedKey> keys;
    log_ = std::make_unique<KeyLog>(
        open_log, [&](std::uint64_t count) { keys.reserve(keys.size() + count); },
        [&](const LoggedKey& logged) { keys.push_back(logged); });
    std::ranges::sort(keys, {}, &LoggedKey::position);
    slots_.reserve(std::min<std::uint64_t>(keys.size(), size_max_));
    for (const LoggedKey& logged : keys) {
        // Of two entries for a key the newer counts: the older was outdated.
        const Slot before = slots_.find(logged.key);
        if (before != Slots::no_slot) forget(before);
        if (logged.deadline_ms <= now_ms) {
            log_->settle(logged.position);
            continue;
        }
        make_room(now_ms);
        add({.key = logged.key,
             .deadline_ms = logged.deadline_ms,
             .number = logged.position & number_max,
             .logged = true});
    }
}

DeduplicationCache::Verdict DeduplicationCache::admit(std::uint64_t number,
                                                      const DeduplicationKey& key,
                                                      std::int64_t deadline_ms,
                                                      std::int64_t now_ms) {
    ENSURE(number != 0 && number <= number_max);
    if (const Slot slot = slots_.find(key); slot != Slots::no_slot) {
        const Held& held = slots_[slot];
        if (held.deadline_ms > now_ms) {
            ++duplicates_;
            return {.duplicate = true, .original = held.under_way ? held.number : 0};
        }
        forget(slot);
    }
    forget_outdated(now_ms);
    make_room(now_ms);
    add({.key = key, .deadline_ms = deadline_ms, .number = number & number_max, .under_way = true});
    return {};
}

void DeduplicationCache::settle(std::uint64_t number, const DeduplicationKey& key) {
    const Slot slot = find_under_way(number, key);
    if (slot == Slots::no_slot) return;
    Held& held = slots_[slot];
    held.under_way = false;
    if (log_ == nullptr) return;
    const std::uint64_t position = log_->last_position() + 1;
    log_->append({key, position, held.deadline_ms});
    held.number = position & number_max;
    held.logged = true;
}

void DeduplicationCache::withdraw(std::uint64_t number, const DeduplicationKey& key) {
    if (const Slot slot = find_under_way(number, key); slot != Slots::no_slot) forget(slot);
}

void DeduplicationCache::remove() {
    if (log_ != nullptr) log_->remove();
}

DeduplicationCache::Slot DeduplicationCache::find_under_way(std::uint64_t number,
                                                            const DeduplicationKey& key) const {
    const Slot slot = slots_.find(key);
    if (slot == Slots::no_slot) return slot;
    const Held& held = slots_[slot];
    return held.under_way && held.number == number ? slot : Slots::no_slot;
}

DeduplicationCache::Slot DeduplicationCache::add(const Held& held) {
    const Slot slot = slots_.insert(held);
    slots_[slot].older = newest_;
    slots_[slot].newer = Slots::no_slot;
    (newest_ == Slots::no_slot ? oldest_ : slots_[newest_].newer) = slot;
    newest_ = slot;
    return slot;
}

void DeduplicationCache::forget(Slot slot) {
    const Held held = slots_[slot];
    (held.older == Slots::no_slot ? oldest_ : slots_[held.older].newer) = held.newer;
    (held.newer == Slots::no_slot ? newest_ : slots_[held.newer].older) = held.older;
    if (held.logged) log_->settle(held.number);
    slots_.erase(slot);
}

// For one more.
void DeduplicationCache::make_room(std::int64_t now_ms) {
    while (slots_.size() >= size_max_) {
        const std::uint64_t size = slots_.size();
        forget_outdated(now_ms);
        if (slots_.size() == size) forget(oldest_);
    }
}

void DeduplicationCache::forget_outdated(std::int64_t now_ms) {
    for (int step = 0; step < hand_steps && oldest_ != Slots::no_slot; ++step) {
        if (slots_[oldest_].deadline_ms <= now_ms) {
            forget(oldest_);
            continue;
        }
        if (hand_ >= slots_.slot_end()) hand_ = 0;
        const Slot at = hand_++;
        if (slots_.is_taken(at) && slots_[at].deadline_ms <= now_ms) forget(at);
    }
}

void DeduplicationCache::check_invariants() const {
    std::uint64_t count = 0;
    Slot before = Slots::no_slot;
    for (Slot slot = oldest_; slot != Slots::no_slot; slot = slots_[slot].newer) {
        ENSURE(slots_[slot].older == before);
        ENSURE(slots_.find(slots_[slot].key) == slot);
        ENSURE(!slots_[slot].logged || (log_ != nullptr && !slots_[slot].under_way));
        before = slot;
        ++count;
    }
    ENSURE(before == newest_);
    ENSURE(count == slots_.size() && count <= size_max_);
}

}  // namespace warren::broker
