#include "app/shard_unit.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "runtime/shard.h"

namespace warren::app {
namespace {

class NoLane final : public storage::Background {
public:
    void submit(Work, Work done) override { done(); }
};

// One shard that runs, and one that never takes its mail.
class ShardUnitTest : public testing::Test {
protected:
    ShardUnitTest() {
        shard_.start([this] {
            unit_.emplace(shard_, mail_, cluster::ShardLayout(2), config_, lane_);
            unit_->add_first_hooks();
            unit_->add_last_hooks();
        });
    }
    ~ShardUnitTest() override {
        shard_.post_from_any_thread([this] { shard_.stop(); });
        shard_.join();
    }
    void on_shard(std::function<void()> function) {
        std::promise<void> done;
        shard_.post_from_any_thread([&] {
            function();
            done.set_value();
        });
        done.get_future().wait();
    }
    void send_to_the_other() {
        on_shard([&] { unit_->node().send({QueueId{1}, ShardId{1}}, broker::Inspect{}); });
    }

    config::Config config_;
    ShardMail mail_{2, [](ShardId) {}};
    NoLane lane_;
    runtime::Shard shard_{{}};
    std::optional<ShardUnit> unit_;
};

TEST_F(ShardUnitTest, sleeps_while_its_mail_finds_no_room_and_delivers_it_in_the_end) {
    using Clock = std::chrono::steady_clock;
    constexpr std::size_t batches = limits::mailbox_slots + 3;
    for (std::size_t n = 0; n < batches; ++n)
        send_to_the_other();
    std::uint64_t turns = 0;
    const auto begin = Clock::now();
    on_shard([&] {
        EXPECT_TRUE(unit_->node().has_unsent());
        turns = shard_.stats().turns;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    on_shard([&] { turns = shard_.stats().turns - turns; });
    const std::chrono::nanoseconds passed = Clock::now() - begin;
    // As often as it tries again, and no more; some turns are this test's.
    EXPECT_LE(turns, static_cast<std::uint64_t>(passed.count() / limits::mailbox_retry_ns) + 10);
    EXPECT_GE(turns, 2u);

    std::size_t arrived = 0;
    const auto give_up = Clock::now() + std::chrono::seconds(10);
    while (arrived < batches && Clock::now() < give_up)
        mail_.drain({1}, [&](ShardId, cluster::ShardBatch& batch) { arrived += batch.size(); });
    EXPECT_EQ(arrived, batches);
}

}  // namespace
}  // namespace warren::app
