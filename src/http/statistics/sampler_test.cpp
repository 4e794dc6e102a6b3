#include "http/statistics/sampler.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "broker/topology/topology.h"
#include "http/reports_test_support.h"
#include "http/statistics/rows.h"

namespace warren::http::statistics {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;

// Tells what it is given, before each answer.
class ScriptedReports final : public QuietReports {
public:
    void survey_changes(Instant, ShowQueues show, Then<NodeSums> then) override {
        if (before_answer) before_answer();
        show(changed);
        changed.clear();
        then({});
    }

    ChangedQueues changed;
    std::function<void()> before_answer;
};

// A node that says what it is told to, and a clock that goes where it is put.
class SamplerTest : public ::testing::Test, private Delays {
protected:
    Sampler& start(std::size_t bytes_max = 1u << 20) {
        sampler_.emplace(SamplerParts{.reports = node_,
                                      .delays = *this,
                                      .topology = topology_,
                                      .now = [this] { return now_; },
                                      .gauges = [] { return NodeGauges{}; }},
                         SamplerSettings{.interval_ms = 5000, .bytes_max = bytes_max});
        sampler_->start();
        return *sampler_;
    }
    // The time passes that it has put its next look off for.
    void look_again() {
        pass_ms(delay_ms_);
        std::exchange(next_look_, nullptr)();
    }
    void pass_ms(std::int64_t ms) {
        now_.instant = now_.instant.plus_ms(ms);
        now_.wall.ms += ms;
    }
    static std::pair<QueueId, broker::QueueStats> queue_with(std::uint64_t id,
                                                             std::uint64_t published) {
        broker::QueueStats stats;
        stats.counters.published = published;
        return {QueueId{id}, stats};
    }
    std::uint64_t published(std::uint64_t id, std::int64_t seconds_ago) {
        const History* history = sampler_->of_queue({id});
        const std::array<std::int64_t, 1> times{sampler_->time_s() - seconds_ago};
        return history->rows_at(times, message::count).front()[message::publish];
    }

    Now now_{.instant = {1'000'000}, .wall = {1'800'000'000'000}};
    ScriptedReports node_;
    std::int64_t delay_ms_ = 0;

private:
    void after_ms(std::int64_t ms, std::move_only_function<void()> work) override {
        delay_ms_ = ms;
        next_look_ = std::move(work);
    }

    broker::Topology topology_;
    std::optional<Sampler> sampler_;
    std::move_only_function<void()> next_look_;
};

TEST_F(SamplerTest, every_queue_that_has_worked_gets_its_sample) {
    constexpr std::uint64_t queues = 10'000;
    for (std::uint64_t id = 1; id <= queues; ++id)
        node_.changed.push_back(queue_with(id, id));
    const Sampler& sampler = start(64u << 20);
    for (std::uint64_t id = 1; id <= queues; ++id) {
        ASSERT_NE(sampler.of_queue({id}), nullptr);
        ASSERT_EQ(published(id, 0), id);
    }
    EXPECT_EQ(sampler.of_queue({queues + 1}), nullptr);
}

TEST_F(SamplerTest, a_queue_has_counted_nothing_before_it_was_seen) {
    node_.changed = {queue_with(1, 70)};
    start();
    EXPECT_EQ(published(1, 0), 70u);
    EXPECT_EQ(published(1, 5), 0u);
    node_.changed = {queue_with(1, 100)};
    look_again();
    EXPECT_EQ(published(1, 0), 100u);
    EXPECT_EQ(published(1, 5), 70u);
}

TEST_F(SamplerTest, histories_of_queues_that_rest_go_first_when_memory_is_full) {
    constexpr std::size_t bytes_max = 100'000;
    node_.changed = {queue_with(1, 1)};
    Sampler& sampler = start(bytes_max);
    std::uint64_t last = 1;
    for (std::uint64_t look = 0; look < 50; ++look) {
        node_.changed = {queue_with(1'000'000, look)};
        for (int count = 0; count < 20; ++count)
            node_.changed.push_back(queue_with(++last, 1));
        look_again();
        ASSERT_LE(sampler.bytes(), bytes_max);
    }
    EXPECT_EQ(sampler.of_queue({1}), nullptr);
    EXPECT_NE(sampler.of_queue({last}), nullptr);
    EXPECT_NE(sampler.of_queue({1'000'000}), nullptr);
    // It comes back: what it has counted long ago is no rate of now.
    node_.changed = {queue_with(1, 2)};
    look_again();
    EXPECT_EQ(published(1, 0), 2u);
    EXPECT_EQ(published(1, 5), 2u);
}

TEST_F(SamplerTest, a_node_on_which_nothing_happens_is_looked_at_seldom) {
    Sampler& sampler = start();
    EXPECT_EQ(delay_ms_, 5000);
    pass_ms(hour_ms);
    look_again();
    EXPECT_EQ(delay_ms_, 60'000);
    sampler.note_asked();
    look_again();
    EXPECT_EQ(delay_ms_, 5000);
}

TEST_F(SamplerTest, a_node_on_which_something_happens_is_looked_at_though_nobody_asks) {
    start();
    pass_ms(2 * hour_ms);
    node_.changed = {queue_with(1, 1)};
    look_again();
    EXPECT_EQ(delay_ms_, 5000);
}

TEST_F(SamplerTest, looking_takes_a_twentieth_of_the_time_at_most) {
    node_.before_answer = [this] { pass_ms(2000); };
    start();
    EXPECT_EQ(delay_ms_, 40'000);
}

}  // namespace
}  // namespace warren::http::statistics
