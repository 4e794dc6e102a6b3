#include "app/resource_alarms.h"

#include <gtest/gtest.h>

namespace warren::app {
namespace {

using storage::EngineState;

constexpr std::uint64_t gb = 1'000'000'000;

struct FakeProbe final : ResourceProbe {
    std::uint64_t available = 1000;
    std::uint64_t used = 0;
    Result<std::uint64_t, std::string> free = 1000 * gb;
    EngineState state = EngineState::healthy;
    int disk_looks = 0;

    std::uint64_t memory_available_bytes() override { return available; }
    std::uint64_t memory_used_bytes() override { return used; }
    Result<std::uint64_t, std::string> disk_free_bytes() override {
        ++disk_looks;
        return free;
    }
    EngineState storage_state() override { return state; }
};

class Alarms : public ::testing::Test {
protected:
    FakeProbe probe;
    config::Resources limits;
    Instant now{1'000'000};
    std::unique_ptr<ResourceAlarms> made;

    ResourceAlarms& alarms() {
        if (!made) made = std::make_unique<ResourceAlarms>(limits, "rabbit@here", probe);
        return *made;
    }
    // Waits until everything has been looked at again.
    bool check() {
        bool changed = alarms().check(now);
        const Instant end = now.plus_ms(11'000);
        while ((now = alarms().next_check()) <= end)
            changed |= alarms().check(now);
        return changed;
    }
};

TEST_F(Alarms, memory_is_low_above_the_watermark_and_not_at_it) {
    EXPECT_EQ(alarms().memory_limit_bytes(), 600u);
    probe.used = 600;
    EXPECT_FALSE(check());
    EXPECT_EQ(alarms().reason(), "");
    probe.used = 601;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "low on memory");
    EXPECT_TRUE(alarms().memory_low());
    EXPECT_FALSE(check());
    probe.used = 600;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "");
}

TEST_F(Alarms, queues_page_out_above_their_part_of_the_watermark) {
    probe.used = 300;
    check();
    EXPECT_FALSE(alarms().memory_tight());
    probe.used = 301;
    EXPECT_FALSE(check()) << "publishers need not know";
    EXPECT_TRUE(alarms().memory_tight());
    EXPECT_EQ(alarms().reason(), "");
    probe.used = 300;
    check();
    EXPECT_FALSE(alarms().memory_tight());
}

TEST_F(Alarms, an_absolute_watermark_beats_the_share) {
    limits.memory_high_watermark_bytes = 100;
    EXPECT_EQ(alarms().memory_limit_bytes(), 100u);
}

TEST_F(Alarms, the_override_stands_for_the_memory_there_is) {
    limits.memory_available_bytes = 5000;
    limits.disk_free_memory_multiple = 2.0;
    EXPECT_EQ(alarms().memory_limit_bytes(), 3000u);
    EXPECT_EQ(alarms().disk_limit_bytes(), 10'000u);
}

TEST_F(Alarms, a_share_of_nothing_holds_every_publisher_back) {
    limits.memory_high_watermark_share = 0;
    probe.used = 1;
    EXPECT_TRUE(check());
}

TEST_F(Alarms, disk_is_low_below_50_MB_and_not_at_it) {
    probe.free = 50'000'000;
    EXPECT_FALSE(check());
    probe.free = 49'999'999;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "low on disk");
    EXPECT_FALSE(alarms().memory_low());
    probe.free = 50'000'000;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "");
}

TEST_F(Alarms, several_at_once_are_told_together_and_end_one_by_one) {
    probe.used = 700;
    probe.free = 0;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "low on disk & memory");
    probe.used = 0;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "low on disk");
    probe.free = gb;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "");
}

TEST_F(Alarms, a_write_without_space_counts_as_a_full_disk) {
    probe.state = EngineState::disk_full;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "low on disk");
    probe.state = EngineState::healthy;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "");
}

TEST_F(Alarms, a_failed_storage_is_told_before_all_else) {
    probe.used = 700;
    probe.state = EngineState::failed;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "storage failed");
    probe.used = 0;
    EXPECT_FALSE(check());
}

TEST_F(Alarms, free_space_that_is_not_known_leaves_the_alarm_as_it_was) {
    probe.free = 0;
    EXPECT_TRUE(check());
    probe.free = fail(std::string("no such folder"));
    EXPECT_FALSE(check());
    EXPECT_EQ(alarms().reason(), "low on disk");
    probe.free = gb;
    EXPECT_TRUE(check());
}

TEST_F(Alarms, new_limits_hold_at_the_next_look) {
    EXPECT_FALSE(check());
    limits.disk_free_bytes_min = 2000 * gb;
    alarms().set_limits(limits);
    EXPECT_EQ(alarms().next_check(), Instant{});
    EXPECT_TRUE(alarms().check(now));
    EXPECT_EQ(alarms().reason(), "low on disk");
    limits.disk_free_bytes_min = gb;
    alarms().set_limits(limits);
    EXPECT_TRUE(alarms().check(now));
    EXPECT_EQ(alarms().reason(), "");
}

TEST_F(Alarms, a_memory_limit_that_is_changed_outside_is_noticed) {
    probe.used = 500;
    EXPECT_FALSE(check());
    probe.available = 500;
    EXPECT_TRUE(check());
    EXPECT_EQ(alarms().reason(), "low on memory");
}

TEST_F(Alarms, the_disk_is_looked_at_more_often_when_little_is_left) {
    struct Case {
        std::uint64_t spare;
        int looks;
    };
    // In ten seconds.
    for (const auto [spare, looks] : {Case{1000 * gb, 1}, Case{8 * gb, 5}, Case{0, 100}}) {
        made.reset();
        probe.free = limits.disk_free_bytes_min + spare;
        alarms().check(now);
        probe.disk_looks = 0;
        for (const Instant end = now.plus_ms(10'000); now < end; now = now.plus_ms(100))
            alarms().check(now.plus_ms(100));
        EXPECT_EQ(probe.disk_looks, looks) << spare;
    }
}

TEST_F(Alarms, memory_is_looked_at_each_second) {
    alarms().check(now);
    EXPECT_EQ(alarms().next_check(), now.plus_ms(1000));
    probe.used = 700;
    EXPECT_FALSE(alarms().check(now.plus_ms(999)));
    EXPECT_TRUE(alarms().check(now.plus_ms(1000)));
}

}  // namespace
}  // namespace warren::app
