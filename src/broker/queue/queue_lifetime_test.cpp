// How a queue is asked about, emptied, left and deleted.
#include <algorithm>
#include <functional>
#include <vector>

#include "broker/queue/queue_test_host.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);
const ConsumerId b = consumer_id(2);

class queue_lifetime : public QueueTest {
protected:
    Counts inspect(bool counts_as_use = true) {
        queue().inspect({ticket, counts_as_use});
        return host.last_reply<Counts>();
    }
    void remove(bool if_unused = false, bool if_empty = false) {
        queue().remove({if_unused, if_empty, ticket});
    }
};

TEST_F(queue_lifetime, counts_are_of_ready_messages_that_nobody_can_take) {
    consume(a, 1);
    publish_all({"1", "2", "3"});
    const Counts counts = inspect();
    EXPECT_EQ(counts.ready, 2u);
    EXPECT_EQ(counts.consumers, 1u);
    EXPECT_EQ(host.take_bodies(), (Bodies{"1"}));
}

TEST_F(queue_lifetime, purge_drops_ready_messages_only) {
    make({.dead_letter_exchange = "dlx"});
    consume(a, 1);
    publish_all({"1", "2", "3"});
    queue().purge({ticket});
    EXPECT_EQ(host.last_reply<Purged>().messages, 2u);
    turn();
    EXPECT_EQ(queue().stats().unacked, 1u);
    EXPECT_EQ(queue().stats().ready, 0u);
    EXPECT_TRUE(host.dead.empty());
    settle("1", Settlement::ack);
    EXPECT_EQ(queue().stats().memory_bytes, 0u);
}

TEST_F(queue_lifetime, a_large_purge_is_answered_at_once_and_freed_over_turns) {
    for (std::size_t n = 0; n < 3 * limits::queue_work_per_turn; ++n)
        publish("m");
    turn();
    queue().purge({ticket});
    EXPECT_EQ(host.last_reply<Purged>().messages, 3 * limits::queue_work_per_turn);
    EXPECT_EQ(inspect().ready, 0u);
    publish("new");
    host.turn_wanted = false;
    queue().work();
    queue().check_invariants();
    EXPECT_GT(queue().stats().memory_bytes, limits::queue_work_per_turn);
    EXPECT_TRUE(host.turn_wanted);
    turn();
    EXPECT_EQ(get_all(), (Bodies{"new"}));
    EXPECT_EQ(queue().stats().memory_bytes, 0u);
}

TEST_F(queue_lifetime, what_a_deleted_queue_held_is_freed_over_turns) {
    constexpr std::uint32_t piece = limits::freed_messages_per_turn;
    consume(a, piece + 1);
    for (std::uint32_t n = 0; n < 3 * piece; ++n)
        publish("m");
    turn();
    ASSERT_EQ(queue().stats().unacked, piece + 1);
    remove();
    queue().shut_down();
    std::vector<std::uint64_t> held;
    while (!queue().free_some())
        held.push_back(queue().stats().ready + queue().stats().memory_bytes);
    // Two pieces of ready messages, then two of unacknowledged ones.
    EXPECT_GE(held.size(), 2u);
    EXPECT_TRUE(std::ranges::is_sorted(held, std::greater<>()));
    EXPECT_EQ(queue().stats().ready, 0u);
    EXPECT_EQ(queue().stats().unacked, 0u);
}

TEST_F(queue_lifetime, a_queue_with_little_in_it_is_freed_at_once) {
    publish_all({"1", "2"});
    remove();
    queue().shut_down();
    EXPECT_TRUE(queue().free_some());
}

TEST_F(queue_lifetime, messages_published_behind_a_purge_stay) {
    constexpr std::uint32_t piece = limits::freed_messages_per_turn;
    for (std::uint32_t n = 0; n < 2 * piece; ++n)
        publish("old");
    turn();
    queue().purge({ticket});
    publish("new");
    queue().purge({ticket});
    EXPECT_EQ(host.last_reply<Purged>().messages, 1u);
    publish_all({"newer", "newest"});
    queue().work();
    EXPECT_EQ(inspect().ready, 2u);
    EXPECT_EQ(get_all(), (Bodies{"newer", "newest"}));
}

TEST_F(queue_lifetime, delete_minds_its_conditions_and_looks_at_if_empty_first) {
    consume(a, 1);
    publish_all({"1", "2"});
    remove(true, true);
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::not_empty);
    remove(true, false);
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::in_use);
    EXPECT_TRUE(host.delete_requests.empty());
    remove();
    ASSERT_EQ(host.delete_requests.size(), 1u);
    EXPECT_EQ(host.delete_requests[0].messages, 1u);
    EXPECT_EQ(host.delete_requests[0].ticket.number, ticket.number);
}

TEST_F(queue_lifetime, unacknowledged_messages_do_not_make_a_queue_full) {
    consume(a);
    publish("1");
    turn();
    queue().cancel({a});
    remove(true, true);
    EXPECT_EQ(host.delete_requests.size(), 1u);
}

TEST_F(queue_lifetime, a_queue_about_to_go_takes_nobody_and_delivers_nothing) {
    consume(a, 1);
    publish_all({"1", "2"});
    turn();
    remove();
    consume(b);
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::queue_gone);
    queue().get({consumer_id(1, 1, 0), true, ticket});
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::queue_gone);
    queue().inspect({ticket, true});
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::queue_gone);
    queue().purge({ticket});
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::queue_gone);
    remove();
    EXPECT_EQ(host.last_reply<Deleted>().messages, 0u);
    publish("late");
    EXPECT_EQ(host.confirmed.back(), (TestHost::Confirmed{3, ConfirmOutcome::taken}));
    settle("1", Settlement::ack);
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1"}));
    EXPECT_EQ(host.delete_requests.size(), 1u);
}

TEST_F(queue_lifetime, shutting_down_tells_every_consumer_and_dead_letters_nothing) {
    make({.dead_letter_exchange = "dlx"});
    consume(a);
    consume(b);
    publish("1");
    turn();
    publish("2");
    queue().cancel({b});
    queue().shut_down();
    const auto told = host.notices_of<ConsumerCancelled>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].consumer, a);
    EXPECT_TRUE(host.dead.empty());
}

TEST_F(queue_lifetime, auto_delete_waits_for_a_first_consumer_and_goes_with_the_last) {
    make({.auto_delete = true});
    publish("1");
    queue().release({{5}, {1}});
    turn();
    consume(a);
    consume(b);
    queue().cancel({a});
    EXPECT_TRUE(host.delete_requests.empty());
    queue().release({b.connection, b.channel});
    ASSERT_EQ(host.delete_requests.size(), 1u);
    EXPECT_FALSE(host.delete_requests[0].ticket.connection);
}

TEST_F(queue_lifetime, a_refused_consumer_does_not_count_for_auto_delete) {
    // Such a queue refuses exclusive consumers.
    make({.single_active_consumer = true, .auto_delete = true});
    ConsumerSpec exclusive = spec(a);
    exclusive.exclusive = true;
    consume(exclusive);
    queue().release({a.connection, a.channel});
    EXPECT_TRUE(host.delete_requests.empty());
}

TEST_F(queue_lifetime, a_lease_runs_out_on_an_unused_queue) {
    make({.expires_ms = 100});
    advance(99);
    EXPECT_TRUE(host.delete_requests.empty());
    advance(1);
    EXPECT_EQ(host.delete_requests.size(), 1u);
}

TEST_F(queue_lifetime, a_lease_is_renewed_by_get_and_declare_but_not_by_publishing) {
    make({.expires_ms = 100});
    advance(60);
    get_all();
    advance(60);
    inspect();
    advance(60);
    inspect(false);
    publish("1");
    turn();
    advance(39);
    EXPECT_TRUE(host.delete_requests.empty());
    advance(1);
    EXPECT_EQ(host.delete_requests.size(), 1u);
}

TEST_F(queue_lifetime, a_lease_does_not_run_while_there_are_consumers) {
    make({.expires_ms = 100});
    consume(a);
    advance(1000);
    EXPECT_TRUE(host.delete_requests.empty());
    queue().cancel({a});
    advance(99);
    EXPECT_TRUE(host.delete_requests.empty());
    advance(1);
    EXPECT_EQ(host.delete_requests.size(), 1u);
}

TEST_F(queue_lifetime, a_lease_given_by_policy_runs_from_then) {
    advance(1000);
    queue().update_settings({.expires_ms = 100});
    advance(99);
    EXPECT_TRUE(host.delete_requests.empty());
    advance(1);
    EXPECT_EQ(host.delete_requests.size(), 1u);
}

TEST_F(queue_lifetime, late_acknowledgements_are_reported_once_for_a_channel) {
    make({.consumer_timeout_ms = 10'000});
    consume(a);
    consume(b);
    publish_all({"1", "2", "3", "4"});
    turn();
    settle("2", Settlement::ack);
    settle("4", Settlement::ack);
    advance(9'999);
    EXPECT_TRUE(host.notices_of<AckTimedOut>().empty());
    advance(AckTimeouts::period_ms(10'000) + 1);
    const auto late = host.notices_of<AckTimedOut>();
    ASSERT_EQ(late.size(), 1u);
    EXPECT_EQ(late[0].consumer, a);
    EXPECT_EQ(late[0].index, host.index_of("1"));
}

TEST_F(queue_lifetime, no_acknowledgement_is_late_that_came_in_time) {
    make({.consumer_timeout_ms = 10'000});
    consume(a, 1);
    for (int n = 0; n < 50; ++n) {
        publish(std::to_string(n));
        turn();
        advance(5'000);
        settle(std::to_string(n), Settlement::ack);
    }
    EXPECT_TRUE(host.notices_of<AckTimedOut>().empty());
    advance(60'000);
    EXPECT_EQ(host.timer, Instant::never());
}

}  // namespace
}  // namespace warren::broker::testing
