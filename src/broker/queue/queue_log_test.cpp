// Which messages are written to the log and when, when the log hears that they have gone, and what
// comes back after a restart.
#include "broker/queue/queue_log_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);

class queue_log : public QueueLogTest {
protected:
    void consume_auto_ack() {
        ConsumerSpec consumer = spec(a);
        consumer.auto_ack = true;
        consume(std::move(consumer));
    }
    std::vector<ConfirmOutcome> outcomes() const {
        std::vector<ConfirmOutcome> all;
        all.reserve(host.confirmed.size());
        for (const auto& one : host.confirmed)
            all.push_back(one.outcome);
        return all;
    }
};

TEST_F(queue_log, persistent_messages_are_written_at_the_end_of_the_turn) {
    make_durable();
    publish_persistent("1");
    publish("2");
    publish_persistent("3");
    EXPECT_TRUE(host.log_wanted);
    EXPECT_EQ(disk.appends(), 0u);
    turn();
    EXPECT_EQ(logged(), (Positions{1, 3}));
    publish("4");
    EXPECT_FALSE(host.log_wanted);
}

TEST_F(queue_log, what_a_consumer_takes_at_once_for_good_is_never_written) {
    make_durable();
    consume_auto_ack();
    publish_persistent_all({"1", "2"});
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1", "2"}));
    EXPECT_EQ(disk.appends(), 0u);
    EXPECT_EQ(disk.settles(), 0u);
}

TEST_F(queue_log, what_must_be_acknowledged_is_written_before_it_is_handed_out) {
    make_durable();
    consume(a);
    publish_persistent("1");
    queue().work();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1"}));
    EXPECT_EQ(logged(), (Positions{1}));
    publish_persistent("2");
    queue().get({consumer_id(9, 1, 0), false, ticket});
    EXPECT_EQ(logged(), (Positions{1, 2}));
}

// The highest priority is handed out first, but the log wants rising positions.
TEST_F(queue_log, all_that_is_pending_is_written_in_the_order_of_arrival) {
    make_durable({.priority_max = 9});
    for (const std::uint8_t priority : std::vector<std::uint8_t>{1, 9, 5, 0, 9})
        publish_persistent("p" + std::to_string(priority), {.priority = priority});
    consume(a, 1);
    queue().work();
    EXPECT_EQ(host.take_bodies(), (Bodies{"p9"}));
    EXPECT_EQ(logged(), (Positions{1, 2, 3, 4, 5}));
}

TEST_F(queue_log, only_confirms_of_what_is_logged_wait_for_the_log) {
    make_durable({.length_max = 2, .overflow = Overflow::reject_publish});
    publish_persistent("1");
    publish("2");
    publish_persistent("3");
    EXPECT_EQ(outcomes(), (std::vector{ConfirmOutcome::taken_to_log, ConfirmOutcome::taken,
                                       ConfirmOutcome::refused}));
}

TEST_F(queue_log, a_queue_without_a_log_makes_no_confirm_wait) {
    make({.durable = true});
    publish_persistent("1");
    EXPECT_EQ(outcomes(), (std::vector{ConfirmOutcome::taken}));
    EXPECT_FALSE(host.log_wanted);
}

TEST_F(queue_log, nothing_of_a_transient_queue_is_kept) {
    make({.durable = false});
    queue().attach([&](auto& owner, auto& sink,
                       auto& restored) { return disk.open(owner, sink, 0, restored); },
                   {});
    publish_persistent("1");
    turn();
    EXPECT_EQ(outcomes(), (std::vector{ConfirmOutcome::taken}));
    EXPECT_EQ(disk.appends(), 0u);
}

TEST_F(queue_log, an_entry_is_settled_once_whichever_way_it_leaves) {
    make_durable({.message_ttl_ms = 100});
    publish_persistent_all({"acked", "rejected", "requeued", "got"});
    turn();
    consume(a, 3);
    turn();
    settle("acked", Settlement::ack);
    EXPECT_EQ(logged(), (Positions{2, 3, 4}));
    settle("rejected", Settlement::reject);
    EXPECT_EQ(logged(), (Positions{3, 4}));
    queue().cancel({a});
    settle("requeued", Settlement::requeue);
    EXPECT_EQ(logged(), (Positions{3, 4}));
    EXPECT_EQ(disk.settles(), 2u);
    queue().get({consumer_id(9, 1, 0), true, ticket});
    EXPECT_EQ(logged(), (Positions{4}));
    advance(100);
    EXPECT_EQ(logged(), (Positions{}));
    EXPECT_EQ(disk.settles(), 4u);
}

TEST_F(queue_log, a_purge_settles_what_is_ready_and_leaves_what_is_unacknowledged) {
    make_durable();
    consume(a, 1);
    publish_persistent_all({"1", "2", "3", "4"});
    turn();
    page_out(3);
    publish_persistent("5");
    queue().purge({ticket});
    EXPECT_EQ(host.last_reply<Purged>().messages, 4u);
    EXPECT_EQ(logged(), (Positions{1}));
    turn();
    settle("1", Settlement::ack);
    EXPECT_EQ(logged(), (Positions{}));
    EXPECT_EQ(disk.appends(), 4u);
}

TEST_F(queue_log, a_deleted_queue_is_forgotten_as_a_whole) {
    make_durable();
    consume(a, 1);
    publish_persistent_all({"1", "2"});
    turn();
    queue().shut_down();
    EXPECT_TRUE(disk.removed());
    EXPECT_EQ(disk.settles(), 0u);
}

TEST_F(queue_log, persistent_messages_come_back_after_a_restart) {
    make_durable();
    publish_persistent("1");
    publish("transient");
    publish_persistent_all({"2", "3"});
    turn();
    page_out(3);
    restart();
    EXPECT_EQ(queue().stats().ready, 3u);
    EXPECT_EQ(paged(), 2u);
    publish_persistent("4");
    turn();
    EXPECT_EQ(get_all(), (Bodies{"1", "2", "3", "4"}));
    EXPECT_EQ(logged(), (Positions{}));
}

TEST_F(queue_log, what_may_have_been_delivered_comes_back_as_redelivered) {
    make_durable();
    consume(a, 2);
    publish_persistent_all({"1", "2", "3", "4"});
    turn();
    settle("1", Settlement::ack);
    turn();
    EXPECT_EQ(queue().delivered_through(), 3u);
    restart();
    EXPECT_EQ(queue().delivered_through(), 3u);
    EXPECT_EQ(get_all(), (Bodies{"2*", "3*", "4"}));
}

TEST_F(queue_log, after_a_crash_everything_counts_as_redelivered_but_what_is_new) {
    make_durable();
    publish_persistent_all({"1", "2"});
    turn();
    page_out(1);
    crash();
    publish_persistent("3");
    EXPECT_EQ(get_all(), (Bodies{"1*", "2*", "3"}));
}

TEST_F(queue_log, messages_that_expired_meanwhile_die_in_the_first_turn) {
    make_durable({.dead_letter_exchange = "dlx"});
    publish_persistent("short", {.expiration_ms = 50});
    publish_persistent("paged short", {.expiration_ms = 60});
    publish_persistent("long", {.expiration_ms = 500});
    turn();
    page_out(2);
    // The new process counts its time from elsewhere.
    host.wall_offset_ms += 100 - 70'000;
    host.clock = host.clock.plus_ms(70'000);
    restart();
    EXPECT_EQ(queue().stats().ready, 3u);
    turn();
    EXPECT_EQ(host.dead, (std::vector<TestHost::Dead>{{"short", DeathReason::expired},
                                                      {"paged short", DeathReason::expired}}));
    advance(399);
    EXPECT_EQ(queue().stats().ready, 1u);
    advance(1);
    EXPECT_EQ(queue().stats().ready, 0u);
}

TEST_F(queue_log, length_limits_hold_after_a_restart) {
    make_durable({.length_max = 2, .dead_letter_exchange = "dlx"});
    consume(a, 2);
    publish_persistent_all({"1", "2", "3", "4"});
    turn();
    restart();
    EXPECT_EQ(queue().stats().ready, 2u);
    EXPECT_EQ(get_all(), (Bodies{"3", "4"}));
    EXPECT_EQ(host.dead.size(), 2u);
}

TEST_F(queue_log, an_entry_that_is_no_message_is_reported_and_settled) {
    make_durable();
    publish_persistent_all({"1", "2", "3"});
    turn();
    disk.entries().at(2).payload[0] = 77;
    restart();
    ASSERT_EQ(host.damages.size(), 1u);
    EXPECT_EQ(host.damages[0], "message at position 2 is lost: stored message: unknown type 77");
    EXPECT_EQ(logged(), (Positions{1, 3}));
    EXPECT_EQ(get_all(), (Bodies{"1", "3"}));
}

TEST_F(queue_log, an_entry_under_the_wrong_head_is_no_message) {
    make_durable({.priority_max = 5});
    publish_persistent_all({"1", "2"});
    turn();
    disk.entries().at(1).head.body_bytes = 99;
    disk.entries().at(2).head.level = 3;
    restart();
    EXPECT_EQ(host.damages.size(), 2u);
    EXPECT_EQ(queue().stats().ready, 0u);
    EXPECT_EQ(logged(), (Positions{}));
}

TEST_F(queue_log, large_bodies_travel_apart_and_come_back) {
    make_durable();
    const std::string small(4095, 's'), inline_body(4096, 'i'), large(100'000, 'l');
    publish_persistent_all({small, inline_body, large});
    turn();
    EXPECT_EQ(disk.entries().at(1).body, "");
    EXPECT_EQ(disk.entries().at(2).body, inline_body);
    EXPECT_EQ(disk.entries().at(3).body, large);
    page_out(2);
    restart();
    EXPECT_EQ(get_all(), (Bodies{small, inline_body, large}));
}

}  // namespace
}  // namespace warren::broker::testing
