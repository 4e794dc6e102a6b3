// Backlogs whose middle only the log holds: what shows outside is the same, and memory is spared.
#include "broker/queue/queue_log_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);
const ConsumerId b = consumer_id(2);

class queue_paging : public QueueLogTest {
protected:
    void publish_numbers(int first, int last) {
        for (int number = first; number <= last; ++number)
            publish_persistent(std::to_string(number));
    }
    static Bodies numbers(int first, int last) {
        Bodies bodies;
        for (int number = first; number <= last; ++number)
            bodies.push_back(std::to_string(number));
        return bodies;
    }
    Bodies dead() {
        Bodies bodies;
        for (const auto& one : std::exchange(host.dead, {}))
            bodies.push_back(one.body);
        return bodies;
    }
};

TEST_F(queue_paging, a_paged_backlog_is_delivered_in_order) {
    make_durable();
    publish_numbers(1, 3000);
    turn();
    page_out(2500);
    EXPECT_EQ(paged(), 2500u);
    EXPECT_EQ(queue().stats().ready, 3000u);
    EXPECT_EQ(get_all(), numbers(1, 3000));
    EXPECT_EQ(logged(), (Positions{}));
}

TEST_F(queue_paging, counts_messages_that_go_to_the_disk_and_come_back) {
    make_durable();
    publish_numbers(1, 300);
    turn();
    EXPECT_EQ(queue().stats().counters.disk_writes, 300u);
    EXPECT_EQ(queue().stats().counters.disk_reads, 0u);
    page_out(200);
    get_all();
    EXPECT_EQ(queue().stats().counters.disk_writes, 300u);
    EXPECT_EQ(queue().stats().counters.disk_reads, 200u);
}

TEST_F(queue_paging, what_is_paged_takes_no_memory) {
    make_durable();
    publish_numbers(1, 1000);
    turn();
    const QueueStats before = queue().stats();
    page_out();
    const QueueStats after = queue().stats();
    EXPECT_EQ(after.memory_bytes, 0u);
    EXPECT_EQ(after.ready, 1000u);
    EXPECT_EQ(after.ready_bytes, before.ready_bytes);
    EXPECT_EQ(after.persistent, before.persistent);
    EXPECT_EQ(after.persistent_bytes, before.persistent_bytes);
    EXPECT_EQ(after.paged_bytes, before.ready_bytes);
    EXPECT_EQ(queue().head_message(), nullptr);
}

TEST_F(queue_paging, a_bounded_number_comes_back_at_a_time) {
    make_durable();
    publish_numbers(1, 3000);
    turn();
    page_out();
    queue().get({consumer_id(9, 1, 0), true, ticket});
    EXPECT_EQ(host.last_reply<GetOk>().ready_left, 2999u);
    EXPECT_EQ(paged(), 3000u - 1024);
    ASSERT_NE(queue().head_message(), nullptr);
    EXPECT_EQ(as_text(queue().head_message()->body()), "2");
}

TEST_F(queue_paging, large_messages_come_back_a_few_at_a_time) {
    make_durable();
    for (int i = 0; i < 10; ++i)
        publish_persistent(std::string(100'000, 'x'));
    turn();
    page_out();
    queue().get({consumer_id(9, 1, 0), true, ticket});
    EXPECT_EQ(paged(), 7u);
}

TEST_F(queue_paging, nothing_is_loaded_before_somebody_can_take_it) {
    make_durable();
    publish_numbers(1, 10);
    turn();
    page_out();
    queue().inspect({ticket});
    turn();
    consume(a, 1);
    turn();
    EXPECT_EQ(host.take_bodies(), numbers(1, 1));
    EXPECT_EQ(paged(), 0u);
}

TEST_F(queue_paging, what_is_handed_out_while_the_disk_writes_stays_with_the_queue) {
    make_durable();
    publish_numbers(1, 6);
    turn();
    disk.begin_paging(5);
    consume(a, 3);
    turn();
    settle("1", Settlement::ack);
    turn();
    queue().cancel({a});
    settle("2", Settlement::requeue);
    disk.end_paging();
    turn();
    EXPECT_EQ(paged(), 1u);  // 5; 3 and 4 are unacknowledged
    queue().release({a.connection, a.channel});
    EXPECT_EQ(get_all(), (Bodies{"2*", "3*", "4*", "5", "6"}));
    EXPECT_EQ(logged(), (Positions{}));
}

TEST_F(queue_paging, a_requeued_message_stands_before_what_is_paged) {
    make_durable();
    publish_numbers(1, 6);
    turn();
    consume(a, 3);
    turn();
    queue().cancel({a});
    page_out();
    settle("3", Settlement::requeue);
    settle("1", Settlement::requeue);
    EXPECT_EQ(get_all(), (Bodies{"1*", "3*", "4", "5", "6"}));
    settle("2", Settlement::ack);
    EXPECT_EQ(logged(), (Positions{}));
}

TEST_F(queue_paging, a_time_to_live_is_exact_anywhere_in_a_paged_backlog) {
    make_durable({.dead_letter_exchange = "dlx"});
    publish_persistent("stays");
    publish_persistent("late", {.expiration_ms = 50});
    publish_persistent("early", {.expiration_ms = 20});
    publish_persistent("stays too");
    turn();
    page_out();
    publish_persistent("in memory", {.expiration_ms = 30});
    turn();
    advance(19);
    EXPECT_EQ(dead(), (Bodies{}));
    advance(1);
    EXPECT_EQ(dead(), (Bodies{"early"}));
    advance(30);
    EXPECT_EQ(dead(), (Bodies{"in memory", "late"}));
    EXPECT_EQ(get_all(), (Bodies{"stays", "stays too"}));
}

TEST_F(queue_paging, a_backlog_that_expires_at_once_goes_in_order) {
    make_durable({.message_ttl_ms = 10, .dead_letter_exchange = "dlx"});
    publish_numbers(1, 3000);
    turn();
    page_out(2000);
    advance(10);
    EXPECT_EQ(dead(), numbers(1, 3000));
    for (const std::uint64_t letter : host.letters)
        queue().letter_done(letter, LetterOutcome::safe);
    EXPECT_EQ(logged(), (Positions{}));
}

TEST_F(queue_paging, a_length_limit_drops_from_the_paged_head) {
    make_durable({.length_max = 5, .dead_letter_exchange = "dlx"});
    publish_numbers(1, 5);
    turn();
    page_out();
    publish_numbers(6, 8);
    EXPECT_EQ(dead(), numbers(1, 3));
    turn();
    EXPECT_EQ(get_all(), numbers(4, 8));
}

TEST_F(queue_paging, priorities_go_first_wherever_they_are) {
    make_durable({.priority_max = 9});
    publish_persistent("low 1", {.priority = 1});
    publish_persistent("high 1", {.priority = 9});
    publish_persistent("low 2", {.priority = 1});
    turn();
    page_out(2);
    publish_persistent("high 2", {.priority = 9});
    publish_persistent("middle", {.priority = 5});
    turn();
    EXPECT_EQ(get_all(), (Bodies{"high 1", "high 2", "middle", "low 1", "low 2"}));
}

TEST_F(queue_paging, a_single_active_consumer_gets_a_paged_backlog_in_order) {
    make_durable({.single_active_consumer = true});
    publish_numbers(1, 5);
    turn();
    page_out();
    consume(a, 2);
    consume(b, 10);
    turn();
    EXPECT_EQ(host.bodies_for(a), numbers(1, 2));
    queue().release({a.connection, a.channel});
    turn();
    EXPECT_EQ(host.bodies_for(b), numbers(1, 5));
}

TEST_F(queue_paging, transient_messages_spill_but_for_the_newest) {
    make_durable();
    for (int number = 1; number <= 1000; ++number)
        publish(std::to_string(number));
    turn();
    queue().spill();
    ASSERT_TRUE(disk.is_paging());
    disk.end_paging();
    queue().check_invariants();
    EXPECT_EQ(paged(), 1000u - 256);
    EXPECT_EQ(disk.appends(), 0u);
    // Nothing is left that could be spilled.
    queue().spill();
    EXPECT_FALSE(disk.is_paging());
    EXPECT_EQ(get_all(), numbers(1, 1000));
    EXPECT_EQ(logged(), (Positions{}));
}

TEST_F(queue_paging, spilled_transient_messages_are_gone_after_a_restart) {
    make_durable();
    for (int number = 1; number <= 300; ++number)
        publish(std::to_string(number));
    publish_persistent("kept");
    turn();
    queue().spill();
    disk.end_paging();
    EXPECT_EQ(paged(), 301u - 256);
    restart();
    EXPECT_EQ(get_all(), (Bodies{"kept"}));
}

TEST_F(queue_paging, a_queue_without_a_log_spills_nothing) {
    for (int number = 1; number <= 300; ++number)
        publish(std::to_string(number));
    queue().spill();
    EXPECT_EQ(queue().stats().paged, 0u);
}

TEST_F(queue_paging, entries_that_cannot_be_read_are_lost_and_nothing_else) {
    make_durable();
    publish_numbers(1, 5);
    turn();
    page_out();
    for (const std::uint64_t position : {1u, 3u, 5u})
        disk.damage(position);
    consume(a);
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"2", "4"}));
    EXPECT_EQ(queue().stats().ready, 0u);
    EXPECT_EQ(queue().stats().counters.lost, 3u);
}

TEST_F(queue_paging, a_queue_that_has_lost_everything_is_empty) {
    make_durable();
    publish_numbers(1, 3);
    turn();
    page_out();
    for (const std::uint64_t position : {1u, 2u, 3u})
        disk.damage(position);
    EXPECT_EQ(get_all(), (Bodies{}));
    EXPECT_EQ(queue().stats().ready, 0u);
    EXPECT_EQ(queue().stats().ready_bytes, 0u);
    publish_persistent("new");
    EXPECT_EQ(get_all(), (Bodies{"new"}));
}

TEST_F(queue_paging, a_paged_entry_that_is_no_message_is_lost) {
    make_durable();
    publish_numbers(1, 3);
    turn();
    page_out();
    disk.entries().at(2).payload.resize(5);
    EXPECT_EQ(get_all(), (Bodies{"1", "3"}));
    EXPECT_EQ(host.damages.size(), 1u);
    EXPECT_EQ(queue().stats().counters.lost, 1u);
    EXPECT_EQ(logged(), (Positions{}));
}

}  // namespace
}  // namespace warren::broker::testing
