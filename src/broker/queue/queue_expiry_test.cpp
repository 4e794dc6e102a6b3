// When messages expire, and in which order.
#include "base/prng.h"
#include "broker/queue/queue_test_host.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);

class queue_expiry : public QueueTest {
protected:
    static QueueSettings with_ttl(std::uint64_t ttl_ms) {
        return {.message_ttl_ms = ttl_ms, .dead_letter_exchange = "dlx"};
    }
    Bodies dead() {
        Bodies bodies;
        for (const auto& one : std::exchange(host.dead, {})) {
            EXPECT_EQ(one.reason, DeathReason::expired);
            bodies.push_back(one.body);
        }
        return bodies;
    }
};

TEST_F(queue_expiry, messages_die_when_the_queues_time_is_up_and_not_before) {
    make(with_ttl(100));
    publish("1");
    turn();
    advance(50);
    publish("2");
    turn();
    advance(49);
    EXPECT_TRUE(dead().empty());
    advance(1);
    EXPECT_EQ(dead(), (Bodies{"1"}));
    advance(49);
    EXPECT_TRUE(dead().empty());
    advance(1);
    EXPECT_EQ(dead(), (Bodies{"2"}));
    EXPECT_EQ(queue().stats().counters.expired, 2u);
}

TEST_F(queue_expiry, the_shorter_of_message_and_queue_time_counts) {
    make(with_ttl(100));
    publish_expiring("short", 10);
    publish_expiring("long", 1000);
    turn();
    advance(10);
    EXPECT_EQ(dead(), (Bodies{"short"}));
    advance(90);
    EXPECT_EQ(dead(), (Bodies{"long"}));
}

TEST_F(queue_expiry, strikes_anywhere_in_the_queue) {
    make({.dead_letter_exchange = "dlx"});
    publish("stays");
    publish_expiring("late", 50);
    publish_expiring("early", 20);
    publish("stays too");
    turn();
    advance(20);
    EXPECT_EQ(dead(), (Bodies{"early"}));
    advance(30);
    EXPECT_EQ(dead(), (Bodies{"late"}));
    EXPECT_EQ(get_all(), (Bodies{"stays", "stays too"}));
}

TEST_F(queue_expiry, follows_deadlines_and_not_positions_when_time_has_jumped) {
    make({.dead_letter_exchange = "dlx", .priority_max = 3});
    const std::vector<std::pair<std::uint32_t, std::uint8_t>> arrivals{{70, 0}, {30, 3}, {50, 1},
                                                                       {30, 1}, {10, 2}, {90, 3}};
    for (const auto& [ttl, priority] : arrivals)
        publish(std::to_string(ttl) + "p" + std::to_string(priority),
                {.expiration_ms = ttl, .priority = priority});
    host.turn_wanted = false;
    host.clock = host.clock.plus_ms(80);
    queue().on_timer();
    EXPECT_EQ(dead(), (Bodies{"10p2", "30p3", "30p1", "50p1", "70p0"}));
    queue().check_invariants();
}

TEST_F(queue_expiry, a_message_with_no_time_goes_to_a_waiting_consumer_or_dies) {
    make({.dead_letter_exchange = "dlx"});
    publish_expiring("nobody there", 0);
    turn();
    EXPECT_EQ(dead(), (Bodies{"nobody there"}));
    consume(a, 1);
    publish_expiring("taken", 0);
    publish_expiring("one too many", 0);
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"taken"}));
    EXPECT_EQ(dead(), (Bodies{"one too many"}));
}

TEST_F(queue_expiry, a_message_with_no_time_is_not_kept_for_a_later_consumer_or_get) {
    publish_expiring("for nobody", 0);
    consume(a);
    turn();
    EXPECT_TRUE(host.delivered.empty());
    queue().cancel({a});
    publish_expiring("for nobody either", 0);
    EXPECT_TRUE(get_all().empty());
}

TEST_F(queue_expiry, expired_messages_are_never_delivered_even_if_the_timer_is_late) {
    make(with_ttl(10));
    publish_all({"1", "2"});
    turn();
    host.clock = host.clock.plus_ms(11);
    consume(a);
    turn();
    EXPECT_TRUE(host.delivered.empty());
    EXPECT_EQ(dead(), (Bodies{"1", "2"}));
}

TEST_F(queue_expiry, requeued_messages_keep_their_deadline) {
    make(with_ttl(100));
    consume(a);
    publish_all({"1", "2"});
    turn();
    queue().cancel({a});
    advance(60);
    settle("1", Settlement::requeue);
    turn();
    advance(39);
    EXPECT_TRUE(dead().empty());
    advance(1);
    EXPECT_EQ(dead(), (Bodies{"1"}));
    settle("2", Settlement::requeue);
    EXPECT_EQ(dead(), (Bodies{"2"}));
}

TEST_F(queue_expiry, unacknowledged_messages_do_not_expire) {
    make(with_ttl(10));
    consume(a);
    publish("1");
    turn();
    advance(1000);
    EXPECT_TRUE(dead().empty());
    EXPECT_EQ(queue().stats().unacked, 1u);
}

TEST_F(queue_expiry, a_new_queue_time_holds_for_new_messages_only) {
    make(with_ttl(1000));
    publish("old");
    turn();
    queue().update_settings(with_ttl(10));
    publish("new");
    turn();
    advance(10);
    EXPECT_EQ(dead(), (Bodies{"new"}));
    advance(990);
    EXPECT_EQ(dead(), (Bodies{"old"}));
}

TEST_F(queue_expiry, one_timer_serves_a_steady_flow) {
    make(with_ttl(1000));
    consume(a);
    for (int n = 0; n < 100; ++n) {
        publish("m");
        turn();
        advance(1);
    }
    EXPECT_LE(host.timer_requests, 2);
}

TEST_F(queue_expiry, a_mass_of_deaths_is_spread_over_turns) {
    make(with_ttl(10));
    for (std::size_t n = 0; n < 2 * limits::queue_work_per_turn; ++n)
        publish("m");
    turn();
    host.clock = host.clock.plus_ms(10);
    queue().on_timer();
    EXPECT_EQ(host.dead.size(), limits::queue_work_per_turn);
    EXPECT_TRUE(host.turn_wanted);
    turn();
    EXPECT_EQ(queue().stats().ready, 0u);
}

// One message that stays at the head must not keep the memory of all that died behind it.
TEST_F(queue_expiry, gaps_and_stale_deadlines_stay_bounded) {
    Prng random(11);
    publish("stays");
    for (int round = 0; round < 2000; ++round) {
        publish_expiring("m", static_cast<std::uint32_t>(1 + random.below(20)));
        publish_expiring("m", static_cast<std::uint32_t>(1 + random.below(5)));
        turn();
        advance(1);  // checks the invariants, which bound both
    }
    consume(a, 1);
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"stays"}));
}

TEST_F(queue_expiry, deliveries_and_requeues_leave_no_pile_of_deadlines) {
    publish("first");
    publish_expiring("late", 10'000);
    publish_expiring("early", 5'000);
    consume(a);
    for (int round = 0; round < 500; ++round) {
        turn();
        queue().credit({a, 3, 14});
        queue().settle({host.index_of("first"), host.index_of("early"), Settlement::requeue});
        queue().check_invariants();
    }
    queue().cancel({a});
    EXPECT_EQ(get_all(), (Bodies{"first*", "late*", "early*"}));
}

}  // namespace
}  // namespace warren::broker::testing
