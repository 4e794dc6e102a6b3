#include "histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace loadgen {
namespace {

TEST(histogram, is_exact_for_small_values) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100; ++value)
        histogram.record(value);
    EXPECT_EQ(histogram.quantile(0.5), 50u);
    EXPECT_EQ(histogram.quantile(0.99), 99u);
    EXPECT_EQ(histogram.quantile(1.0), 100u);
    EXPECT_EQ(histogram.quantile(0.0), 1u);
    EXPECT_DOUBLE_EQ(histogram.mean(), 50.5);
}

TEST(histogram, is_within_one_percent_of_a_sorted_list) {
    std::mt19937_64 random(11);
    std::lognormal_distribution<double> latencies(11.0, 2.0);
    Histogram histogram;
    std::vector<std::uint64_t> all;
    for (int i = 0; i < 100'000; ++i) {
        all.push_back(static_cast<std::uint64_t>(latencies(random)));
        histogram.record(all.back());
    }
    std::sort(all.begin(), all.end());
    for (const double fraction : {0.01, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
        const auto rank = static_cast<std::size_t>(fraction * static_cast<double>(all.size()));
        const auto exact = static_cast<double>(all[rank - 1]);
        EXPECT_NEAR(static_cast<double>(histogram.quantile(fraction)), exact, exact * 0.01)
            << fraction;
    }
    EXPECT_EQ(histogram.quantile(1.0), all.back());
}

TEST(histogram, takes_the_largest_value_there_is) {
    Histogram histogram;
    histogram.record(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(histogram.quantile(0.5), std::numeric_limits<std::uint64_t>::max());
}

TEST(histogram, merging_equals_recording_in_one) {
    Histogram one, two, both;
    for (std::uint64_t value = 0; value < 5000; value += 3) {
        one.record(value * value, 2);
        both.record(value * value, 2);
        two.record(value);
        both.record(value);
    }
    one.merge(two);
    EXPECT_EQ(one.count(), both.count());
    EXPECT_EQ(one.max(), both.max());
    EXPECT_DOUBLE_EQ(one.mean(), both.mean());
    for (const double fraction : {0.1, 0.5, 0.9, 0.999}) {
        EXPECT_EQ(one.quantile(fraction), both.quantile(fraction));
    }
}

TEST(histogram, says_zero_when_empty) {
    EXPECT_EQ(Histogram().quantile(0.99), 0u);
    EXPECT_EQ(Histogram().mean(), 0.0);
}

}  // namespace
}  // namespace loadgen
