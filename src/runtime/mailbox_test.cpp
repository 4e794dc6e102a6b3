#include "runtime/mailbox.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "runtime/shard_group.h"
#include "runtime/turn.h"

namespace warren::runtime {
namespace {

using Batch = std::vector<std::uint64_t>;
constexpr ShardId shard_0{0};
constexpr ShardId shard_1{1};

TEST(mailbox, delivers_the_batches_of_one_sender_in_order) {
    MailboxGrid<Batch> grid(2, [](ShardId) {});
    for (std::uint64_t n = 0; n < 3; ++n) {
        Batch batch{n, n + 10};
        EXPECT_TRUE(grid.post(shard_0, shard_1, batch));
        EXPECT_TRUE(batch.empty());
    }
    EXPECT_TRUE(grid.has_mail(shard_1));
    EXPECT_FALSE(grid.has_mail(shard_0));
    Batch seen;
    const auto count = grid.drain(shard_1, [&](ShardId from, Batch& batch) {
        EXPECT_EQ(from, shard_0);
        seen.insert(seen.end(), batch.begin(), batch.end());
    });
    EXPECT_EQ(count, 3u);
    EXPECT_EQ(seen, (Batch{0, 10, 1, 11, 2, 12}));
    EXPECT_FALSE(grid.has_mail(shard_1));
}

TEST(mailbox, finds_the_mail_of_any_sender_among_many) {
    constexpr std::size_t count = 200;
    MailboxGrid<Batch> grid(count, [](ShardId) {});
    for (const std::uint16_t sender : {0, 63, 64, 199}) {
        Batch batch{sender};
        EXPECT_TRUE(grid.post({sender}, shard_1, batch));
    }
    Batch seen;
    EXPECT_TRUE(grid.has_mail(shard_1));
    EXPECT_EQ(grid.drain(shard_1,
                         [&](ShardId from, Batch& batch) {
                             EXPECT_EQ(batch, Batch{from.value});
                             seen.push_back(from.value);
                         }),
              4u);
    EXPECT_EQ(seen, (Batch{0, 63, 64, 199}));
    EXPECT_FALSE(grid.has_mail(shard_1));
    EXPECT_EQ(grid.drain(shard_1, [](ShardId, Batch&) {}), 0u);
}

TEST(mailbox, what_is_left_of_a_fast_sender_is_mail_for_the_next_turn) {
    MailboxGrid<Batch> grid(2, [](ShardId) {}, 4 * limits::mailbox_slots);
    for (std::uint64_t n = 0; n < limits::mailbox_slots + 1; ++n) {
        Batch batch{n};
        EXPECT_TRUE(grid.post(shard_0, shard_1, batch));
    }
    EXPECT_EQ(grid.drain(shard_1, [](ShardId, Batch&) {}), limits::mailbox_slots);
    EXPECT_TRUE(grid.has_mail(shard_1));
    EXPECT_EQ(grid.drain(shard_1, [](ShardId, Batch&) {}), 1u);
}

TEST(mailbox, keeps_the_batch_with_the_sender_when_the_receiver_is_behind) {
    int wakes = 0;
    MailboxGrid<Batch> grid(2, [&](ShardId) { ++wakes; }, 2);
    Batch batch{1};
    EXPECT_TRUE(grid.post(shard_0, shard_1, batch));
    batch = {2};
    EXPECT_TRUE(grid.post(shard_0, shard_1, batch));
    batch = {3};
    EXPECT_FALSE(grid.post(shard_0, shard_1, batch));
    EXPECT_EQ(batch, Batch{3});
    EXPECT_EQ(wakes, 2);
    grid.drain(shard_1, [](ShardId, Batch&) {});
    EXPECT_TRUE(grid.post(shard_0, shard_1, batch));
}

TEST(mailbox, gives_the_memory_of_a_drained_batch_back_to_its_sender) {
    MailboxGrid<Batch> grid(2, [](ShardId) {});
    Batch batch(1000);
    const auto* const memory = batch.data();
    EXPECT_TRUE(grid.post(shard_0, shard_1, batch));
    grid.drain(shard_1, [](ShardId, Batch&) {});
    batch = {1};
    EXPECT_TRUE(grid.post(shard_0, shard_1, batch));
    EXPECT_EQ(batch.data(), memory);
    EXPECT_TRUE(batch.empty());
}

TEST(mailbox, an_empty_batch_is_not_posted) {
    MailboxGrid<Batch> grid(1, [](ShardId) { FAIL() << "woken for nothing"; });
    Batch batch;
    EXPECT_TRUE(grid.post(shard_0, shard_0, batch));
    EXPECT_FALSE(grid.has_mail(shard_0));
}

// Two shards play ball: each number received is sent back larger by one. Every step crosses threads
// while the other side is about to sleep, so that a lost wake-up would stop the game.
class Player final : public TurnHook {
public:
    Player(MailboxGrid<Batch>& grid, ShardId self, std::uint64_t last)
        : grid_(grid), self_(self), last_(last) {}

    bool end_turn(const Now&) override {
        grid_.drain(self_, [&](ShardId from, Batch& batch) {
            for (const auto number : batch) {
                ASSERT_EQ(number, expected_);
                expected_ += 2;
                if (number < last_) reply_.push_back(number + 1);
                if (number + 1 >= last_) finished_ = true;
            }
            other_ = from;
        });
        return !grid_.post(self_, other_, reply_);
    }
    bool has_mail() const override { return grid_.has_mail(self_); }

    void serve(ShardId to) {
        other_ = to;
        reply_ = {0};
        expected_ = 1;
    }
    bool finished() const { return finished_; }

private:
    MailboxGrid<Batch>& grid_;
    ShardId self_;
    ShardId other_{};
    std::uint64_t last_;
    std::uint64_t expected_ = 0;
    Batch reply_;
    bool finished_ = false;
};

TEST(mailbox, no_wake_up_is_lost_between_shards_that_fall_asleep) {
    ShardGroup group(2);
    MailboxGrid<Batch> grid(2, [&](ShardId shard) { group.wake(shard); });
    Player left(grid, shard_0, 20'000);
    Player right(grid, shard_1, 20'000);
    group[shard_0].add_hook(left);
    group[shard_1].add_hook(right);
    group.start([&](Shard& shard) {
        if (shard.id() == shard_1) right.serve(shard_0);
    });
    bool finished = false;
    while (!finished) {
        finished = true;
        group.run_on_each([&](Shard& shard) {
            const Player& player = shard.id() == shard_0 ? left : right;
            if (!player.finished()) finished = false;
        });
        if (!finished) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    group.stop();
}

}  // namespace
}  // namespace warren::runtime
