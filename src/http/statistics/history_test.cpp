#include "http/statistics/history.h"

#include <gtest/gtest.h>

#include <random>

namespace warren::http::statistics {
namespace {

const RetentionPolicies policies;
constexpr std::int64_t start_s = 1'800'000'000;

std::uint64_t at(const History& history, std::int64_t time_s) {
    const std::array<std::int64_t, 1> times{time_s};
    return history.rows_at(times, 1).front().front();
}

TEST(SeriesTest, rows_come_back_as_they_were_whatever_their_differences) {
    std::mt19937_64 random(7);
    Series series;
    std::vector<std::pair<Tick, Row>> expected;
    Tick tick = 5;
    for (int count = 0; count < 500; ++count) {
        tick += 1 + static_cast<Tick>(random() % 300);
        Row row(3);
        for (auto& column : row)
            column = random() >> (random() % 64);
        series.append(tick, row);
        expected.emplace_back(tick, row);
    }
    std::size_t next = 0;
    series.for_each([&](Tick found_tick, const Row& row) {
        ASSERT_LT(next, expected.size());
        EXPECT_EQ(found_tick, expected[next].first);
        EXPECT_EQ(row, expected[next].second);
        ++next;
    });
    EXPECT_EQ(next, expected.size());
}

TEST(SeriesTest, what_is_dropped_leaves_the_row_that_held_then) {
    Series series;
    for (Tick tick = 10; tick <= 100; tick += 10)
        series.append(tick, Row{tick});
    series.drop_before(55);
    EXPECT_EQ(series.first_tick(), 50u);
    std::vector<Tick> ticks;
    series.for_each([&](Tick tick, const Row& row) {
        EXPECT_EQ(row.front(), tick);
        ticks.push_back(tick);
    });
    EXPECT_EQ(ticks, (std::vector<Tick>{50, 60, 70, 80, 90, 100}));
    series.drop_before(1000);
    EXPECT_EQ(series.first_tick(), 100u);
}

TEST(HistoryTest, a_value_holds_until_the_next_and_was_zero_before) {
    History history(policies.basic);
    history.record(start_s, Row{10});
    history.record(start_s + 50, Row{20});
    EXPECT_EQ(at(history, start_s - 5), 0u);
    EXPECT_EQ(at(history, start_s), 10u);
    EXPECT_EQ(at(history, start_s + 45), 10u);
    EXPECT_EQ(at(history, start_s + 50), 20u);
    EXPECT_EQ(at(history, start_s + 5000), 20u);
}

// The minute in which it began is no exception.
TEST(HistoryTest, a_first_value_does_not_reach_back_to_the_full_minute) {
    constexpr std::int64_t minute_s = 1'200'000;
    History history(policies.basic);
    history.record(minute_s + 30, Row{50});
    const std::vector<std::int64_t> times{minute_s + 30, minute_s + 25, minute_s, minute_s - 60};
    EXPECT_EQ(history.rows_at(times, 1), (std::vector<Row>{{50}, {0}, {0}, {0}}));
}

TEST(HistoryTest, older_values_are_known_more_coarsely_and_at_last_not_at_all) {
    History history(policies.basic);
    for (std::int64_t age = 0; age <= 10'000; age += 5)
        history.record(start_s + age, Row{static_cast<std::uint64_t>(age)});
    EXPECT_EQ(at(history, start_s + 9995), 9995u);
    EXPECT_EQ(at(history, start_s + 9405), 9405u);
    // Of the hour before only each minute is left.
    const std::uint64_t older = at(history, start_s + 7000);
    EXPECT_LE(older, 7000u);
    EXPECT_GE(older, 6930u);
    EXPECT_EQ(at(history, start_s + 3000), 0u);
}

TEST(HistoryTest, what_changes_seldom_is_remembered_as_long) {
    History history(policies.basic);
    const std::pair<std::int64_t, std::uint64_t> changes[] = {
        {0, 5}, {1800, 9}, {3600, 12}, {4800, 13}};
    for (const auto& [age, value] : changes)
        history.record(start_s + age, Row{value});
    EXPECT_EQ(at(history, start_s + 1500), 5u);
    EXPECT_EQ(at(history, start_s + 2100), 9u);
    EXPECT_EQ(at(history, start_s + 3660), 12u);
    EXPECT_EQ(at(history, start_s + 4800), 13u);
}

TEST(HistoryTest, a_day_is_kept_of_what_concerns_all) {
    History history(policies.global);
    for (std::int64_t age = 0; age <= 90'000; age += 5)
        history.record(start_s + age, Row{static_cast<std::uint64_t>(age)});
    const std::uint64_t yesterday = at(history, start_s + 10'000);
    EXPECT_LE(yesterday, 10'000u);
    EXPECT_GE(yesterday, 8000u);
    EXPECT_LT(history.bytes(), 8192u);
}

TEST(HistoryTest, what_does_not_change_costs_no_more_with_time) {
    History history(policies.basic);
    history.record(start_s, Row{1, 2, 3});
    const std::size_t bytes = history.bytes();
    for (std::int64_t age = 5; age <= 3600; age += 5)
        history.record(start_s + age, Row{1, 2, 3});
    EXPECT_EQ(history.bytes(), bytes);
    EXPECT_EQ(history.changed_s(), start_s);
}

TEST(HistoryTest, a_busy_queue_costs_a_few_kilobytes) {
    History history(policies.basic);
    Row row(10, 0);
    for (std::int64_t age = 0; age <= 36'000; age += 5) {
        for (auto& column : row)
            column += 1000;
        history.record(start_s + age, row);
    }
    EXPECT_LT(history.bytes(), 12'000u);
}

}  // namespace
}  // namespace warren::http::statistics
