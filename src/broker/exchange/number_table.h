#pragma once
// Numbers found by hash: an open-addressing table that holds four octets of hash and the number,
// and leaves it to its user to look whether the number is the one. A look-up that finds nothing
// costs most often one cache line and no comparison.
//
// At most half full, so that runs of neighbours stay short. Shrinks again.
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace warren::broker {

class NumberTable {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    // A number with this hash for which is_it(number) holds, or none.
    template <typename IsIt>
    std::uint32_t find(std::uint32_t hash, IsIt&& is_it) const {
        if (slots_.empty()) return none;
        for (std::size_t at = home_of(hash); slots_[at].number != none; at = after(at))
            if (slots_[at].hash == hash && is_it(slots_[at].number)) return slots_[at].number;
        return none;
    }
    // It must not be there yet; nor may it be `none`.
    void insert(std::uint32_t hash, std::uint32_t number);
    // It must be there.
    void erase(std::uint32_t hash, std::uint32_t number);
    std::size_t size() const { return size_; }

private:
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t number = none;
    };

    std::size_t home_of(std::uint32_t hash) const { return hash & (slots_.size() - 1); }
    std::size_t after(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
    void resize(std::size_t slots);
    void put(Slot slot);

    std::vector<Slot> slots_;  // none, or a power of two
    std::size_t size_ = 0;
};

}  // namespace warren::broker
