// Quorum queues: what waits for a while, what is too much, and what is late.
#include "broker/queue/queue_quorum_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);
const ConsumerId b = consumer_id(2);

using Outcomes = std::vector<ConfirmOutcome>;
using Dead = std::vector<TestHost::Dead>;
constexpr auto taken = ConfirmOutcome::taken;
constexpr auto refused = ConfirmOutcome::refused;

class queue_quorum_limits : public QuorumTest {
protected:
    void make_delaying(DelayedRetryKind kind, std::uint64_t min_ms = 200,
                       std::optional<std::uint64_t> max_ms = 700) {
        make_quorum({.delayed_retry = {kind, min_ms, max_ms}});
    }
    std::uint64_t delayed() { return queue().stats().delayed; }
};

// ---- delayed retries ----

TEST_F(queue_quorum_limits, delays_what_has_failed_longer_each_time) {
    make_delaying(DelayedRetryKind::all);
    consume(a, 1);
    publish("m");
    turn();
    for (const std::int64_t delay_ms : {200, 400, 600, 700, 700}) {
        settle("m", Settlement::fail);
        host.take_bodies();
        turn();
        EXPECT_EQ(delayed(), 1u);
        EXPECT_EQ(ready(), 0u);
        // Also by a clock that is cut to milliseconds it is not early.
        advance(delay_ms + clock_margin_ms - 1);
        EXPECT_EQ(delayed(), 1u);
        advance(1);
        EXPECT_EQ(host.delivered.size(), 1u);
    }
}

TEST_F(queue_quorum_limits, delays_returns_that_are_no_failure_by_the_least) {
    make_delaying(DelayedRetryKind::returned);
    consume(a, 1);
    publish("m");
    turn();
    settle_and_turn("m", Settlement::fail);
    EXPECT_EQ(host.take_bodies(), (Bodies{"m", "m*"}));
    for (int i = 0; i < 3; ++i) {
        queue().settle({{2u + i}, {2u + i}, Settlement::requeue});
        turn();
        EXPECT_EQ(delayed(), 1u);
        advance(200 + clock_margin_ms);
        EXPECT_EQ(host.take_bodies(), (Bodies{"m*"}));
    }
}

TEST_F(queue_quorum_limits, delays_nothing_without_a_least_time_or_of_another_kind) {
    for (const auto& retry : {DelayedRetry{DelayedRetryKind::all, 0, {}},
                              DelayedRetry{DelayedRetryKind::returned, 200, {}},
                              DelayedRetry{DelayedRetryKind::disabled, 200, {}}}) {
        disk.entries().clear();
        make({.type = QueueType::quorum, .priority_max = 31, .delayed_retry = retry});
        publish("m");
        queue().get({a, false, ticket});
        const DeliveryIndex index = host.last_reply<GetOk>().delivery.index;
        queue().settle({index, index, Settlement::fail});
        EXPECT_EQ(delayed(), 0u);
        EXPECT_EQ(ready(), 1u);
    }
}

TEST_F(queue_quorum_limits, delayed_messages_wait_through_restarts) {
    make_delaying(DelayedRetryKind::failed);
    consume(a);
    publish_all({"1", "2"});
    turn();
    settle_and_turn("2", Settlement::fail);
    page_out();
    crash();
    EXPECT_EQ(delayed(), 1u);
    EXPECT_EQ(get_all(), (Bodies{"1*"}));
    advance(200 + clock_margin_ms);
    EXPECT_EQ(get_all(), (Bodies{"2*"}));
    turn();
    EXPECT_EQ(messages_logged(), Positions{});
}

TEST_F(queue_quorum_limits, delayed_messages_are_purged_and_counted) {
    make_quorum({.length_max = 2, .delayed_retry = {DelayedRetryKind::all, 1000, {}}});
    consume(a);
    publish_all({"1", "2", "3"});
    turn();
    queue().settle({{1}, {3}, Settlement::requeue});
    turn();
    // Three wait, and nothing can be dropped of them.
    EXPECT_EQ(delayed(), 3u);
    queue().cancel({a});
    publish("4");
    turn();
    EXPECT_EQ(ready(), 0u);
    queue().purge({ticket});
    turn();
    EXPECT_EQ(host.last_reply<Purged>().messages, 3u);
    EXPECT_EQ(messages_logged(), Positions{});
    EXPECT_EQ(entries_of(MessageNotes::log_level), 0u);
}

// ---- length ----

TEST_F(queue_quorum_limits, drops_what_would_be_delivered_next) {
    make_quorum({.length_max = 2});
    consume(a, 1);
    publish_all({"1", "2", "3"});
    turn();
    settle_and_turn("1", Settlement::requeue);
    // The returned one goes to the consumer first, and is one too many when it comes back.
    queue().cancel({a});
    queue().settle({{2}, {2}, Settlement::requeue});
    turn();
    EXPECT_EQ(get_all(), (Bodies{"2", "3"}));
}

TEST_F(queue_quorum_limits, drops_the_highest_priority_first) {
    make_quorum({.length_max = 1, .dead_letter_exchange = "dlx"});
    publish("low");
    publish_priority("high", 9);
    turn();
    EXPECT_EQ(host.dead.front().body, "high");
    EXPECT_EQ(get_all(), (Bodies{"low"}));
}

TEST_F(queue_quorum_limits, refuses_above_its_limit_until_well_below) {
    make_quorum({.length_max = 10, .overflow = Overflow::reject_publish});
    EXPECT_EQ(publish_one_by_one(13), (Outcomes{taken, taken, taken, taken, taken, taken, taken,
                                                taken, taken, taken, taken, refused, refused}));
    const auto get_one = [&] {
        queue().get({b, true, ticket});
        turn();
    };
    get_one();
    EXPECT_EQ(publish_one_by_one(1), (Outcomes{refused}));
    get_one();
    EXPECT_EQ(publish_one_by_one(1), (Outcomes{refused}));
    get_one();
    EXPECT_EQ(publish_one_by_one(4), (Outcomes{taken, taken, taken, refused}));
}

TEST_F(queue_quorum_limits, takes_one_where_none_may_wait) {
    make_quorum({.length_max = 0, .overflow = Overflow::reject_publish});
    EXPECT_EQ(publish_one_by_one(2), (Outcomes{taken, refused}));
    EXPECT_EQ(get_all(), (Bodies{"m1"}));
    EXPECT_EQ(publish_one_by_one(2), (Outcomes{taken, refused}));
}

TEST_F(queue_quorum_limits, counts_what_is_taken_only_if_no_consumer_takes_it) {
    make_quorum({.length_max = 1, .overflow = Overflow::reject_publish});
    consume(a);
    EXPECT_EQ(publish_one_by_one(4), (Outcomes{taken, taken, taken, taken}));
}

TEST_F(queue_quorum_limits, a_return_may_be_one_too_many) {
    make_quorum({.length_max = 1, .overflow = Overflow::reject_publish});
    consume(a, 1);
    EXPECT_EQ(publish_one_by_one(2), (Outcomes{taken, taken}));
    queue().cancel({a});
    settle_and_turn("m1", Settlement::requeue);
    EXPECT_EQ(publish_one_by_one(1), (Outcomes{refused}));
}

TEST_F(queue_quorum_limits, counts_properties_as_bytes) {
    make_quorum({.length_bytes_max = 12});
    publish("0123456789");  // and two bytes of property flags
    turn();
    EXPECT_EQ(ready(), 1u);
    publish("0123456789x");
    turn();
    EXPECT_EQ(ready(), 0u);
}

// ---- time to live ----

TEST_F(queue_quorum_limits, expires_what_is_first_in_its_level) {
    make_quorum();
    publish("stays");
    publish("behind", {.expiration_ms = 10});
    publish("high stays", {.priority = 9});
    publish("low goes", {.expiration_ms = 10, .priority = 1});
    turn();
    advance(20);
    EXPECT_EQ(get_all(), (Bodies{"high stays", "stays"}));
    EXPECT_EQ(queue().stats().counters.expired, 2u);
}

TEST_F(queue_quorum_limits, expires_returned_messages_at_their_old_time) {
    make_quorum({.message_ttl_ms = 50, .dead_letter_exchange = "dlx"});
    consume(a, 1);
    publish_all({"1", "2"});
    turn();
    advance(49);
    queue().cancel({a});
    settle_and_turn("1", Settlement::requeue);
    EXPECT_EQ(ready(), 2u);
    advance(2);
    EXPECT_EQ(host.dead, (Dead{{"1", DeathReason::expired}, {"2", DeathReason::expired}}));
}

TEST_F(queue_quorum_limits, what_lives_for_a_moment_is_delivered_to_a_waiting_consumer) {
    make_quorum({.message_ttl_ms = 0, .dead_letter_exchange = "dlx"});
    consume(a, 1);
    publish_all({"1", "2"});
    log_turn();
    host.advance(queue(), 5);  // the disk takes its time
    commit();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1"}));
    advance(1);
    EXPECT_EQ(host.dead, (Dead{{"2", DeathReason::expired}}));
}

TEST_F(queue_quorum_limits, expires_paged_messages_at_the_head) {
    make_quorum({.message_ttl_ms = 50});
    publish_all({"1", "2"});
    turn();
    page_out();
    EXPECT_EQ(paged(), 2u);
    advance(51);
    EXPECT_EQ(ready(), 0u);
    EXPECT_EQ(messages_logged(), Positions{});
}

TEST_F(queue_quorum_limits, does_not_ask_for_time_again_and_again_for_what_has_expired_inside) {
    make_quorum();
    publish("stays");
    publish("behind", {.expiration_ms = 10});
    turn();
    advance(1000);
    EXPECT_EQ(host.timer, Instant::never());
}

// ---- consumers ----

TEST_F(queue_quorum_limits, takes_back_what_was_not_acknowledged_in_time) {
    make_quorum({.consumer_timeout_ms = 1000});
    consume(a, 1);
    publish_all({"1", "2"});
    turn();
    consume(b, 1);
    turn();
    host.take_bodies();
    advance(4000);
    const auto late = host.notices_of<AckTimedOut>();
    ASSERT_FALSE(late.empty());
    EXPECT_TRUE(late[0].released);
    EXPECT_EQ(late[0].consumer, a);
    EXPECT_EQ(queue().stats().consumers, 0u);
    EXPECT_EQ(ready(), 2u);
    consume(consumer_id(3), 1);
    turn();
    EXPECT_EQ(last_counters(), (MessageCounters{1, {}}));
}

TEST_F(queue_quorum_limits, a_consumer_may_have_a_time_of_its_own_to_acknowledge) {
    make_quorum({.consumer_timeout_ms = 60'000});
    consume(a, 1);
    ConsumerSpec hasty = spec(b, 2);
    hasty.ack_timeout_ms = 2000;
    consume(hasty);
    ConsumerSpec patient = spec(consumer_id(3), 1);
    patient.ack_timeout_ms = 0;
    consume(patient);
    publish_all({"1", "2", "3", "4"});
    turn();
    advance(4000);
    const auto late = host.notices_of<AckTimedOut>();
    ASSERT_EQ(late.size(), 1u);
    EXPECT_EQ(late[0].consumer, b);
    EXPECT_EQ(queue().stats().consumers, 2u);
    EXPECT_EQ(ready(), 2u);
    advance(200'000);
    ASSERT_EQ(host.notices_of<AckTimedOut>().size(), 2u);
    EXPECT_EQ(host.notices_of<AckTimedOut>()[1].consumer, a);
    EXPECT_EQ(queue().stats().consumers, 1u);
}

TEST_F(queue_quorum_limits, a_time_to_acknowledge_ends_with_its_consumer) {
    make_quorum({});
    ConsumerSpec hasty = spec(a, 1);
    hasty.ack_timeout_ms = 1000;
    consume(hasty);
    publish("1");
    turn();
    advance(4000);
    EXPECT_EQ(host.notices_of<AckTimedOut>().size(), 1u);
    consume(b, 1);
    turn();
    advance(100'000);
    EXPECT_EQ(host.notices_of<AckTimedOut>().size(), 1u);
    EXPECT_EQ(host.timer, Instant::never());
}

TEST_F(queue_quorum_limits, the_single_active_consumer_yields_to_a_higher_priority) {
    make_quorum({.single_active_consumer = true});
    consume(a, 2);
    publish_all({"1", "2", "3", "4"});
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1", "2"}));
    ConsumerSpec high = spec(b, 1);
    high.priority = 1;
    consume(high);
    queue().settle({{1}, {1}, Settlement::ack});
    turn();
    EXPECT_EQ(host.take_bodies(), Bodies{});
    EXPECT_EQ(queue().stats().consumers_able, 0u);
    queue().settle({{2}, {2}, Settlement::requeue});
    turn();
    EXPECT_EQ(host.bodies_for(b), (Bodies{"2"}));
    host.take_bodies();
    queue().cancel({b});
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"3", "4"}));
}

TEST_F(queue_quorum_limits, the_single_active_consumer_yields_at_once_if_it_holds_nothing) {
    make_quorum({.single_active_consumer = true});
    consume(a, 2);
    ConsumerSpec high = spec(b, 1);
    high.priority = 1;
    consume(high);
    EXPECT_EQ(queue().stats().single_active_consumer, b);
}

}  // namespace
}  // namespace warren::broker::testing
