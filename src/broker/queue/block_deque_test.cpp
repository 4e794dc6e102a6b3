#include "broker/queue/block_deque.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "base/prng.h"

namespace warren::broker {
namespace {

TEST(block_deque, behaves_like_a_deque_under_random_use) {
    Prng random(3);
    BlockDeque<std::unique_ptr<int>, 4> blocks;
    std::deque<int> model;
    for (int step = 0; step < 200'000; ++step) {
        const bool growing = (step / 5'000) % 2 == 0;
        const auto dice = random.below(100);
        if (dice == 0) {
            const std::size_t kept = random.below(model.size() + 1);
            blocks.truncate(kept);
            model.resize(kept);
        } else if (dice < (growing ? 40u : 25u)) {
            blocks.push_back(std::make_unique<int>(step));
            model.push_back(step);
        } else if (dice < (growing ? 70u : 40u)) {
            blocks.push_front(std::make_unique<int>(step));
            model.push_front(step);
        } else if (!model.empty()) {
            ASSERT_EQ(*blocks.pop_front(), model.front());
            model.pop_front();
        }
        ASSERT_EQ(blocks.size(), model.size());
        if (model.empty()) continue;
        ASSERT_EQ(*blocks.front(), model.front());
        ASSERT_EQ(*blocks.back(), model.back());
        const std::size_t index = random.below(model.size());
        ASSERT_EQ(*blocks[index], model[index]);
    }
}

TEST(block_deque, works_on_after_a_large_backlog_has_drained) {
    BlockDeque<int, 4> blocks;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 10'000; ++i)
            blocks.push_back(int{i});
        if (round == 1) blocks.truncate(0);
        for (int i = 0; !blocks.empty(); ++i)
            ASSERT_EQ(blocks.pop_front(), i);
        blocks.push_front(7);
        ASSERT_EQ(blocks.pop_front(), 7);
    }
}

TEST(block_deque, owns_nothing_that_has_left) {
    const auto value = std::make_shared<int>(1);
    BlockDeque<std::shared_ptr<int>, 4> blocks;
    for (int i = 0; i < 10; ++i)
        blocks.push_back(std::shared_ptr<int>(value));
    for (int i = 0; i < 4; ++i)
        blocks.pop_front();
    blocks.truncate(2);
    EXPECT_EQ(value.use_count(), 3);
    blocks.truncate(0);
    EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
}  // namespace warren::broker
