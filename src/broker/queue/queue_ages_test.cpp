// How long messages wait and stay unacknowledged, as operators see it.
#include "broker/queue/queue_ages.h"

#include "broker/queue/queue_log_test_base.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);
const ConsumerId b = consumer_id(2);

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t hour_ms = 3600 * second_ms;

TEST(age_marks, tell_how_long_ago_a_number_was_given_out) {
    AgeMarks marks;
    EXPECT_EQ(marks.end(), 0u);
    marks.note(5, {1000});
    marks.note(6, {5000});
    marks.note(6, {9000});  // nothing new
    EXPECT_EQ(marks.end(), 6u);
    EXPECT_EQ(marks.span_of(4).at, Instant{1000});
    EXPECT_EQ(marks.span_of(5).at, Instant{5000});
    EXPECT_EQ(marks.span_of(5).first, 5u);
    EXPECT_EQ(marks.span_of(5).end, 6u);
}

TEST(age_marks, numbers_between_two_marks_are_those_of_the_first) {
    AgeMarks marks;
    marks.note(5, {1000});
    marks.note(6, {1000 + AgeMarks::step_ms - 1});
    marks.note(7, {hour_ms});
    EXPECT_EQ(marks.span_of(5).at, Instant{1000});
    EXPECT_EQ(marks.span_of(6).at, Instant{hour_ms});
}

TEST(age_marks, are_bounded_and_right_to_a_sixth_of_the_age) {
    AgeMarks marks;
    constexpr std::int64_t end_ms = 10 * hour_ms;
    for (std::int64_t ms = 0; ms <= end_ms; ms += 5)
        marks.note(static_cast<std::uint64_t>(ms) + 1, {ms});
    for (std::int64_t ms = 0; ms < end_ms; ms += 7919) {
        const std::int64_t age_ms = end_ms - ms;
        const std::int64_t told_ms = end_ms - marks.span_of(static_cast<std::uint64_t>(ms)).at.ms;
        EXPECT_LE(told_ms, age_ms);
        EXPECT_GE(told_ms, age_ms - age_ms / 6 - 10);
    }
}

class queue_ages : public QueueLogTest {
protected:
    std::uint64_t waited(std::size_t place) { return queue().stats().ages.waited.counts.at(place); }
    std::uint64_t held(std::size_t place) { return queue().stats().ages.held.counts.at(place); }
};

TEST_F(queue_ages, what_is_consumed_at_once_is_of_no_age) {
    consume(a);
    publish("1");
    turn();
    settle("1", Settlement::ack);
    turn();
    EXPECT_TRUE(queue().stats().ages.empty());
    EXPECT_EQ(queue().stats().oldest_ready_ms, std::nullopt);
    EXPECT_FALSE(queue().stats().oldest_unacked);
}

TEST_F(queue_ages, the_oldest_message_is_as_old_as_its_publish) {
    publish("1");
    turn();
    advance(3 * second_ms);
    publish("2");
    turn();
    advance(second_ms);
    EXPECT_EQ(queue().stats().oldest_ready_ms, 4 * second_ms);
    queue().get({a, true, ticket});
    EXPECT_EQ(queue().stats().oldest_ready_ms, second_ms);
    queue().get({a, true, ticket});
    EXPECT_EQ(queue().stats().oldest_ready_ms, std::nullopt);
}

TEST_F(queue_ages, messages_are_counted_by_the_time_that_they_have_waited) {
    publish("1");
    turn();
    advance(5 * second_ms);
    publish_all({"2", "3"});
    turn();
    advance(50);
    consume(a);
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1", "2", "3"}));
    EXPECT_EQ(waited(2), 1u);  // from 1 s on
    EXPECT_EQ(waited(0), 2u);  // from 10 ms on
}

TEST_F(queue_ages, deliveries_are_counted_by_the_time_until_they_are_settled) {
    consume(a);
    publish_all({"1", "2", "3", "4"});
    turn();
    settle("1", Settlement::ack);
    advance(200);
    settle("2", Settlement::ack);
    advance(2 * second_ms);
    settle("3", Settlement::reject);
    settle("4", Settlement::requeue);
    EXPECT_EQ(held(1), 1u);
    EXPECT_EQ(held(2), 2u);
    EXPECT_EQ(queue().stats().ages.held.total_ms, 200u + 2 * 2200u);
}

TEST_F(queue_ages, the_oldest_delivery_is_shown_with_its_holder) {
    consume(spec(a, 1));
    publish("1");
    turn();
    advance(second_ms);
    consume(spec(b, 1));
    publish("2");
    turn();
    advance(second_ms);
    auto oldest = queue().stats().oldest_unacked;
    ASSERT_TRUE(oldest);
    EXPECT_EQ(oldest->age_ms, 2 * second_ms);
    EXPECT_EQ(oldest->holder, a);
    EXPECT_EQ(oldest->consumer_tag, "tag");
    settle("1", Settlement::ack);
    oldest = queue().stats().oldest_unacked;
    ASSERT_TRUE(oldest);
    EXPECT_EQ(oldest->age_ms, second_ms);
    EXPECT_EQ(oldest->holder, b);
}

TEST_F(queue_ages, a_message_that_comes_back_is_as_old_as_before) {
    consume(a, 1);
    publish("1");
    turn();
    advance(second_ms);
    queue().cancel({a});
    settle("1", Settlement::requeue);
    turn();
    EXPECT_EQ(queue().stats().oldest_ready_ms, second_ms);
}

TEST_F(queue_ages, the_oldest_of_all_levels_counts) {
    make({.priority_max = 2});
    publish_priority("low", 0);
    turn();
    advance(second_ms);
    publish_priority("high", 2);
    turn();
    EXPECT_EQ(queue().stats().oldest_ready_ms, second_ms);
}

TEST_F(queue_ages, messages_on_disk_are_no_younger) {
    make_durable();
    for (int number = 0; number < 100; ++number)
        publish_persistent(std::to_string(number));
    turn();
    advance(second_ms);
    page_out();
    EXPECT_EQ(queue().stats().oldest_ready_ms, second_ms);
    EXPECT_EQ(get_all().size(), 100u);
    EXPECT_EQ(waited(2), 100u);
}

TEST_F(queue_ages, counts_outlive_the_queues_rest) {
    publish("1");
    turn();
    advance(second_ms);
    get_all();
    const AgeCounts before = queue().stats().ages;
    EXPECT_FALSE(before.empty());
    const QueuePast past = queue().past();
    make();
    queue().resume(past);
    EXPECT_EQ(queue().stats().ages, before);
}

TEST_F(queue_ages, the_next_messages_timestamp_is_shown) {
    const std::string header = amqp091::HeaderEdit().set_timestamp(1234).encode(0);
    queue().publish(Message::make("x", "k", as_bytes(header), {}, {}), {});
    turn();
    EXPECT_EQ(queue().stats().head_timestamp_s, 1234u);
    get_all();
    EXPECT_EQ(queue().stats().head_timestamp_s, std::nullopt);
}

}  // namespace
}  // namespace warren::broker::testing
