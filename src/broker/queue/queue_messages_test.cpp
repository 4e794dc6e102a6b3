// What becomes of a message: confirmed, settled, put back, refused, dropped.
#include "broker/queue/queue_test_host.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);
const ConsumerId b = consumer_id(2);

class queue_messages : public QueueTest {
protected:
    using Dead = std::vector<TestHost::Dead>;
    static QueueSettings with_dead_letters(QueueSettings settings = {}) {
        settings.dead_letter_exchange = "dlx";
        return settings;
    }
};

TEST_F(queue_messages, are_confirmed_when_taken_and_only_if_asked) {
    publish("1");
    queue().publish(text_message("2"), {});
    EXPECT_EQ(host.confirmed, (std::vector<TestHost::Confirmed>{{1, ConfirmOutcome::taken}}));
    EXPECT_EQ(queue().stats().ready, 2u);
}

TEST_F(queue_messages, a_settled_range_leaves_the_rest_and_skips_unknown_indices) {
    consume(a);
    publish_all({"1", "2", "3", "4"});
    turn();
    settle("2", Settlement::ack);
    queue().settle({host.index_of("1"), host.index_of("3"), Settlement::ack});
    EXPECT_EQ(queue().stats().unacked, 1u);
    EXPECT_EQ(queue().stats().counters.acked, 3u);
    queue().settle({{0}, {UINT64_MAX}, Settlement::ack});
    EXPECT_EQ(queue().stats().unacked, 0u);
}

TEST_F(queue_messages, requeued_ones_return_to_their_exact_place) {
    consume(a, 5);
    publish_all({"1", "2", "3", "4", "5", "6"});
    turn();
    queue().cancel({a});
    settle("4", Settlement::requeue);
    settle("1", Settlement::requeue);
    settle("5", Settlement::requeue);
    queue().check_invariants();
    queue().settle({host.index_of("2"), host.index_of("3"), Settlement::requeue});
    queue().check_invariants();
    EXPECT_EQ(get_all(), (Bodies{"1*", "2*", "3*", "4*", "5*", "6"}));
}

TEST_F(queue_messages, requeued_ones_keep_their_priority_level) {
    make({.priority_max = 2});
    publish_priority("low", 0);
    publish_priority("high", 2);
    consume(a);
    turn();
    queue().cancel({a});
    publish_priority("high too", 2);
    settle("low", Settlement::requeue);
    settle("high", Settlement::requeue);
    EXPECT_EQ(get_all(), (Bodies{"high*", "high too", "low*"}));
}

TEST_F(queue_messages, requeued_ones_are_delivered_again_to_whoever_can_take_them) {
    consume(a, 1);
    publish("1");
    turn();
    settle("1", Settlement::requeue);
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1", "1*"}));
    EXPECT_EQ(queue().stats().counters.redelivered, 1u);
}

TEST_F(queue_messages, rejected_ones_are_dead_lettered_in_order_or_dropped) {
    consume(a);
    publish_all({"1", "2"});
    turn();
    queue().settle({host.index_of("1"), host.index_of("2"), Settlement::reject});
    EXPECT_TRUE(host.dead.empty());
    make(with_dead_letters());
    consume(a);
    publish_all({"3", "4"});
    turn();
    queue().settle({host.index_of("3"), host.index_of("4"), Settlement::reject});
    EXPECT_EQ(host.dead, (Dead{{"3", DeathReason::rejected}, {"4", DeathReason::rejected}}));
    EXPECT_EQ(queue().stats().counters.rejected, 2u);
    EXPECT_EQ(queue().stats().counters.dead_lettered, 2u);
}

TEST_F(queue_messages, a_released_channel_gives_back_all_it_held_and_loses_its_consumers) {
    publish("got");
    queue().get({consumer_id(1, 1, 0), false, ticket});
    consume(consumer_id(1, 1, 1));
    consume(consumer_id(1, 1, 2));
    consume(consumer_id(1, 2, 1), 1);
    publish_all({"1", "2", "3", "4", "5"});
    turn();
    queue().release({{1}, {1}});
    EXPECT_EQ(queue().stats().consumers, 1u);
    EXPECT_EQ(get_all(), (Bodies{"got*", "1*", "2*", "4*", "5*"}));
    EXPECT_EQ(queue().stats().unacked, 1u);
    EXPECT_EQ(host.bodies_for(consumer_id(1, 2, 1)), (Bodies{"3"}));
}

TEST_F(queue_messages, a_channel_that_is_released_is_not_sent_what_waits) {
    make({.length_max = 10});
    consume(a);
    publish_all({"1", "2"});
    queue().release({a.connection, a.channel});
    turn();
    EXPECT_TRUE(host.delivered.empty());
    EXPECT_EQ(get_all(), (Bodies{"1", "2"}));
}

TEST_F(queue_messages, recover_requeues_and_leaves_the_consumer) {
    consume(a, 2);
    publish_all({"1", "2", "3"});
    turn();
    host.delivered.clear();
    queue().recover({a.connection, a.channel});
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1*", "2*"}));
}

TEST_F(queue_messages, a_cancelled_consumers_deliveries_can_still_be_settled) {
    consume(a);
    publish_all({"1", "2"});
    turn();
    queue().cancel({a});
    settle("1", Settlement::ack);
    EXPECT_EQ(queue().stats().unacked, 1u);
    settle("2", Settlement::requeue);
    EXPECT_EQ(get_all(), (Bodies{"2*"}));
}

TEST_F(queue_messages, basic_get_tells_how_many_are_left_and_counts_no_prefetch) {
    publish_all({"1", "2"});
    queue().get({consumer_id(1, 1, 0), false, ticket});
    const GetOk got = host.last_reply<GetOk>();
    EXPECT_EQ(body_text(got.delivery.message), "1");
    EXPECT_EQ(got.ready_left, 1u);
    queue().settle({got.delivery.index, got.delivery.index, Settlement::ack});
    EXPECT_EQ(queue().stats().unacked, 0u);
    EXPECT_EQ(queue().stats().counters.got, 1u);
    EXPECT_EQ(get_all(), (Bodies{"2"}));
    EXPECT_EQ(queue().stats().counters.got_empty, 1u);
}

TEST_F(queue_messages, waiting_consumers_come_before_basic_get) {
    consume(a, 1);
    publish_all({"1", "2"});
    EXPECT_EQ(get_all(), (Bodies{"2"}));
    EXPECT_EQ(host.bodies_for(a), (Bodies{"1"}));
}

TEST_F(queue_messages, beyond_the_length_limit_the_head_is_dropped) {
    make(with_dead_letters({.length_max = 2}));
    publish_all({"1", "2", "3", "4"});
    EXPECT_EQ(host.dead, (Dead{{"1", DeathReason::maxlen}, {"2", DeathReason::maxlen}}));
    EXPECT_EQ(host.confirmed.size(), 4u);
    EXPECT_EQ(queue().stats().counters.dropped, 2u);
    EXPECT_EQ(get_all(), (Bodies{"3", "4"}));
}

TEST_F(queue_messages, what_consumers_take_at_once_does_not_count_for_the_limit) {
    make(with_dead_letters({.length_max = 0}));
    consume(a, 3);
    publish_all({"1", "2", "3", "4"});
    turn();
    EXPECT_EQ(host.bodies_for(a), (Bodies{"1", "2", "3"}));
    EXPECT_EQ(host.dead, (Dead{{"4", DeathReason::maxlen}}));
}

// As RabbitMQ: the drop takes the head as a consumer would see it, so higher priorities go first.
TEST_F(queue_messages, with_priorities_the_drop_takes_the_highest_level_first) {
    make({.length_max = 3, .priority_max = 5});
    publish_priority("0p1", 1);
    publish_priority("1p5", 5);
    publish_priority("2p1", 1);
    publish_priority("3p3", 3);
    publish_priority("4p0", 0);
    EXPECT_EQ(get_all(), (Bodies{"0p1", "2p1", "4p0"}));
}

// As RabbitMQ: everything ahead of it goes, and then the message itself.
TEST_F(queue_messages, one_that_exceeds_the_byte_limit_alone_empties_the_queue) {
    make({.length_bytes_max = 10});
    publish_all({"aa", "bb"});
    publish(std::string(20, 'x'));
    EXPECT_EQ(queue().stats().ready, 0u);
    publish("cc");
    EXPECT_EQ(get_all(), (Bodies{"cc"}));
}

TEST_F(queue_messages, requeueing_beyond_the_limit_drops_from_the_head) {
    make({.length_max = 3});
    publish_all({"0", "1", "2"});
    queue().get({consumer_id(1, 1, 0), false, ticket});
    queue().get({consumer_id(1, 1, 0), false, ticket});
    publish_all({"3", "4"});
    queue().recover({{1}, {1}});
    queue().check_invariants();
    EXPECT_EQ(get_all(), (Bodies{"2", "3", "4"}));
}

TEST_F(queue_messages, reject_publish_refuses_at_the_limit) {
    make(with_dead_letters({.length_max = 1, .overflow = Overflow::reject_publish}));
    publish_all({"1", "2"});
    EXPECT_EQ(host.confirmed, (std::vector<TestHost::Confirmed>{{1, ConfirmOutcome::taken},
                                                                {2, ConfirmOutcome::refused}}));
    EXPECT_TRUE(host.dead.empty());
    EXPECT_EQ(queue().stats().counters.refused, 1u);
    EXPECT_EQ(get_all(), (Bodies{"1"}));
    publish("3");
    EXPECT_EQ(get_all(), (Bodies{"3"}));
}

TEST_F(queue_messages, reject_publish_counts_bytes_and_only_what_consumers_leave) {
    make({.length_bytes_max = 3, .overflow = Overflow::reject_publish});
    consume(a);
    publish_all({"aaa", "bbb", "four"});
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"aaa", "bbb"}));
    EXPECT_EQ(host.confirmed.back(), (TestHost::Confirmed{3, ConfirmOutcome::refused}));
}

TEST_F(queue_messages, reject_publish_dlx_refuses_and_dead_letters) {
    make(with_dead_letters({.length_max = 1, .overflow = Overflow::reject_publish_dlx}));
    publish_all({"1", "2"});
    EXPECT_EQ(host.confirmed.back(), (TestHost::Confirmed{2, ConfirmOutcome::refused}));
    EXPECT_EQ(host.dead, (Dead{{"2", DeathReason::maxlen}}));
}

TEST_F(queue_messages, a_lowered_limit_drops_the_excess) {
    publish_all({"1", "2", "3"});
    queue().update_settings({.length_max = 1});
    queue().check_invariants();
    EXPECT_EQ(get_all(), (Bodies{"3"}));
}

TEST_F(queue_messages, totals_tell_persistent_ones_apart) {
    publish("transient");
    publish("persistent", {.persistent = true});
    EXPECT_EQ(queue().stats().persistent, 1u);
    EXPECT_EQ(queue().stats().persistent_bytes, 10u);
    EXPECT_EQ(queue().stats().ready_bytes, 19u);
    EXPECT_EQ(as_text(queue().head_message()->body()), "transient");
}

}  // namespace
}  // namespace warren::broker::testing
