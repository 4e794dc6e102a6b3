#include "session/by_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace warren::session {
namespace {

TEST(ByQueueTest, finds_what_was_added_and_nothing_else) {
    std::mt19937_64 random(3);
    ByQueue<std::uint64_t> table;
    EXPECT_EQ(table.find({1}), nullptr);
    std::map<std::uint64_t, std::uint64_t> expected;
    for (std::uint64_t count = 0; count < 2000; ++count) {
        // Neighbours, and numbers from everywhere.
        const std::uint64_t id = count % 2 == 0 ? count + 1 : random() | 1;
        if (expected.contains(id)) continue;
        EXPECT_EQ(table.find({id}), nullptr);
        table.add({id}, count);
        expected[id] = count;
    }
    EXPECT_EQ(table.size(), expected.size());
    for (const auto& [id, value] : expected) {
        ASSERT_NE(table.find({id}), nullptr);
        EXPECT_EQ(*table.find({id}), value);
    }
    EXPECT_EQ(table.find({4000}), nullptr);
}

TEST(ByQueueTest, what_is_dropped_is_gone_and_the_rest_is_found) {
    ByQueue<std::uint64_t> table;
    for (std::uint64_t id = 1; id <= 100; ++id)
        table.add({id}, id * 10);
    table.drop_if([](QueueId queue, std::uint64_t) { return queue.value % 3 != 0; });
    EXPECT_EQ(table.size(), 33u);
    std::uint64_t sum = 0;
    table.for_each([&](QueueId, std::uint64_t value) { sum += value; });
    EXPECT_EQ(sum, 16'830u);
    for (std::uint64_t id = 1; id <= 100; ++id)
        EXPECT_EQ(table.find({id}) != nullptr, id % 3 == 0);
}

}  // namespace
}  // namespace warren::session
