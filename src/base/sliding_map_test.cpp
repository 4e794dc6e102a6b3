#include "base/sliding_map.h"

#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"

namespace warren {
namespace {

struct Number {
    std::uint64_t value = 0;
    bool vacant() const { return value == 0; }
};

TEST(sliding_map, behaves_like_an_ordered_map_under_random_use) {
    Prng random(7);
    SlidingMap<Number> map;
    std::map<std::uint64_t, std::uint64_t> model;
    for (int step = 0; step < 200'000; ++step) {
        // Phases of growth and of decline, so that the ring grows, wraps, thins out and empties.
        const bool growing = (step / 10'000) % 2 == 0;
        if (random.below(10) < (growing ? 7u : 3u) || model.empty()) {
            const std::uint64_t value = random.next() | 1;
            model.emplace(map.push_back({value}), value);
        } else {
            auto at = model.begin();
            if (random.below(4) == 0) at = model.lower_bound(random.below(map.next_key()));
            if (at == model.end()) at = model.begin();
            ASSERT_NE(map.find(at->first), nullptr);
            ASSERT_EQ(map.take(at->first).value, at->second);
            ASSERT_EQ(map.find(at->first), nullptr);
            model.erase(at);
        }
        ASSERT_EQ(map.size(), model.size());
        if (!model.empty()) {
            ASSERT_EQ(map.first_key(), model.begin()->first);
        }
    }
    auto expected = model.begin();
    map.for_each([&](std::uint64_t key, Number& number) {
        ASSERT_EQ(key, expected->first);
        ASSERT_EQ(number.value, expected->second);
        ++expected;
    });
    EXPECT_EQ(expected, model.end());
}

TEST(sliding_map, visits_only_the_asked_range_in_order) {
    SlidingMap<Number> map;
    for (std::uint64_t n = 1; n <= 10; ++n)
        map.push_back({n});
    map.take(4);
    std::vector<std::uint64_t> seen;
    map.for_each_in(3, 6, [&](std::uint64_t key, Number&) { seen.push_back(key); });
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{3, 5, 6}));
}

TEST(sliding_map, skipped_keys_hold_nothing_and_keep_the_order) {
    SlidingMap<Number> map;
    EXPECT_EQ(map.skip(), 1u);
    EXPECT_EQ(map.push_back({20}), 2u);
    for (int n = 0; n < 100; ++n) map.skip();
    EXPECT_EQ(map.push_back({30}), 103u);
    EXPECT_EQ(map.size(), 2u);
    EXPECT_EQ(map.find(50), nullptr);
    map.take(2);
    EXPECT_EQ(map.first_key(), 103u);
}

TEST(sliding_map, takes_back_what_was_taken_wherever_the_window_is_by_then) {
    SlidingMap<Number> map;
    for (std::uint64_t n = 1; n <= 4; ++n) map.push_back({n});
    map.take(1);
    map.take(3);
    map.restore(3, {3});
    map.restore(1, {1});
    EXPECT_EQ(map.size(), 4u);
    EXPECT_EQ(map.first_key(), 1u);
    for (std::uint64_t n = 1; n <= 4; ++n) EXPECT_EQ(map.take(n).value, n);
}

TEST(sliding_map, keeps_a_straggler_while_a_million_neighbours_come_and_go) {
    SlidingMap<Number> map;
    const auto stuck = map.push_back({42});
    for (std::uint64_t n = 0; n < 1'000'000; ++n)
        map.take(map.push_back({1}));
    EXPECT_EQ(map.size(), 1u);
    EXPECT_EQ(map.first_key(), stuck);
    EXPECT_EQ(map.take(stuck).value, 42u);
    EXPECT_TRUE(map.empty());
}

}  // namespace
}  // namespace warren
