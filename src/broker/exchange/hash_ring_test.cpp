#include "broker/exchange/hash_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "base/prng.h"
#include "broker/topology/vhost.h"

namespace warren::broker {
namespace {

class HashRingTest : public ::testing::Test {
protected:
    const Destination& destination(std::size_t index) {
        while (queues_.size() <= index)
            queues_.emplace_back(QueueId{queues_.size() + 1}, vhost_,
                                 std::to_string(queues_.size()));
        return queues_[index];
    }
    std::vector<std::uint64_t> owners() const {
        std::vector<std::uint64_t> numbers;
        for (std::uint64_t bucket = 0; bucket < ring_.bucket_count(); ++bucket)
            numbers.push_back(ring_.owner_of(bucket).number);
        return numbers;
    }

    Vhost vhost_{"/"};
    std::deque<QueueRecord> queues_;
    HashRing ring_;
};

TEST_F(HashRingTest, each_destination_owns_as_many_buckets_as_its_weight) {
    ring_.add(destination(0), 2);
    ring_.add(destination(1), 1);
    ring_.add(destination(2), 3);
    EXPECT_EQ(owners(), (std::vector<std::uint64_t>{1, 1, 2, 3, 3, 3}));
}

TEST_F(HashRingTest, removing_moves_later_buckets_down) {
    for (std::size_t i = 0; i < 3; ++i)
        ring_.add(destination(i), 2);
    ring_.remove(destination(1));
    EXPECT_EQ(owners(), (std::vector<std::uint64_t>{1, 1, 3, 3}));
    ring_.add(destination(1), 1);
    EXPECT_EQ(owners(), (std::vector<std::uint64_t>{1, 1, 3, 3, 2}));
}

TEST_F(HashRingTest, agrees_with_a_list_of_buckets_on_random_changes) {
    Prng random(7);
    std::vector<std::uint64_t> buckets;
    std::vector<bool> in_ring(40);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t index = random.below(in_ring.size());
        const Destination& chosen = destination(index);
        if (in_ring[index]) {
            ring_.remove(chosen);
            std::erase(buckets, chosen.number);
        } else {
            const auto weight = static_cast<std::uint32_t>(1 + random.below(5));
            ring_.add(chosen, weight);
            buckets.insert(buckets.end(), weight, chosen.number);
        }
        in_ring[index] = !in_ring[index];
        ASSERT_EQ(owners(), buckets) << "round " << round;
    }
}

TEST_F(HashRingTest, empty_runs_are_cleared_away) {
    for (std::size_t i = 0; i < 1000; ++i)
        ring_.add(destination(i), 1);
    for (std::size_t i = 0; i < 999; ++i)
        ring_.remove(destination(i));
    EXPECT_LE(ring_.run_count(), 3u);
    EXPECT_EQ(owners(), std::vector<std::uint64_t>{1000});
}

}  // namespace
}  // namespace warren::broker
