#pragma once
// A hash table from keys to nodes that stay where they are: nodes lie in blocks and are named by a
// small number, their slot; eight bytes a place, three quarters of them taken at most, lead there.
// A million nodes cost their own size and some 16 bytes each, and growing never moves them.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ensure.h"
#include "broker/deduplication/deduplication_key.h"

namespace warren::broker {

// `Node` has a member `key`, and is vacant() when it was made without one.
template <typename Node>
class KeySlots {
public:
    using Slot = std::uint32_t;
    static constexpr Slot no_slot = UINT32_MAX;
    static constexpr std::size_t size_max = 1u << 31;
    // Of the table, for each node, about.
    static constexpr std::uint64_t bytes_a_place = 16;

    std::size_t size() const { return size_; }
    Node& operator[](Slot slot) { return (*blocks_[slot / block_nodes])[slot % block_nodes]; }
    const Node& operator[](Slot slot) const {
        return (*blocks_[slot / block_nodes])[slot % block_nodes];
    }

    // no_slot if there is none.
    Slot find(const DeduplicationKey& key) const {
        if (places_.empty()) return no_slot;
        for (std::size_t at = home_of(tag_of(key));; at = next(at)) {
            const Place& place = places_[at];
            if (place.slot == no_slot) return no_slot;
            if (place.tag == tag_of(key) && (*this)[place.slot].key == key) return place.slot;
        }
    }
    // The key must not be here yet.
    Slot insert(Node node) {
        ENSURE(size_ < size_max);
        if ((size_ + 1) * 4 > places_.size() * 3) grow();
        const Slot slot = take_slot();
        put({tag_of(node.key), slot});
        (*this)[slot] = std::move(node);
        ++size_;
        return slot;
    }
    void erase(Slot slot) {
        std::size_t hole = home_of(tag_of((*this)[slot].key));
        while (places_[hole].slot != slot)
            hole = next(hole);
        close(hole);
        (*this)[slot] = Node();
        free_.push_back(slot);
        if (--size_ == 0) start_anew();
    }
    // Room for that many, so that growing does not have to be done in steps.
    void reserve(std::size_t count) {
        const std::size_t wanted = std::bit_ceil(std::min(count, size_max) * 4 / 3 + 1);
        if (wanted > places_.size()) rehash(wanted);
    }
    // Slots are below this; some may be vacant.
    Slot slot_end() const { return slot_end_; }
    bool is_taken(Slot slot) const { return !(*this)[slot].vacant(); }

private:
    static constexpr std::size_t block_nodes = 128;
    static constexpr std::size_t places_min = 16;
    using Block = std::array<Node, block_nodes>;
    struct Place {
        std::uint32_t tag =
            0;  // part of the key's hash; its lowest bits say where the search begins
        Slot slot = no_slot;
    };

    static std::uint32_t tag_of(const DeduplicationKey& key) {
        return static_cast<std::uint32_t>(key.low);
    }
    std::size_t home_of(std::uint32_t tag) const { return tag & (places_.size() - 1); }
    std::size_t next(std::size_t at) const { return (at + 1) & (places_.size() - 1); }

    Slot take_slot() {
        if (!free_.empty()) {
            const Slot slot = free_.back();
            free_.pop_back();
            return slot;
        }
        if (slot_end_ == blocks_.size() * block_nodes) blocks_.push_back(std::make_unique<Block>());
        return slot_end_++;
    }
    // The first block stays: many a table holds one key or none.
    void start_anew() {
        if (blocks_.size() > 1) {
            *this = KeySlots();
            return;
        }
        free_.clear();
        slot_end_ = 0;
    }
    void put(const Place& place) {
        std::size_t at = home_of(place.tag);
        while (places_[at].slot != no_slot)
            at = next(at);
        places_[at] = place;
    }
    void grow() { rehash(std::max(places_min, places_.size() * 2)); }
    void rehash(std::size_t count) {
        std::vector<Place> places(count);
        places.swap(places_);
        for (const Place& place : places)
            if (place.slot != no_slot) put(place);
    }
    // What was put behind the hole because it was taken moves up.
    void close(std::size_t hole) {
        const std::size_t mask = places_.size() - 1;
        for (std::size_t at = next(hole); places_[at].slot != no_slot; at = next(at)) {
            const std::size_t home = home_of(places_[at].tag);
            if (((at - home) & mask) < ((at - hole) & mask)) continue;
            places_[hole] = places_[at];
            hole = at;
        }
        places_[hole] = Place();
    }

    std::vector<std::unique_ptr<Block>> blocks_;
    std::vector<Slot> free_;
    std::vector<Place> places_;  // a power of two, or none
    Slot slot_end_ = 0;
    std::size_t size_ = 0;
};

}  // namespace warren::broker
