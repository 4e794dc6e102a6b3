// Which queues are awake, and how they come to rest.
#include "cluster/queue_table.h"

#include <gtest/gtest.h>

#include <set>

namespace warren::cluster {
namespace {

using broker::QueuePast;
using broker::Rest;

class Silent final : public broker::QueueHost {
public:
    Now now() const override { return {}; }
    Now arrival_time() override { return {}; }
    void deliver(const broker::ConsumerId&, std::span<broker::Delivery>) override {}
    void confirm(const broker::ConfirmTicket&, broker::ConfirmOutcome) override {}
    void reply(const broker::RequestTicket&, broker::QueueReplyBody) override {}
    void notify(const broker::ConsumerId&, broker::QueueEvent) override {}
    void dead_letter(const broker::QueueMachine&, broker::MessageRef, broker::DeathReason,
                     std::uint64_t) override {}
    void delay_passed(const broker::QueueMachine&, broker::MessageRef, std::uint64_t) override {}
    broker::RaftPlace propose(const broker::QueueMachine&, const broker::RaftPlace&) override {
        return {};
    }
    void request_turn(broker::QueueMachine&) override {}
    void request_timer(broker::QueueMachine&, Instant) override {}
    void request_log(broker::QueueMachine&) override {}
    void crowded(const broker::QueueMachine&, broker::Crowding) override {}
    void damage_found(const broker::QueueMachine&, const std::string&) override {}
    void request_delete(broker::QueueMachine&, const broker::RequestTicket&,
                        std::uint64_t) override {}
};

// A queue that rests when the test says so.
class Puppet final : public broker::QueueMachine {
public:
    Puppet(QueueId id, broker::QueueHost& host) : QueueMachine(id, "/", "q", {}, host) {}

    Rest rest() const override { return state; }
    QueuePast past() const override { return kept; }

    void attach(const broker::OpenLog&, broker::QueueStoreOptions) override {}
    bool has_log() const override { return false; }
    void apply(broker::QueueCommandBody&&) override {}
    void publish(broker::MessageRef, const broker::ConfirmTicket&) override {}
    void work() override {}
    void on_timer() override {}
    std::uint64_t log_pending() override { return 0; }
    void committed(std::uint64_t) override {}
    void letter_done(std::uint64_t, broker::LetterOutcome) override {}
    void spill() override {}
    void update_settings(broker::QueueSettings) override {}
    void shut_down() override {}
    bool free_some() override { return true; }
    std::uint64_t delivered_through() override { return 0; }
    broker::QueueStats stats() const override { return {}; }
    std::uint64_t resident_bytes() const override { return 0; }
    void check_invariants() override {}

    Rest state = Rest::busy;
    QueuePast kept;
};

class queue_table : public ::testing::Test {
protected:
    Puppet& wake(std::uint64_t number, Rest state) {
        auto made = std::make_unique<Puppet>(QueueId{number}, host);
        Puppet& puppet = *made;
        puppet.state = state;
        puppet.kept.last_active = now;
        table.wake(std::move(made));
        return puppet;
    }
    // Looks until all have been looked at; when to look again.
    Instant rest_all() {
        Instant next = now;
        do
            next = table.rest_some(now, [this](QueueId id) { rested.insert(id.value); });
        while (next == now.plus_ms(QueueTable::next_look_ms));
        return next;
    }
    void let_pass(std::int64_t ms) { now = now.plus_ms(ms); }

    Silent host;
    QueueTable table;
    Instant now{1'000'000};
    std::set<std::uint64_t> rested;
};

TEST_F(queue_table, a_queue_rests_some_time_after_it_was_active) {
    wake(1, Rest::resting).kept.next_position = 17;
    EXPECT_EQ(rest_all(), now.plus_ms(QueueTable::rest_after_ms));
    EXPECT_NE(table.find({1}), nullptr);
    let_pass(QueueTable::rest_after_ms);
    EXPECT_EQ(rest_all(), Instant::never());
    EXPECT_EQ(rested, std::set<std::uint64_t>{1});
    EXPECT_EQ(table.find({1}), nullptr);
    ASSERT_NE(table.past_of({1}), nullptr);
    EXPECT_EQ(table.past_of({1})->next_position, 17u);
}

TEST_F(queue_table, a_queue_that_has_something_to_do_stays_and_is_not_waited_for) {
    Puppet& busy = wake(1, Rest::busy);
    let_pass(QueueTable::rest_after_ms);
    EXPECT_EQ(rest_all(), Instant::never());
    EXPECT_EQ(table.find({1}), &busy);
}

TEST_F(queue_table, a_queue_whose_log_remembers_is_looked_at_again) {
    Puppet& queue = wake(1, Rest::waiting);
    let_pass(QueueTable::rest_after_ms);
    EXPECT_EQ(rest_all(), now.plus_ms(QueueTable::rest_after_ms));
    queue.state = Rest::resting;
    EXPECT_EQ(rest_all(), Instant::never());
    EXPECT_EQ(table.awake_count(), 0u);
}

TEST_F(queue_table, whoever_wakes_again_has_no_past_any_more) {
    wake(1, Rest::resting);
    let_pass(QueueTable::rest_after_ms);
    rest_all();
    wake(1, Rest::busy);
    EXPECT_EQ(table.past_of({1}), nullptr);
    EXPECT_EQ(table.awake_count(), 1u);
}

TEST_F(queue_table, a_queue_that_is_gone_leaves_nothing_awake_or_at_rest) {
    wake(1, Rest::resting);
    wake(2, Rest::resting);
    table.take({1});
    let_pass(QueueTable::rest_after_ms);
    EXPECT_EQ(rest_all(), Instant::never());
    EXPECT_EQ(rested, std::set<std::uint64_t>{2});
    EXPECT_EQ(table.past_of({1}), nullptr);
    table.take({2});
    EXPECT_EQ(table.past_of({2}), nullptr);
}

TEST_F(queue_table, a_look_at_many_is_taken_in_pieces_and_misses_nobody) {
    const std::size_t many = 3 * QueueTable::looked_at_max + 7;
    for (std::size_t n = 1; n <= many; ++n)
        wake(n, n % 3 == 0 ? Rest::busy : Rest::resting);
    let_pass(QueueTable::rest_after_ms);
    const auto at_rest = [this](QueueId id) { rested.insert(id.value); };
    EXPECT_EQ(table.rest_some(now, at_rest), now.plus_ms(QueueTable::next_look_ms));
    EXPECT_LE(rested.size(), QueueTable::looked_at_max);
    // Some come and go while a round is under way.
    wake(many + 1, Rest::busy);
    table.take({1});
    EXPECT_EQ(rest_all(), Instant::never());
    for (std::size_t n = 2; n <= many; ++n)
        EXPECT_EQ(table.find({n}) == nullptr, n % 3 != 0) << n;
    EXPECT_NE(table.find({many + 1}), nullptr);
}

}  // namespace
}  // namespace warren::cluster
