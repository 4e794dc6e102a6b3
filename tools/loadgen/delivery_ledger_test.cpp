#include "delivery_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace loadgen {
namespace {

using Verdict = DeliveryLedger::Verdict;

TEST(delivery_ledger, counts_what_arrives_in_order) {
    DeliveryLedger ledger;
    for (std::uint64_t i = 0; i < 1000; ++i)
        ASSERT_EQ(ledger.accept(i), Verdict::first_time);
    EXPECT_EQ(ledger.unique(), 1000u);
    EXPECT_EQ(ledger.missing(), 0u);
    EXPECT_EQ(ledger.accept(999), Verdict::duplicate);
    EXPECT_EQ(ledger.accept(0), Verdict::duplicate);
    EXPECT_EQ(ledger.unique(), 1000u);
}

TEST(delivery_ledger, knows_what_is_missing) {
    DeliveryLedger ledger;
    for (const std::uint64_t i : {0u, 1u, 4u, 5u, 9u})
        ledger.accept(i);
    EXPECT_EQ(ledger.unique(), 5u);
    EXPECT_EQ(ledger.missing(), 5u);
    for (const std::uint64_t i : {2u, 3u})
        EXPECT_EQ(ledger.accept(i), Verdict::first_time);
    EXPECT_EQ(ledger.missing(), 3u);
    EXPECT_EQ(ledger.accept(4), Verdict::duplicate);
    EXPECT_EQ(ledger.accept(9), Verdict::duplicate);
}

// Several consumers of one queue see interleaved runs: compare with a plain set.
TEST(delivery_ledger, agrees_with_a_set_on_shuffled_input_with_duplicates) {
    std::mt19937_64 random(5);
    for (const std::size_t disorder : {2u, 63u, 64u, 65u, 1000u, 20'000u}) {
        std::vector<std::uint64_t> order;
        for (std::uint64_t i = 0; i < 50'000; ++i) {
            if (random() % 50 != 0) order.push_back(i);
            if (random() % 50 == 0) order.push_back(i);
        }
        for (std::size_t at = 0; at + disorder < order.size(); at += disorder) {
            std::shuffle(order.begin() + static_cast<std::ptrdiff_t>(at),
                         order.begin() + static_cast<std::ptrdiff_t>(at + disorder), random);
        }
        DeliveryLedger ledger;
        std::set<std::uint64_t> model;
        for (const std::uint64_t i : order) {
            const bool fresh = model.insert(i).second;
            ASSERT_EQ(ledger.accept(i), fresh ? Verdict::first_time : Verdict::duplicate) << i;
        }
        EXPECT_EQ(ledger.unique(), model.size());
        EXPECT_EQ(ledger.missing(), *model.rbegin() + 1 - model.size());
    }
}

TEST(delivery_ledger, refuses_a_distance_its_window_cannot_hold) {
    DeliveryLedger ledger;
    EXPECT_EQ(ledger.accept(std::uint64_t{1} << 40), Verdict::too_far_ahead);
    EXPECT_EQ(ledger.accept(0), Verdict::first_time);
    EXPECT_EQ(ledger.unique(), 1u);
}

}  // namespace
}  // namespace loadgen
