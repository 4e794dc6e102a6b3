// Messages that have died in a queue with a log: they are settled there only when it is known what
// has become of them.
#include "base/limits.h"
#include "broker/queue/queue_log_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);

class queue_letters : public QueueLogTest {
protected:
    void make_durable(QueueSettings settings = {}) {
        settings.dead_letter_exchange = "dlx";
        QueueLogTest::make_durable(std::move(settings));
    }
    void all_done(LetterOutcome outcome = LetterOutcome::safe) {
        for (const std::uint64_t position : std::exchange(host.letters, {}))
            queue().letter_done(position, outcome);
        queue().check_invariants();
    }
};

TEST_F(queue_letters, are_kept_in_the_log_until_they_are_safe) {
    make_durable({.length_max = 2});
    publish_persistent_all({"dropped", "rejected"});
    turn();
    consume(a, 1);
    turn();
    settle("dropped", Settlement::requeue);
    turn();
    settle("dropped", Settlement::reject);
    EXPECT_EQ(host.letters, (Positions{1}));
    EXPECT_EQ(logged(), (Positions{1, 2}));
    const QueueStats stats = queue().stats();
    EXPECT_EQ(stats.letters, 1u);
    EXPECT_EQ(stats.ready + stats.unacked, 1u);
    EXPECT_EQ(stats.persistent, 1u);
    all_done();
    EXPECT_EQ(logged(), (Positions{2}));
    EXPECT_EQ(queue().stats().letters, 0u);
}

TEST_F(queue_letters, are_settled_whatever_has_become_of_them) {
    make_durable({.message_ttl_ms = 10});
    publish_persistent_all({"1", "2", "3"});
    turn();
    advance(10);
    EXPECT_EQ(host.letters, (Positions{1, 2, 3}));
    queue().letter_done(2, LetterOutcome::refused);
    EXPECT_EQ(logged(), (Positions{1, 3}));
    queue().letter_done(1, LetterOutcome::unroutable);
    EXPECT_EQ(logged(), (Positions{3}));
}

TEST_F(queue_letters, that_nobody_waits_for_are_ignored) {
    make_durable();
    publish_persistent("1");
    turn();
    queue().letter_done(1, LetterOutcome::safe);
    queue().letter_done(2, LetterOutcome::safe);
    EXPECT_EQ(logged(), (Positions{1}));
    EXPECT_EQ(queue().stats().ready, 1u);
}

// The publisher has been told, or will be in this turn, that the message is safe.
TEST_F(queue_letters, are_logged_even_if_they_die_in_the_turn_they_came_in) {
    make_durable({.length_max = 1, .priority_max = 3});
    publish_persistent("ttl 0", {.expiration_ms = 0});
    publish_persistent("low", {.priority = 0});
    publish_persistent("high", {.priority = 3});
    EXPECT_EQ(host.letters, (Positions{1, 3}));
    EXPECT_EQ(logged(), (Positions{1, 2, 3}));
    all_done();
    turn();
    EXPECT_EQ(logged(), (Positions{2}));
}

TEST_F(queue_letters, of_transient_messages_are_not_waited_for) {
    make_durable({.message_ttl_ms = 10});
    publish("transient");
    publish_persistent("1");
    turn();
    page_out();
    advance(10);
    EXPECT_EQ(host.dead.size(), 2u);
    EXPECT_EQ(host.letters, (Positions{2}));
    EXPECT_EQ(logged(), (Positions{2}));
}

TEST_F(queue_letters, of_a_queue_without_a_log_are_not_waited_for) {
    make({.message_ttl_ms = 10, .dead_letter_exchange = "dlx", .durable = true});
    publish_persistent("1");
    turn();
    advance(10);
    EXPECT_EQ(host.dead.size(), 1u);
    EXPECT_TRUE(host.letters.empty());
    EXPECT_EQ(queue().stats().letters, 0u);
}

TEST_F(queue_letters, that_a_publisher_was_refused_are_not_waited_for) {
    make_durable({.length_max = 0, .overflow = Overflow::reject_publish_dlx});
    publish_persistent("1");
    EXPECT_EQ(host.dead.size(), 1u);
    EXPECT_TRUE(host.letters.empty());
    EXPECT_TRUE(logged().empty());
}

TEST_F(queue_letters, come_back_as_messages_after_a_crash_and_die_again) {
    make_durable({.message_ttl_ms = 10});
    publish_persistent_all({"1", "2"});
    turn();
    advance(10);
    queue().letter_done(1, LetterOutcome::safe);
    host.dead.clear();
    crash();
    EXPECT_EQ(queue().stats().ready, 1u);
    EXPECT_EQ(queue().stats().letters, 0u);
    turn();
    EXPECT_EQ(host.dead, (std::vector<TestHost::Dead>{{"2", DeathReason::expired}}));
}

TEST_F(queue_letters, that_were_delivered_come_back_as_redelivered) {
    make_durable();
    consume(a, 2);
    publish_persistent_all({"1", "2", "3"});
    turn();
    settle("1", Settlement::ack);
    turn();
    settle("2", Settlement::reject);
    settle("3", Settlement::ack);
    EXPECT_EQ(queue().delivered_through(), 2u);
    restart();
    EXPECT_EQ(get_all(), (Bodies{"2*"}));
}

TEST_F(queue_letters, that_were_not_delivered_come_back_as_they_were) {
    make_durable({.length_max = 1});
    publish_persistent_all({"1", "2"});
    turn();
    EXPECT_EQ(queue().delivered_through(), 0u);
}

TEST_F(queue_letters, move_from_the_log_to_runs_like_any_message) {
    make_durable({.message_ttl_ms = 10});
    publish_persistent_all({"1", "2", "3"});
    turn();
    advance(10);
    queue().letter_done(2, LetterOutcome::safe);
    disk.begin_paging(3);
    queue().letter_done(1, LetterOutcome::safe);
    disk.end_paging();
    EXPECT_EQ(logged(), (Positions{3}));
    EXPECT_EQ(paged(), 0u);
    queue().letter_done(3, LetterOutcome::safe);
    EXPECT_EQ(logged(), (Positions{}));
}

TEST_F(queue_letters, are_no_concern_of_a_purge) {
    make_durable();
    consume(a, 1);
    publish_persistent_all({"1", "2"});
    turn();
    settle("1", Settlement::reject);
    queue().cancel({a});
    queue().purge({ticket});
    EXPECT_EQ(host.last_reply<Purged>().messages, 1u);
    EXPECT_EQ(queue().stats().letters, 1u);
    queue().remove({false, true, ticket});
    ASSERT_EQ(host.delete_requests.size(), 1u);
    EXPECT_EQ(host.delete_requests[0].messages, 0u);
    queue().letter_done(1, LetterOutcome::safe);
    queue().shut_down();
    EXPECT_TRUE(disk.removed());
}

// Those to whom they go may be slower than a queue that expires.
TEST_F(queue_letters, hold_up_expiry_and_delivery_when_too_many_are_on_their_way) {
    make_durable();
    const std::size_t most = limits::letters_waiting_max;
    publish("first");
    consume(a, 1);
    turn();
    for (std::size_t i = 0; i != most + 10; ++i)
        publish_persistent("m", {.expiration_ms = 10});
    publish_persistent("stays");
    turn();
    advance(11);
    EXPECT_EQ(queue().stats().letters, most);
    settle("first", Settlement::ack);
    turn();
    EXPECT_FALSE(host.turn_wanted);
    EXPECT_EQ(host.take_bodies(), (Bodies{"first"}));
    queue().letter_done(2, LetterOutcome::safe);
    EXPECT_TRUE(host.turn_wanted);
    all_done();
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"stays"}));
    EXPECT_EQ(queue().stats().letters, 10u);
}

}  // namespace
}  // namespace warren::broker::testing
