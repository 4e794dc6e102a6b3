#include "broker/exchange/edge_table.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "base/prng.h"

namespace warren::broker {
namespace {

TEST(EdgeTable, finds_children_by_parent_and_word) {
    EdgeTable table;
    EXPECT_EQ(table.find(0, 0), nullptr);
    table.insert({.parent = 1, .word = 2, .child = 3, .hints = 4});
    table.insert({.parent = 2, .word = 1, .child = 5, .hints = 0});
    ASSERT_NE(table.find(1, 2), nullptr);
    EXPECT_EQ(table.find(1, 2)->child, 3u);
    EXPECT_EQ(table.find(1, 2)->hints, 4u);
    EXPECT_EQ(table.find(2, 1)->child, 5u);
    EXPECT_EQ(table.find(2, 2), nullptr);
    table.set_hints(1, 2, 9);
    EXPECT_EQ(table.find(1, 2)->hints, 9u);
}

// Grows and shrinks through all sizes up to some thousand, so that runs of neighbours wrap and are
// torn open everywhere.
TEST(EdgeTable, agrees_with_a_map_while_it_grows_and_shrinks) {
    using Place = std::pair<std::uint32_t, std::uint32_t>;
    Prng random(20260303);
    std::map<Place, std::uint32_t> children;
    EdgeTable table;
    for (std::uint32_t round = 0; round < 40'000; ++round) {
        const Place place{static_cast<std::uint32_t>(random.below(64)),
                          static_cast<std::uint32_t>(random.below(64))};
        const bool growing = round / 5000 % 2 == 0;
        const auto found = children.find(place);
        if (found == children.end() && growing) {
            table.insert({.parent = place.first, .word = place.second, .child = round});
            children[place] = round;
        } else if (found != children.end() && !growing) {
            table.erase(place.first, place.second);
            children.erase(found);
        }
        ASSERT_EQ(table.size(), children.size());
        if (round % 1000 != 999) continue;
        for (std::uint32_t parent = 0; parent < 64; ++parent)
            for (std::uint32_t word = 0; word < 64; ++word) {
                const auto expected = children.find({parent, word});
                const TreeEdge* edge = table.find(parent, word);
                ASSERT_EQ(edge != nullptr, expected != children.end());
                if (edge != nullptr) {
                    ASSERT_EQ(edge->child, expected->second);
                }
            }
    }
}

}  // namespace
}  // namespace warren::broker
