#include "app/housekeeping.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "runtime/shard.h"
#include "storage/background.h"

namespace warren::app {
namespace {

// Work is over at once; that it is, is told when the test wants.
class HeldLane final : public storage::Background {
public:
    void submit(Work work, Work done) override {
        ++submitted;
        work();
        done_ = std::move(done);
    }
    void tell() { std::exchange(done_, nullptr)(); }
    int submitted = 0;

private:
    Work done_;
};

class HousekeepingTest : public testing::Test {
protected:
    HousekeepingTest() { shard_.start(); }
    ~HousekeepingTest() override {
        on_shard([&] { housekeeping_.reset(); });
        shard_.stop();
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
    bool eventually(const std::function<bool()>& condition) {
        for (int tries = 0; tries < 1000; ++tries) {
            bool holds = false;
            on_shard([&] { holds = condition(); });
            if (holds) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    HeldLane lane_;
    runtime::Shard shard_{{}};
    std::optional<Housekeeping> housekeeping_;
};

TEST_F(HousekeepingTest, works_while_queues_do_and_leaves_a_quiet_shard_alone) {
    on_shard([&] {
        housekeeping_.emplace(shard_, lane_);
        EXPECT_EQ(shard_.timers().next_call(), Instant::never());
        housekeeping_->note_activity(1);
        EXPECT_NE(shard_.timers().next_call(), Instant::never());
    });
    EXPECT_TRUE(eventually([&] { return lane_.submitted == 1; }));
    // Nothing has happened since: once more for what was freed late, and then no timer is left. The
    // lane is not asked again before it is done.
    EXPECT_TRUE(eventually([&] { return shard_.timers().next_call() == Instant::never(); }));
    EXPECT_EQ(lane_.submitted, 1);
    on_shard([&] {
        lane_.tell();
        housekeeping_->note_activity(2);
    });
    EXPECT_TRUE(eventually([&] { return lane_.submitted == 2; }));
    on_shard([&] { lane_.tell(); });
}

}  // namespace
}  // namespace warren::app
