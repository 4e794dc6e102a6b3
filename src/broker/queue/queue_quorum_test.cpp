// Quorum queues: what is committed and what is not yet, and how messages come back.
#include "broker/queue/queue_quorum_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);
const ConsumerId b = consumer_id(2);

using Outcomes = std::vector<ConfirmOutcome>;
constexpr auto taken = ConfirmOutcome::taken;
constexpr auto refused = ConfirmOutcome::refused;

class queue_quorum : public QuorumTest {};

// ---- the commit window ----

TEST_F(queue_quorum, delivers_and_confirms_what_is_committed) {
    make_quorum();
    consume(a);
    publish("1");
    log_turn();
    EXPECT_TRUE(host.delivered.empty());
    EXPECT_TRUE(host.confirmed.empty());
    EXPECT_EQ(queue().stats().unconfirmed, 1u);
    commit();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1"}));
    EXPECT_EQ(take_confirms(), (Outcomes{taken}));
    EXPECT_EQ(queue().stats().unconfirmed, 0u);
}

TEST_F(queue_quorum, keeps_turns_apart) {
    make_quorum();
    publish("1");
    log_turn();
    const std::uint64_t first = host.mark;
    publish_all({"2", "3"});
    log_turn();
    ASSERT_GT(host.mark, first);
    queue().committed(first);
    EXPECT_EQ(ready(), 1u);
    EXPECT_EQ(host.confirmed.size(), 1u);
    queue().committed(host.mark);
    EXPECT_EQ(ready(), 3u);
    EXPECT_EQ(get_all(), (Bodies{"1", "2", "3"}));
}

TEST_F(queue_quorum, tells_where_its_raft_group_is) {
    make_quorum();
    EXPECT_EQ(queue().stats().raft.last_index, 0u);
    publish("1");
    log_turn();
    const RaftFigures proposed = queue().stats().raft;
    EXPECT_EQ(proposed.last_index, host.mark);
    EXPECT_LT(proposed.commit_index, proposed.last_index);
    host.clock = host.clock.plus_ms(7);
    commit();
    const RaftFigures committed = queue().stats().raft;
    EXPECT_EQ(committed.commit_index, proposed.last_index);
    EXPECT_EQ(committed.commit_latency_ms, 7u);
    EXPECT_NE(committed.term, 0u);
    crash();
    EXPECT_EQ(queue().stats().raft.commit_index, committed.commit_index);
}

TEST_F(queue_quorum, logs_transient_messages_too) {
    make_quorum();
    publish("transient");
    turn();
    EXPECT_EQ(messages_logged(), (Positions{1}));
    crash();
    EXPECT_EQ(get_all(), (Bodies{"transient*"}));
}

TEST_F(queue_quorum, has_one_raft_entry_in_its_log_whatever_it_does) {
    make_quorum();
    consume(a);
    for (int i = 0; i < 50; ++i) {
        publish("m");
        turn();
        settle_and_turn("m", i % 2 == 0 ? Settlement::ack : Settlement::requeue);
        EXPECT_EQ(entries_of(RaftRecord::log_level), 1u);
    }
}

TEST_F(queue_quorum, goes_on_with_the_raft_index_after_a_restart) {
    make_quorum();
    publish("1");
    turn();
    publish("2");
    turn();
    const std::uint64_t before = host.mark;
    crash();
    publish("3");
    turn();
    EXPECT_EQ(host.mark, before + 1);
}

TEST_F(queue_quorum, logs_nothing_in_a_turn_that_changes_nothing) {
    make_quorum();
    publish("1");
    turn();
    const std::uint64_t appends = disk.appends();
    consume(a);
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1"}));
    EXPECT_EQ(disk.appends(), appends);
}

TEST_F(queue_quorum, lets_a_get_wait_for_what_came_before_it) {
    make_quorum();
    publish("1");
    queue().get({a, false, ticket});
    publish("2");
    EXPECT_TRUE(host.replies.empty());
    log_turn();
    EXPECT_TRUE(host.replies.empty());
    commit();
    const GetOk got = host.last_reply<GetOk>();
    EXPECT_EQ(body_text(got.delivery.message), "1");
    EXPECT_EQ(got.ready_left, 0u);
    EXPECT_EQ(ready(), 1u);
}

TEST_F(queue_quorum, purges_what_came_before_and_no_more) {
    make_quorum();
    publish_all({"1", "2"});
    queue().purge({ticket});
    publish("3");
    turn();
    EXPECT_EQ(host.last_reply<Purged>().messages, 2u);
    EXPECT_EQ(get_all(), (Bodies{"3"}));
}

TEST_F(queue_quorum, counts_what_came_before) {
    make_quorum();
    publish_all({"1", "2"});
    queue().inspect({ticket});
    turn();
    EXPECT_EQ(host.last_reply<Counts>().ready, 2u);
}

TEST_F(queue_quorum, forgets_the_waiting_get_of_a_channel_that_goes) {
    make_quorum();
    publish("1");
    queue().get({a, false, ticket});
    queue().release({a.connection, a.channel});
    turn();
    EXPECT_TRUE(host.replies.empty());
    EXPECT_EQ(ready(), 1u);
}

TEST_F(queue_quorum, answers_what_waits_when_it_is_deleted) {
    make_quorum();
    publish("1");
    queue().get({a, false, ticket});
    queue().purge({ticket});
    queue().shut_down();
    ASSERT_EQ(host.replies.size(), 2u);
    EXPECT_EQ(std::get<QueueRefusal>(host.replies[0].body), QueueRefusal::queue_gone);
    EXPECT_EQ(std::get<QueueRefusal>(host.replies[1].body), QueueRefusal::queue_gone);
}

TEST_F(queue_quorum, tells_a_waiting_delete_how_many_messages_there_were) {
    make_quorum();
    publish_all({"1", "2"});
    queue().remove({false, false, ticket});
    queue().get({a, false, ticket});
    EXPECT_TRUE(host.delete_requests.empty());
    log_turn();
    queue().committed(host.mark);
    ASSERT_EQ(host.delete_requests.size(), 1u);
    EXPECT_EQ(host.delete_requests[0].messages, 2u);
}

TEST_F(queue_quorum, refuses_publishers_when_its_group_has_failed) {
    make_quorum();
    publish("1");
    log_turn();
    host.raft_failed = true;
    publish("2");
    log_turn();
    publish("3");
    EXPECT_EQ(take_confirms(), (Outcomes{refused, refused}));
    commit();
    EXPECT_EQ(take_confirms(), (Outcomes{taken}));
    EXPECT_EQ(get_all(), (Bodies{"1"}));
    EXPECT_EQ(messages_logged(), Positions{});
}

TEST_F(queue_quorum, works_in_memory_without_a_log) {
    make({.type = QueueType::quorum, .priority_max = 31});
    consume(a);
    publish("1");
    QueueTest::turn();
    EXPECT_EQ(take_confirms(), (Outcomes{taken}));
    settle("1", Settlement::fail);
    QueueTest::turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1", "1*"}));
}

// ---- what comes back ----

TEST_F(queue_quorum, counts_returns_and_failures_apart) {
    make_quorum();
    consume(a, 1);
    publish("m");
    turn();
    EXPECT_EQ(last_counters(), (MessageCounters{}));
    settle_and_turn("m", Settlement::requeue);
    EXPECT_EQ(last_counters(), (MessageCounters{1, {}}));
    settle_and_turn("m", Settlement::fail);
    EXPECT_EQ(last_counters(), (MessageCounters{2, 1}));
    queue().recover({a.connection, a.channel});
    turn();
    EXPECT_EQ(last_counters(), (MessageCounters{3, 1}));
    queue().release({a.connection, a.channel});
    consume(b, 1);
    turn();
    EXPECT_EQ(last_counters(), (MessageCounters{4, 2}));
    EXPECT_EQ(host.take_bodies(), (Bodies{"m", "m*", "m*", "m*", "m*"}));
}

TEST_F(queue_quorum, remembers_counters_through_a_crash) {
    make_quorum();
    consume(a, 1);
    publish("m");
    turn();
    settle_and_turn("m", Settlement::fail);
    settle_and_turn("m", Settlement::requeue);
    crash();
    consume(b, 1);
    turn();
    EXPECT_EQ(last_counters(), (MessageCounters{2, 1}));
    EXPECT_EQ(entries_of(MessageNotes::log_level), 1u);
    settle_and_turn("m", Settlement::ack);
    EXPECT_EQ(entries_of(MessageNotes::log_level), 0u);
    EXPECT_EQ(messages_logged(), Positions{});
}

TEST_F(queue_quorum, leaves_the_stored_message_as_it_was) {
    make_quorum();
    consume(a, 1);
    publish("m");
    turn();
    const std::string stored = disk.entries().at(1).payload;
    settle_and_turn("m", Settlement::fail);
    page_out();
    EXPECT_EQ(disk.entries().at(1).payload, stored);
}

TEST_F(queue_quorum, delivers_what_came_back_before_all_else_in_that_order) {
    make_quorum();
    consume(a, 3);
    publish_all({"1", "2", "3"});
    publish_priority("high", 9);
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"high", "1", "2"}));
    publish_priority("higher", 20);
    turn();
    queue().cancel({a});
    queue().settle({{3}, {3}, Settlement::requeue});
    queue().settle({{1}, {2}, Settlement::requeue});
    EXPECT_EQ(get_all(), (Bodies{"2*", "high*", "1*", "higher", "3"}));
}

TEST_F(queue_quorum, keeps_the_order_of_returns_through_restarts_wherever_they_are) {
    make_quorum();
    consume(a);
    publish_all({"1", "2", "3", "4"});
    turn();
    queue().cancel({a});
    for (const char* body : {"3", "1", "4"})
        settle(body, Settlement::requeue);
    turn();
    page_out();
    restart();
    EXPECT_EQ(get_all(), (Bodies{"3*", "1*", "4*", "2*"}));
}

TEST_F(queue_quorum, counts_what_is_ready_by_priority) {
    make_quorum();
    for (int number = 0; number < 3; ++number)
        publish_priority("low", 1);
    publish_priority("high", 9);
    publish_priority("high too", 9);
    turn();
    using Counts = std::vector<PriorityCount>;
    EXPECT_EQ(queue().stats().ready_by_priority, (Counts{{1, 3}, {9, 2}}));
    page_out(2);
    EXPECT_EQ(queue().stats().ready_by_priority, (Counts{{1, 3}, {9, 2}}));
    // What comes back stands before all priorities.
    consume(a, 1);
    turn();
    EXPECT_EQ(queue().stats().ready_by_priority, (Counts{{1, 3}, {9, 1}}));
    queue().cancel({a});
    settle_and_turn("high", Settlement::requeue);
    EXPECT_EQ(ready(), 5u);
    EXPECT_EQ(queue().stats().ready_by_priority, (Counts{{1, 3}, {9, 1}}));
}

TEST_F(queue_quorum, takes_no_priority_for_the_fifth_level) {
    make_quorum();
    const auto with_priority = [&](const std::string& body, std::uint8_t priority) {
        const std::string header = amqp091::HeaderEdit().set_priority(priority).encode(body.size());
        queue().publish(
            Message::make("e", "k", as_bytes(header), as_bytes(body), {.priority = priority}), {});
    };
    with_priority("zero", 0);
    with_priority("three", 3);
    publish("none");
    with_priority("four", 4);
    with_priority("five", 5);
    with_priority("hundred", 100);
    with_priority("last", 31);
    turn();
    EXPECT_EQ(get_all(), (Bodies{"hundred", "last", "five", "none", "four", "three", "zero"}));
}

TEST_F(queue_quorum, ends_a_message_whose_deliveries_have_failed_too_often) {
    make_quorum({.dead_letter_exchange = "dlx", .delivery_limit = 2});
    consume(a, 1);
    publish("m");
    turn();
    return_next("m", Settlement::requeue, 5);
    EXPECT_TRUE(host.dead.empty());
    return_next("m", Settlement::fail, 2);
    EXPECT_EQ(last_counters(), (MessageCounters{7, 2}));
    settle_and_turn("m", Settlement::fail);
    ASSERT_EQ(host.dead.size(), 1u);
    EXPECT_EQ(host.dead[0].reason, DeathReason::delivery_limit);
    EXPECT_EQ(ready(), 0u);
    queue().letter_done(1, LetterOutcome::unroutable);
    turn();
    EXPECT_EQ(messages_logged(), Positions{});
    EXPECT_EQ(entries_of(MessageNotes::log_level), 0u);
}

TEST_F(queue_quorum, drops_a_message_at_its_limit_without_a_dead_letter_exchange) {
    make_quorum({.delivery_limit = 0});
    consume(a, 1);
    publish("m");
    turn();
    settle_and_turn("m", Settlement::fail);
    EXPECT_EQ(queue().stats().unacked + ready(), 0u);
    EXPECT_EQ(messages_logged(), Positions{});
}

TEST_F(queue_quorum, takes_consumers_beside_an_exclusive_one) {
    make_quorum();
    ConsumerSpec alone = spec(a);
    alone.exclusive = true;
    consume(alone);
    consume(b);
    EXPECT_EQ(queue().stats().consumers, 2u);
}

// ---- paging ----

TEST_F(queue_quorum, lets_messages_be_paged_before_they_are_committed) {
    make_quorum();
    publish_all({"1", "2"});
    log_turn();
    disk.begin_paging(disk.last_position());
    publish("3");
    log_turn();
    disk.end_paging();
    commit();
    EXPECT_EQ(get_all(), (Bodies{"1", "2", "3"}));
    turn();
    EXPECT_EQ(messages_logged(), Positions{});
}

TEST_F(queue_quorum, lets_messages_be_committed_while_they_are_paged) {
    make_quorum();
    publish_all({"1", "2"});
    log_turn();
    disk.begin_paging(disk.last_position());
    commit();
    disk.end_paging();
    EXPECT_EQ(paged(), 2u);
    crash();
    EXPECT_EQ(get_all(), (Bodies{"1*", "2*"}));
}

TEST_F(queue_quorum, pages_later_messages_behind_those_that_waited_for_their_commit) {
    make_quorum();
    publish_all({"1", "2"});
    log_turn();
    page_out();
    commit();
    publish_all({"3", "4"});
    turn();
    page_out();
    EXPECT_EQ(paged(), 2u);
    EXPECT_EQ(get_all(), (Bodies{"1", "2", "3", "4"}));
}

}  // namespace
}  // namespace warren::broker::testing
