#include "broker/exchange/number_table.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "base/prng.h"

namespace warren::broker {
namespace {

constexpr auto any = [](std::uint32_t) { return true; };

TEST(NumberTable, finds_numbers_by_hash_and_judgement) {
    NumberTable table;
    EXPECT_EQ(table.find(7, any), NumberTable::none);
    table.insert(7, 1);
    table.insert(7, 2);
    table.insert(8, 3);
    EXPECT_EQ(table.find(7, [](std::uint32_t number) { return number == 2; }), 2u);
    EXPECT_EQ(table.find(7, [](std::uint32_t number) { return number == 3; }), NumberTable::none);
    EXPECT_EQ(table.find(8, any), 3u);
    EXPECT_EQ(table.find(9, any), NumberTable::none);
}

TEST(NumberTable, runs_that_pass_the_end_close_up_again) {
    NumberTable table;
    // Eight slots: two of home 7, the second of which lies at 0, and one each of home 0 and 1.
    for (std::uint32_t number = 0; number < 2; ++number)
        table.insert(7, number);
    table.insert(8, 10);
    table.insert(9, 11);
    table.erase(7, 0);
    EXPECT_EQ(table.find(7, any), 1u);
    EXPECT_EQ(table.find(8, any), 10u);
    EXPECT_EQ(table.find(9, any), 11u);
    EXPECT_EQ(table.size(), 3u);
}

// Hashes of few kinds, so that runs are long, wrap, and are torn open everywhere.
TEST(NumberTable, agrees_with_a_map_while_it_grows_and_shrinks) {
    Prng random(20260202);
    std::map<std::uint32_t, std::uint32_t> hashes;  // by number
    NumberTable table;
    std::uint32_t next = 0;
    for (int round = 0; round < 40'000; ++round) {
        const bool growing = (round / 4000) % 2 == 0;
        if (hashes.empty() || random.below(10) < (growing ? 7u : 3u)) {
            const auto hash = static_cast<std::uint32_t>(random.below(64) * 0x0100'0001u);
            table.insert(hash, next);
            hashes[next++] = hash;
        } else {
            auto victim = hashes.lower_bound(static_cast<std::uint32_t>(random.below(next)));
            if (victim == hashes.end()) victim = hashes.begin();
            table.erase(victim->second, victim->first);
            hashes.erase(victim);
        }
        ASSERT_EQ(table.size(), hashes.size());
        if (round % 500 != 0) continue;
        for (const auto& [number, hash] : hashes)
            ASSERT_EQ(table.find(hash, [&](std::uint32_t found) { return found == number; }),
                      number);
    }
}

}  // namespace
}  // namespace warren::broker
