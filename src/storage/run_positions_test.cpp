#include "storage/run_positions.h"

#include <gtest/gtest.h>

#include "base/prng.h"

namespace warren::storage {
namespace {

TEST(run_positions, cost_as_many_stretches_as_there_are_gaps) {
    std::vector<std::uint64_t> positions;
    for (std::uint64_t position = 1000; position < 21'000; ++position)
        if (position % 500 != 0 || position == 1000) positions.push_back(position);
    const RunPositions run(positions, 1000, 20'999);
    EXPECT_EQ(run.stretches(), 40);
    EXPECT_EQ(run.count(), positions.size());
}

// The same as a plain list of distances.
TEST(run_positions, find_what_a_list_finds) {
    Prng prng(1);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::uint64_t> positions{100};
        std::vector<std::uint32_t> distances{0};
        const std::uint64_t gap = 1 + prng.below(4);
        std::uint64_t last = 100;
        for (int row = 1; row < 60; ++row) {
            const bool damaged = prng.below(10) == 0;
            if (!damaged) last += prng.below(3) == 0 ? 1 + prng.below(gap) : 1;
            positions.push_back(damaged ? prng.below(last + 1) : last);
            distances.push_back(static_cast<std::uint32_t>(last - 100));
        }
        const RunPositions run(positions, 100, last);
        for (std::uint32_t row = 0; row < positions.size(); ++row) {
            ASSERT_EQ(run.distance_of(row), distances[row]);
            ASSERT_EQ(run.knows(row), row == 0 || distances[row] != distances[row - 1]);
        }
        for (std::uint32_t distance = 0; distance < last - 100 + 5; ++distance) {
            const auto found = std::ranges::find(distances, distance);
            std::optional<std::uint32_t> row;
            if (found != distances.end())
                row = static_cast<std::uint32_t>(found - distances.begin());
            ASSERT_EQ(run.row_at(distance), row) << distance;
        }
    }
}

}  // namespace
}  // namespace warren::storage
