// Who gets which message, and when.
#include "broker/queue/queue_test_host.h"

namespace warren::broker::testing {
namespace {

const ConsumerId a = consumer_id(1);
const ConsumerId b = consumer_id(2);
const ConsumerId c = consumer_id(3);

class queue_delivery : public QueueTest {};

TEST_F(queue_delivery, hands_a_turns_messages_to_a_consumer_in_one_batch_and_in_order) {
    consume(a);
    publish_all({"1", "2", "3"});
    EXPECT_TRUE(host.delivered.empty());
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1", "2", "3"}));
    EXPECT_EQ(host.batches, 1);
}

TEST_F(queue_delivery, takes_turns_among_equal_consumers_over_many_turns) {
    consume(a);
    consume(b);
    publish_all({"1", "2", "3"});
    turn();
    publish_all({"4", "5"});
    turn();
    EXPECT_EQ(host.bodies_for(a), (Bodies{"1", "3", "5"}));
    EXPECT_EQ(host.bodies_for(b), (Bodies{"2", "4"}));
}

TEST_F(queue_delivery, auto_ack_messages_are_gone_and_manual_ones_wait_unacked) {
    ConsumerSpec auto_ack = spec(a);
    auto_ack.auto_ack = true;
    consume(auto_ack);
    publish("1");
    turn();
    EXPECT_EQ(queue().stats().unacked, 0u);
    queue().cancel({a});
    consume(b);
    publish("2");
    turn();
    EXPECT_EQ(queue().stats().unacked, 1u);
    EXPECT_EQ(queue().stats().unacked_bytes, 1u);
    EXPECT_GT(queue().stats().memory_bytes, 0u);
    settle("2", Settlement::ack);
    EXPECT_EQ(queue().stats().unacked, 0u);
    EXPECT_EQ(queue().stats().memory_bytes, 0u);
}

TEST_F(queue_delivery, prefetch_bounds_what_a_consumer_holds) {
    consume(a, 2);
    publish_all({"1", "2", "3", "4"});
    turn();
    EXPECT_EQ(host.bodies_for(a), (Bodies{"1", "2"}));
    settle("1", Settlement::ack);
    turn();
    EXPECT_EQ(host.bodies_for(a), (Bodies{"1", "2", "3"}));
    EXPECT_EQ(queue().stats().consumers_able, 0u);
}

TEST_F(queue_delivery, a_consumer_at_its_prefetch_limit_leaves_messages_to_the_others) {
    consume(a, 1);
    consume(b);
    publish_all({"1", "2", "3", "4"});
    turn();
    EXPECT_EQ(host.bodies_for(a), (Bodies{"1"}));
    EXPECT_EQ(host.bodies_for(b), (Bodies{"2", "3", "4"}));
}

TEST_F(queue_delivery, sends_no_more_messages_than_the_window_until_they_are_credited) {
    ConsumerSpec auto_ack = spec(a);
    auto_ack.auto_ack = true;
    consume(auto_ack);
    for (std::uint32_t n = 0; n < limits::delivery_window_messages + 10; ++n)
        publish("m");
    turn();
    EXPECT_EQ(host.delivered.size(), limits::delivery_window_messages);
    queue().credit({a, 4, 4});
    turn();
    EXPECT_EQ(host.delivered.size(), limits::delivery_window_messages + 4);
}

TEST_F(queue_delivery, sends_no_more_bytes_than_the_window_and_one_message) {
    consume(a);
    const std::string half(limits::delivery_window_bytes / 2 + 1, 'x');
    publish_all({half, half, half, half});
    turn();
    EXPECT_EQ(host.delivered.size(), 2u);
    queue().credit({a, 1, static_cast<std::uint32_t>(half.size())});
    turn();
    EXPECT_EQ(host.delivered.size(), 3u);
}

TEST_F(queue_delivery, a_message_larger_than_the_window_goes_but_nothing_behind_it) {
    consume(a);
    publish_all({"small", std::string(limits::delivery_window_bytes + 1, 'x'), "after"});
    turn();
    EXPECT_EQ(host.delivered.size(), 2u);
    queue().credit({a, 1, limits::delivery_window_bytes + 1});
    turn();
    EXPECT_EQ(host.delivered.back().body, "after");
}

TEST_F(queue_delivery, does_no_more_than_its_share_in_one_turn) {
    for (std::uint64_t n = 1; n <= 4; ++n)
        consume(consumer_id(n));
    for (std::size_t n = 0; n < limits::queue_work_per_turn + 1; ++n)
        publish("m");
    host.turn_wanted = false;
    queue().work();
    EXPECT_EQ(host.delivered.size(), limits::queue_work_per_turn);
    EXPECT_TRUE(host.turn_wanted);
    turn();
    EXPECT_EQ(host.delivered.size(), limits::queue_work_per_turn + 1);
}

TEST_F(queue_delivery, higher_priority_consumers_come_first_and_lower_ones_when_those_are_blocked) {
    ConsumerSpec high = spec(b, 2);
    high.priority = 10;
    ConsumerSpec low = spec(c);
    low.priority = -1;
    consume(low);
    consume(a, 1);
    consume(high);
    publish_all({"1", "2", "3", "4", "5"});
    turn();
    EXPECT_EQ(host.bodies_for(b), (Bodies{"1", "2"}));
    EXPECT_EQ(host.bodies_for(a), (Bodies{"3"}));
    EXPECT_EQ(host.bodies_for(c), (Bodies{"4", "5"}));
    settle("1", Settlement::ack);
    publish("6");
    turn();
    EXPECT_EQ(host.bodies_for(b), (Bodies{"1", "2", "6"}));
}

TEST_F(queue_delivery, messages_of_higher_priority_overtake_and_keep_order_within_a_level) {
    make({.priority_max = 5});
    publish_priority("low 1", 1);
    publish_priority("high 1", 5);
    publish_priority("beyond the maximum", 200);
    publish_priority("low 2", 1);
    publish("none");
    EXPECT_EQ(get_all(), (Bodies{"high 1", "beyond the maximum", "low 1", "low 2", "none"}));
}

TEST_F(queue_delivery, all_255_priority_levels_count) {
    make({.priority_max = 255});
    for (const int priority : {0, 63, 64, 127, 128, 255, 191})
        publish_priority(std::to_string(priority), static_cast<std::uint8_t>(priority));
    EXPECT_EQ(get_all(), (Bodies{"255", "191", "128", "127", "64", "63", "0"}));
}

TEST_F(queue_delivery, a_single_active_consumer_gets_everything_until_it_goes) {
    make({.single_active_consumer = true});
    consume(a, 1);
    consume(b);
    publish_all({"1", "2"});
    turn();
    EXPECT_EQ(host.bodies_for(a), (Bodies{"1"}));
    EXPECT_TRUE(host.bodies_for(b).empty());
    EXPECT_EQ(queue().stats().single_active_consumer, a);
    queue().release({a.connection, a.channel});
    turn();
    EXPECT_EQ(host.bodies_for(b), (Bodies{"1", "2"}));
    EXPECT_EQ(queue().stats().single_active_consumer, b);
}

TEST_F(queue_delivery, the_next_single_active_consumer_is_the_highest_priority_then_the_eldest) {
    make({.single_active_consumer = true});
    ConsumerSpec high = spec(c);
    high.priority = 5;
    consume(consumer_id(9));
    consume(a);
    consume(b);
    consume(high);
    std::vector<std::optional<ConsumerId>> active;
    for (const ConsumerId& leaver : {consumer_id(9), c, a}) {
        queue().cancel({leaver});
        active.push_back(queue().stats().single_active_consumer);
    }
    EXPECT_EQ(active, (std::vector<std::optional<ConsumerId>>{c, a, b}));
    queue().cancel({b});
    EXPECT_FALSE(queue().stats().single_active_consumer.has_value());
}

TEST_F(queue_delivery, exclusive_consumers_are_refused_beside_others_and_others_beside_them) {
    ConsumerSpec exclusive = spec(a);
    exclusive.exclusive = true;
    consume(b);
    consume(exclusive);
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::exclusively_held);
    queue().cancel({b});
    consume(exclusive);
    host.last_reply<ConsumeOk>();
    EXPECT_TRUE(queue().stats().exclusive_consumer);
    consume(b);
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::exclusively_held);
    queue().cancel({a});
    consume(b);
    host.last_reply<ConsumeOk>();
}

TEST_F(queue_delivery, exclusive_consumers_are_refused_on_single_active_consumer_queues) {
    make({.single_active_consumer = true});
    ConsumerSpec exclusive = spec(a);
    exclusive.exclusive = true;
    consume(exclusive);
    EXPECT_EQ(host.last_reply<QueueRefusal>(), QueueRefusal::exclusively_held);
}

class queue_grants : public QueueTest {
protected:
    ConsumerSpec shared(ConsumerId id) {
        ConsumerSpec made = spec(id);
        made.shared_limit = true;
        return made;
    }
};

TEST_F(queue_grants, are_asked_for_once_when_a_message_is_ready) {
    consume(shared(a));
    turn();
    EXPECT_TRUE(host.notices_of<GrantWanted>().empty());
    publish_all({"1", "2"});
    turn();
    publish("3");
    turn();
    EXPECT_EQ(host.notices_of<GrantWanted>().size(), 1u);
    EXPECT_EQ(host.notices_of<GrantWanted>()[0].queue, QueueId{7});
    EXPECT_TRUE(host.delivered.empty());
}

TEST_F(queue_grants, let_that_many_messages_go_and_are_asked_for_again) {
    consume(shared(a));
    publish_all({"1", "2", "3"});
    turn();
    queue().grant({a, 2});
    turn();
    EXPECT_EQ(host.take_bodies(), (Bodies{"1", "2"}));
    EXPECT_EQ(host.notices_of<GrantWanted>().size(), 2u);
    EXPECT_TRUE(host.notices_of<GrantReturned>().empty());
}

TEST_F(queue_grants, come_back_when_nothing_is_ready) {
    consume(shared(a));
    publish("1");
    turn();
    queue().grant({a, 5});
    turn();
    ASSERT_EQ(host.notices_of<GrantReturned>().size(), 1u);
    EXPECT_EQ(host.notices_of<GrantReturned>()[0].messages, 4u);
}

TEST_F(queue_grants, come_back_when_the_consumer_has_gone) {
    consume(shared(a));
    publish("1");
    turn();
    queue().cancel({a});
    queue().grant({a, 3});
    ASSERT_EQ(host.notices_of<GrantReturned>().size(), 1u);
    EXPECT_EQ(host.notices_of<GrantReturned>()[0].messages, 3u);
}

TEST_F(queue_grants, a_consumer_that_waits_for_one_keeps_its_place_and_holds_up_nobody) {
    consume(shared(a));
    consume(b, 1);
    publish_all({"1", "2"});
    turn();
    EXPECT_EQ(host.bodies_for(b), (Bodies{"1"}));
    queue().grant({a, 1});
    turn();
    EXPECT_EQ(host.bodies_for(a), (Bodies{"2"}));
}

// ---- crowds ----

using Crowdings = std::vector<Crowding>;

TEST_F(queue_delivery, tells_when_its_consumers_are_behind_and_when_they_have_caught_up) {
    consume(a, 1);
    for (std::size_t i = 0; i < limits::crowded_messages_high + 1; ++i)
        publish("m");
    turn();
    EXPECT_TRUE(host.crowdings.empty());  // one is with the consumer
    publish("m");
    turn();
    EXPECT_EQ(host.crowdings, (Crowdings{Crowding::crowded}));
    queue().cancel({a});
    EXPECT_EQ(host.crowdings, (Crowdings{Crowding::crowded, Crowding::none}));
    host.crowdings.clear();
    publish("m");
    consume(b, 1);
    turn();
    EXPECT_EQ(host.crowdings, (Crowdings{Crowding::crowded}));
    ConsumerSpec quick = spec(c);
    quick.auto_ack = true;
    consume(quick);
    turn();
    EXPECT_EQ(host.crowdings, (Crowdings{Crowding::crowded, Crowding::none}));
}

TEST(crowding, comes_at_one_mark_and_goes_at_a_lower_one) {
    using namespace limits;
    for (const Crowding before : {Crowding::none, Crowding::crowded, Crowding::overcrowded}) {
        EXPECT_EQ(crowding_of(crowded_messages_low, before), Crowding::none);
        EXPECT_EQ(crowding_of(crowded_messages_high + 1, before), Crowding::crowded);
        EXPECT_EQ(crowding_of(overcrowded_messages_low, before), Crowding::crowded);
        EXPECT_EQ(crowding_of(overcrowded_messages_high + 1, before), Crowding::overcrowded);
    }
    EXPECT_EQ(crowding_of(crowded_messages_high, Crowding::none), Crowding::none);
    EXPECT_EQ(crowding_of(crowded_messages_low + 1, Crowding::crowded), Crowding::crowded);
    EXPECT_EQ(crowding_of(overcrowded_messages_high, Crowding::crowded), Crowding::crowded);
    EXPECT_EQ(crowding_of(overcrowded_messages_low + 1, Crowding::overcrowded),
              Crowding::overcrowded);
}

TEST_F(queue_delivery, is_no_crowd_where_nobody_consumes) {
    for (std::size_t i = 0; i < 2 * limits::crowded_messages_high; ++i)
        publish("m");
    turn();
    EXPECT_TRUE(host.crowdings.empty());
}

}  // namespace
}  // namespace warren::broker::testing
