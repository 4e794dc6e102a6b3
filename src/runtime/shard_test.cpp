#include "runtime/shard.h"

#include <gtest/gtest.h>
#include <time.h>

#include <chrono>
#include <future>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/shard_bound.h"
#include "runtime/shard_group.h"
#include "runtime/turn.h"

namespace warren::runtime {
namespace {

class RecordingHook final : public TurnHook {
public:
    RecordingHook(std::string& log, char name) : log_(log), name_(name) {}
    bool end_turn(const Now&) override {
        log_ += name_;
        return std::exchange(again, false);
    }
    bool again = false;

private:
    std::string& log_;
    char name_;
};

TEST(shard, runs_posted_functions_on_its_thread_and_as_itself) {
    Shard shard({.id = ShardId{3}, .processor = std::nullopt});
    std::promise<ShardId> seen;
    shard.start();
    shard.post_from_any_thread([&] { seen.set_value(this_shard()); });
    EXPECT_EQ(seen.get_future().get(), ShardId{3});
    shard.stop();
    shard.join();
}

TEST(shard, runs_hooks_in_order_at_the_end_of_the_turn) {
    Shard shard({});
    std::string log;
    RecordingHook first(log, 'a');
    RecordingHook second(log, 'b');
    shard.add_hook(first);
    shard.add_hook(second);
    shard.post_from_any_thread([&] { log += '1'; });
    shard.post_from_any_thread([&] {
        log += '2';
        shard.stop();
    });
    shard.run();
    EXPECT_EQ(log, "12ab");
}

TEST(shard, takes_another_turn_at_once_when_a_hook_asks) {
    Shard shard({});
    std::string log;
    RecordingHook hook(log, 'h');
    hook.again = true;
    shard.add_hook(hook);
    Timer end(shard.timers(), [&] { shard.stop(); });
    end.schedule(read_clocks().instant.plus_ms(50));
    shard.post_from_any_thread([] {});
    shard.run();
    // The first turn, the one asked for, and the last with the timer; the alarm may ring early
    // once.
    EXPECT_GE(log.size(), 3u);
    EXPECT_LE(log.size(), 4u);
}

TEST(shard, begins_a_turn_at_the_time_that_was_asked_for) {
    constexpr std::int64_t pause_ns = 300'000;
    Shard shard({});
    std::vector<std::int64_t> began;
    class Hook final : public TurnHook {
    public:
        Hook(Shard& shard, std::vector<std::int64_t>& began) : shard_(shard), began_(began) {}
        bool end_turn(const Now&) override {
            began_.push_back(shard_.turn_began_ns());
            if (began_.size() == 5) shard_.stop();
            // The earliest counts.
            shard_.request_turn_at(INT64_MAX - 1);
            shard_.request_turn_at(began_.back() + pause_ns);
            shard_.request_turn_at(began_.back() + 2 * pause_ns);
            shard_.give_way();
            return false;
        }

    private:
        Shard& shard_;
        std::vector<std::int64_t>& began_;
    };
    Hook hook(shard, began);
    shard.add_hook(hook);
    shard.post_from_any_thread([] {});
    shard.run();
    ASSERT_EQ(began.size(), 5u);
    // The posted function may have rung for one turn more.
    EXPECT_GE(began[4] - began[0], 3 * pause_ns);
    EXPECT_EQ(shard.stats().yields, 5u);
}

TEST(shard, counts_turns_that_others_have_noticed) {
    Shard shard({});
    shard.post_from_any_thread([] { std::this_thread::sleep_for(std::chrono::milliseconds(3)); });
    Timer end(shard.timers(), [&] { shard.stop(); });
    end.schedule(read_clocks().instant.plus_ms(30));
    shard.run();
    EXPECT_GE(shard.stats().long_turns, 1u);
    EXPECT_GE(shard.stats().longest_turn_ns, 3'000'000);
    EXPECT_LT(shard.stats().long_turns, shard.stats().turns);
}

TEST(shard, wakes_for_a_timer_at_its_time) {
    Shard shard({});
    const Instant start = read_clocks().instant;
    Instant fired{};
    Timer timer(shard.timers(), [&] {
        fired = shard.now().instant;
        shard.stop();
    });
    timer.schedule(start.plus_ms(30));
    shard.run();
    EXPECT_GE(fired, start.plus_ms(30));
    EXPECT_LE(fired, start.plus_ms(1000));
}

// The time between the instant that was asked for and the call is the machine's: some tries, of
// which the best counts.
TEST(shard, wakes_as_the_millisecond_begins) {
    using std::chrono::steady_clock;
    Shard shard({});
    auto best = steady_clock::duration::max();
    Instant due;
    int tries = 0;
    Timer timer(shard.timers(), [&] {
        const auto late =
            steady_clock::now().time_since_epoch() - std::chrono::milliseconds(due.ms);
        EXPECT_GE(late, steady_clock::duration::zero());
        best = std::min<steady_clock::duration>(best, late);
        if (++tries == 20) return shard.stop();
        due = read_clocks().instant.plus_ms(7);
        timer.schedule(due);
    });
    due = read_clocks().instant.plus_ms(7);
    timer.schedule(due);
    shard.run();
    EXPECT_LT(best, std::chrono::microseconds(900));
}

TEST(shard, sleeps_though_a_timer_is_due_in_ages) {
    Shard shard({});
    Timer never(shard.timers(), [] { ADD_FAILURE(); });
    never.schedule(read_clocks().instant.plus_ms(INT64_MAX / 2));
    Timer end(shard.timers(), [&] { shard.stop(); });
    end.schedule(read_clocks().instant.plus_ms(50));
    shard.run();
    EXPECT_LE(shard.stats().turns, 10u);
}

TEST(shard, a_timer_moved_forward_fires_at_the_earlier_time) {
    Shard shard({});
    const Instant start = read_clocks().instant;
    Timer timer(shard.timers(), [&] { shard.stop(); });
    timer.schedule(start.plus_ms(3'600'000));
    Timer mover(shard.timers(), [&] { timer.schedule(shard.now().instant.plus_ms(10)); });
    mover.schedule(start.plus_ms(10));
    shard.run();
    EXPECT_LE(read_clocks().instant, start.plus_ms(5000));
}

TEST(shard, reads_the_clock_after_it_has_slept) {
    Shard shard({});
    shard.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const Instant before = read_clocks().instant;
    std::promise<Instant> seen;
    shard.post_from_any_thread([&] { seen.set_value(shard.now().instant); });
    EXPECT_GE(seen.get_future().get(), before);
    shard.stop();
    shard.join();
}

std::int64_t thread_cpu_us() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::int64_t{used.tv_sec} * 1'000'000 + used.tv_nsec / 1000;
}

TEST(shard, sleeps_while_nothing_happens) {
    Shard shard({});
    shard.start();
    std::promise<std::pair<std::uint64_t, std::int64_t>> before;
    std::promise<std::pair<std::uint64_t, std::int64_t>> after;
    shard.post_from_any_thread([&] { before.set_value({shard.stats().turns, thread_cpu_us()}); });
    const auto [turns_before, cpu_before] = before.get_future().get();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    shard.post_from_any_thread([&] { after.set_value({shard.stats().turns, thread_cpu_us()}); });
    const auto [turns_after, cpu_after] = after.get_future().get();
    EXPECT_LE(turns_after - turns_before, 2u);
    EXPECT_LE(cpu_after - cpu_before, 10'000);
    shard.stop();
    shard.join();
}

TEST(shard, what_is_posted_after_the_end_is_destroyed_unrun) {
    auto witness = std::make_shared<int>(0);
    {
        Shard shard({});
        shard.stop();
        shard.run();
        shard.post_from_any_thread([witness] { FAIL() << "ran after the end"; });
        EXPECT_EQ(witness.use_count(), 2);
    }
    EXPECT_EQ(witness.use_count(), 1);
}

TEST(shard_group, sets_every_shard_up_on_its_own_thread) {
    ShardGroup group(3);
    std::vector<ShardId> seen(3);
    // None of them gets further before all are here.
    std::latch all(3);
    group.start([&](Shard& shard) {
        all.arrive_and_wait();
        seen[shard.id().value] = this_shard();
    });
    EXPECT_EQ(seen, (std::vector{ShardId{0}, ShardId{1}, ShardId{2}}));
    group.stop();
    group.stop();
}

}  // namespace
}  // namespace warren::runtime
