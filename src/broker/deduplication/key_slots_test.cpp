#include "broker/deduplication/key_slots.h"

#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"

namespace warren::broker {
namespace {

struct Node {
    DeduplicationKey key;
    std::uint64_t value = 0;  // 0: none
    bool vacant() const { return value == 0; }
};
using Slots = KeySlots<Node>;

TEST(KeySlots, find_what_was_inserted) {
    Slots slots;
    EXPECT_EQ(slots.find({1, 2}), Slots::no_slot);
    const Slots::Slot slot = slots.insert({{1, 2}, 7});
    EXPECT_EQ(slots.find({1, 2}), slot);
    EXPECT_EQ(slots[slot].value, 7u);
    EXPECT_EQ(slots.find({1, 3}), Slots::no_slot);
    slots.erase(slot);
    EXPECT_EQ(slots.find({1, 2}), Slots::no_slot);
    EXPECT_EQ(slots.size(), 0u);
}

TEST(KeySlots, slots_stay_while_others_come_and_go) {
    Slots slots;
    const Slots::Slot slot = slots.insert({{1, 0}, 7});
    for (std::uint64_t key = 2; key < 5000; ++key)
        slots.insert({{key, 0}, key});
    for (std::uint64_t key = 2; key < 5000; ++key)
        slots.erase(slots.find({key, 0}));
    EXPECT_EQ(slots.find({1, 0}), slot);
    EXPECT_EQ(slots[slot].value, 7u);
}

// Keys that begin their search at the same place, or close by, wrapping around the end.
TEST(KeySlots, are_a_map) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Prng random(seed);
        Slots slots;
        std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> model;
        const std::uint64_t spread = 1 + random.below(40);
        for (std::uint64_t step = 1; step < 2000; ++step) {
            const DeduplicationKey key{
                random.below(spread) * (random.below(2) ? 1 : 0x1'0000'000fu), random.below(4)};
            const auto found = slots.find(key);
            const auto in_model = model.find({key.low, key.high});
            ASSERT_EQ(found != Slots::no_slot, in_model != model.end());
            if (in_model == model.end()) {
                slots.insert({key, step});
                model[{key.low, key.high}] = step;
            } else {
                ASSERT_EQ(slots[found].value, in_model->second);
                if (random.below(2) == 0) continue;
                slots.erase(found);
                model.erase(in_model);
            }
            ASSERT_EQ(slots.size(), model.size());
        }
    }
}

}  // namespace
}  // namespace warren::broker
