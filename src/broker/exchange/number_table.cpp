#include "broker/exchange/number_table.h"

namespace warren::broker {

namespace {
constexpr std::size_t slots_min = 8;
}

void NumberTable::insert(std::uint32_t hash, std::uint32_t number) {
    if ((size_ + 1) * 2 > slots_.size()) resize(slots_.empty() ? slots_min : slots_.size() * 2);
    put({hash, number});
    ++size_;
}

// What comes behind in the same run moves up where its home allows it, so that no mark of an erased
// slot is needed.
void NumberTable::erase(std::uint32_t hash, std::uint32_t number) {
    std::size_t hole = home_of(hash);
    while (slots_[hole].number != number)
        hole = after(hole);
    for (std::size_t at = after(hole); slots_[at].number != none; at = after(at)) {
        const std::size_t mask = slots_.size() - 1;
        const std::size_t from_home = (at - home_of(slots_[at].hash)) & mask;
        if (from_home < ((at - hole) & mask)) continue;
        slots_[hole] = slots_[at];
        hole = at;
    }
    slots_[hole] = {};
    --size_;
    if (size_ == 0)
        resize(0);
    else if (slots_.size() > slots_min && size_ * 8 < slots_.size())
        resize(slots_.size() / 2);
}

void NumberTable::resize(std::size_t slots) {
    std::vector<Slot> old(slots);
    old.swap(slots_);
    for (const Slot& slot : old)
        if (slot.number != none) put(slot);
}

void NumberTable::put(Slot slot) {
    std::size_t at = home_of(slot.hash);
    while (slots_[at].number != none)
        at = after(at);
    slots_[at] = slot;
}

}  // namespace warren::broker
