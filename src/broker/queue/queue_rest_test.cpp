// When a queue has come to rest, so that its machine may go, and what one that is made later goes
// on with.
#include "broker/queue/queue_log_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);

class queue_rest : public QueueLogTest {
protected:
    // The machine goes, and another one takes its place.
    void sleep_and_wake() {
        ASSERT_EQ(queue().rest(), Rest::resting);
        const QueuePast past = queue().past();
        make(queue().settings());
        queue().resume(past);
        queue().check_invariants();
    }
};

TEST_F(queue_rest, a_queue_without_anything_rests) {
    EXPECT_EQ(queue().rest(), Rest::resting);
    publish("1");
    EXPECT_EQ(queue().rest(), Rest::busy);
    turn();
    EXPECT_EQ(queue().rest(), Rest::busy);
    EXPECT_EQ(get_all(), (Bodies{"1"}));
    EXPECT_EQ(queue().rest(), Rest::resting);
}

TEST_F(queue_rest, consumers_keep_it_awake) {
    consume(a);
    turn();
    EXPECT_EQ(queue().rest(), Rest::busy);
    queue().cancel({a});
    EXPECT_EQ(queue().rest(), Rest::resting);
}

TEST_F(queue_rest, messages_that_are_not_settled_keep_it_awake) {
    consume(a);
    publish("1");
    turn();
    queue().cancel({a});
    EXPECT_EQ(queue().rest(), Rest::busy);
    settle("1", Settlement::ack);
    EXPECT_EQ(queue().rest(), Rest::resting);
}

TEST_F(queue_rest, what_a_purge_has_left_to_be_freed_keeps_it_awake) {
    publish("1");
    turn();
    queue().purge({ticket});
    EXPECT_EQ(queue().rest(), Rest::busy);
    turn();
    EXPECT_EQ(queue().rest(), Rest::resting);
}

TEST_F(queue_rest, queues_that_may_act_by_themselves_stay_awake) {
    make({.expires_ms = 1000});
    EXPECT_EQ(queue().rest(), Rest::busy);
    make({.deduplicates = true});
    EXPECT_EQ(queue().rest(), Rest::busy);
    make({.type = QueueType::quorum, .priority_max = quorum_priority_max});
    EXPECT_EQ(queue().rest(), Rest::busy);
}

TEST_F(queue_rest, a_queue_that_is_being_deleted_does_not_rest) {
    queue().remove({false, false, ticket});
    EXPECT_EQ(queue().rest(), Rest::busy);
}

TEST_F(queue_rest, it_waits_until_its_log_is_done) {
    make_durable();
    publish_persistent("1");
    turn();
    disk.set_busy(true);
    EXPECT_EQ(get_all(), (Bodies{"1"}));
    turn();
    EXPECT_EQ(queue().rest(), Rest::waiting);
    disk.set_busy(false);
    EXPECT_EQ(queue().rest(), Rest::resting);
}

TEST_F(queue_rest, numbers_and_counters_go_on) {
    consume(a);
    publish_all({"1", "2"});
    turn();
    const DeliveryIndex last = host.index_of("2");
    settle("1", Settlement::ack);
    settle("2", Settlement::ack);
    queue().cancel({a});
    host.clock = host.clock.plus_ms(5000);
    const Instant active = queue().stats().last_active;
    sleep_and_wake();
    EXPECT_EQ(queue().stats().counters.acked, 2u);
    EXPECT_EQ(queue().stats().counters.published, 2u);
    EXPECT_EQ(queue().stats().last_active, active);
    consume(a);
    publish("3");
    turn();
    // A settlement that is late must not meet another delivery.
    EXPECT_GT(host.index_of("3").value, last.value);
    settle("3", Settlement::ack);
    EXPECT_EQ(queue().stats().counters.acked, 3u);
}

TEST_F(queue_rest, positions_in_the_log_go_on) {
    make_durable();
    publish_persistent_all({"1", "2"});
    turn();
    EXPECT_EQ(get_all(), (Bodies{"1", "2"}));
    turn();
    sleep_and_wake();
    QueueDisk another;  // opened anew, the log of this life knows nothing
    queue().attach([&](auto& owner, auto& sink,
                       auto& restored) { return another.open(owner, sink, {}, restored); },
                   {});
    publish_persistent("3");
    turn();
    ASSERT_EQ(another.entries().size(), 1u);
    EXPECT_EQ(another.entries().begin()->first, 3u);
    EXPECT_EQ(get_all(), (Bodies{"3"}));
    turn();
    EXPECT_EQ(queue().rest(), Rest::resting);
}

}  // namespace
}  // namespace warren::broker::testing
