#pragma once
// A map from keys that are handed out in rising order to values that are mostly removed in about
// that order: unacknowledged deliveries, outstanding confirms, messages of a queue. Dense keys live
// in a ring (a slot a key, O(1), no allocation); a few stragglers that would keep a long ring alive
// are moved to an ordered map, so that one delivery that is never acknowledged costs one node and
// not a slot for every later one.
//
// Invariant: every key in stragglers_ is below base_; every key in the ring lies in [base_, next_).
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/ensure.h"

namespace warren {

// Value must be default-constructible and movable, with a member `bool vacant() const` that is true
// for Value{}.
template <typename Value>
class SlidingMap {
public:
    using Key = std::uint64_t;

    explicit SlidingMap(Key first_key = 1) : base_(first_key), next_(first_key) {}

    std::size_t size() const { return live_ + stragglers_.size(); }
    bool empty() const { return size() == 0; }
    // The key that the next push_back() gives.
    Key next_key() const { return next_; }

    // Stores a value under the next key and returns that key. The value must not be vacant.
    Key push_back(Value value) {
        if (next_ - base_ == slots_.size()) grow();
        slot(next_) = std::move(value);
        ++live_;
        return next_++;
    }

    // Uses up the next key without storing anything under it.
    Key skip() {
        if (base_ == next_) return base_++, next_++;
        if (next_ - base_ == slots_.size()) grow();
        return next_++;
    }

    Value* find(Key key) { return find_in(*this, key); }
    const Value* find(Key key) const { return find_in(*this, key); }

    // Removes and returns the value under a key that find() has confirmed.
    Value take(Key key) {
        if (key < base_) {
            auto node = stragglers_.extract(key);
            ENSURE(!node.empty());
            return std::move(node.mapped());
        }
        ENSURE(key < next_);
        Value value = std::exchange(slot(key), Value{});
        ENSURE(!value.vacant());
        --live_;
        skip_vacant_front();
        return value;
    }

    // Puts a value that take() gave back under its key.
    void restore(Key key, Value value) {
        ENSURE(key < next_ && find(key) == nullptr && !value.vacant());
        if (key < base_) {
            stragglers_.emplace(key, std::move(value));
            return;
        }
        slot(key) = std::move(value);
        ++live_;
    }

    // Smallest key in use; only when not empty.
    Key first_key() const {
        ENSURE(!empty());
        return stragglers_.empty() ? base_ : stragglers_.begin()->first;
    }

    // Calls visit(key, value) in key order for all keys in [from, to]. visit must not change the
    // map.
    template <typename Visitor>
    void for_each_in(Key from, Key to, Visitor&& visit) {
        for (auto at = stragglers_.lower_bound(from); at != stragglers_.end() && at->first <= to;
             ++at)
            visit(at->first, at->second);
        if (next_ == base_) return;
        const Key last = to < next_ - 1 ? to : next_ - 1;
        for (Key key = from > base_ ? from : base_; key <= last; ++key)
            if (Value& value = slot(key); !value.vacant()) visit(key, value);
    }
    template <typename Visitor>
    void for_each(Visitor&& visit) {
        for_each_in(0, UINT64_MAX, std::forward<Visitor>(visit));
    }

private:
    static constexpr std::size_t slots_min = 16;
    // A ring larger than this with less than one slot in eight in use is cut down to its newest
    // half.
    static constexpr std::size_t sparse_ring_slots = 1024;
    // An empty ring larger than this gives its memory back.
    static constexpr std::size_t released_ring_slots = 8192;

    // As const as the map is.
    template <typename Map>
    using Found = std::conditional_t<std::is_const_v<Map>, const Value*, Value*>;
    template <typename Map>
    static Found<Map> find_in(Map& map, Key key) {
        if (key >= map.base_) {
            if (key >= map.next_) return nullptr;
            auto& value = map.slot(key);
            return value.vacant() ? nullptr : &value;
        }
        const auto found = map.stragglers_.find(key);
        return found == map.stragglers_.end() ? nullptr : &found->second;
    }

    Value& slot(Key key) { return slots_[key & (slots_.size() - 1)]; }
    const Value& slot(Key key) const { return slots_[key & (slots_.size() - 1)]; }

    void skip_vacant_front() {
        while (base_ != next_ && slot(base_).vacant())
            ++base_;
        if (base_ == next_ && slots_.size() > released_ring_slots) slots_ = std::vector<Value>();
    }

    void grow() {
        if (slots_.size() >= sparse_ring_slots && live_ * 8 < slots_.size()) {
            move_old_to_stragglers();
            if (next_ - base_ < slots_.size()) return;
        }
        std::vector<Value> larger(slots_.empty() ? slots_min : slots_.size() * 2);
        for (Key key = base_; key != next_; ++key)
            larger[key & (larger.size() - 1)] = std::move(slot(key));
        slots_ = std::move(larger);
    }

    void move_old_to_stragglers() {
        const Key middle = base_ + slots_.size() / 2;
        for (; base_ != middle; ++base_) {
            Value& value = slot(base_);
            if (value.vacant()) continue;
            stragglers_.emplace_hint(stragglers_.end(), base_, std::exchange(value, Value{}));
            --live_;
        }
        skip_vacant_front();
    }

    std::vector<Value> slots_;         // ring; its size is a power of two, or zero
    Key base_;                         // key of the oldest slot in the ring
    Key next_;                         // key that comes next
    std::size_t live_ = 0;             // values in the ring
    std::map<Key, Value> stragglers_;  // old values that outlived their neighbours
};

}  // namespace warren
