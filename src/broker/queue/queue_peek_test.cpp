// Looking into queues and taking messages out of their middle, wherever these are.
#include "broker/queue/queue_quorum_test_base.h"

namespace warren::broker::testing {
namespace {

template <typename Base>
class PeekTest : public Base {
protected:
    // Looks at all there is, so many at a time; bodies with a star if they came back.
    Bodies peek_all(std::uint32_t at_a_time) {
        Bodies bodies;
        places_.clear();
        PeekCursor cursor;
        for (bool at_end = false; !at_end;) {
            this->queue().peek({this->ticket, cursor, at_a_time});
            const Peeked shown = last_peeked();
            for (const PeekedMessage& seen : shown.messages) {
                bodies.push_back(std::string(as_text(seen.message->body())) +
                                 (seen.redelivered ? "*" : ""));
                places_.push_back(seen.place);
            }
            EXPECT_LE(shown.messages.size(), at_a_time);
            cursor = shown.next;
            at_end = shown.at_end;
        }
        this->queue().check_invariants();
        return bodies;
    }
    Peeked last_peeked() {
        return std::get<Boxed<Peeked>>(std::move(this->host.replies.back().body));
    }
    // Takes those that were seen last at these indices; what came.
    std::vector<Delivery> take(std::initializer_list<std::size_t> indices, bool auto_ack = false) {
        Take command{.holder = consumer_id(9, 1, 0),
                     .auto_ack = auto_ack,
                     .places = {},
                     .ticket = this->ticket};
        for (const std::size_t index : indices)
            command.places.push_back(places_.at(index));
        this->queue().take(command);
        this->queue().check_invariants();
        return std::move(this->host.template last_reply<Taken>().deliveries);
    }
    static Bodies bodies_of(const std::vector<Delivery>& deliveries) {
        Bodies bodies;
        for (const Delivery& delivery : deliveries)
            bodies.emplace_back(as_text(delivery.message->body()));
        return bodies;
    }
    static Bodies numbers(int first, int last) {
        Bodies bodies;
        for (int number = first; number <= last; ++number)
            bodies.push_back(std::to_string(number));
        return bodies;
    }

private:
    std::vector<MessagePlace> places_;
};

using queue_peek = PeekTest<QueueLogTest>;
using quorum_peek = PeekTest<QuorumTest>;

TEST_F(queue_peek, sees_what_is_in_memory_and_on_disk_in_one_order) {
    make_durable();
    publish_persistent_all(numbers(1, 600));
    turn();
    page_out(400);
    for (const std::uint32_t at_a_time : {1u, 7u, 256u})
        EXPECT_EQ(peek_all(at_a_time), numbers(1, 600)) << at_a_time;
    EXPECT_EQ(paged(), 400u);
    EXPECT_EQ(queue().stats().counters.got, 0u);
    EXPECT_EQ(get_all(), numbers(1, 600));
}

TEST_F(queue_peek, what_has_been_loaded_is_seen_once) {
    make_durable();
    publish_persistent_all(numbers(1, 1500));
    turn();
    page_out(1400);
    queue().get({consumer_id(9, 1, 0), true, ticket});  // loads a thousand
    EXPECT_GT(paged(), 0u);
    EXPECT_EQ(peek_all(100), numbers(2, 1500));
}

TEST_F(queue_peek, higher_priorities_come_first) {
    QueueSettings settings;
    settings.priority_max = 5;
    make_durable(settings);
    publish_persistent("low");
    publish_persistent("high", {.priority = 5});
    publish_persistent("middle", {.priority = 2});
    publish_persistent("high too", {.priority = 5});
    turn();
    EXPECT_EQ(peek_all(1), (Bodies{"high", "high too", "middle", "low"}));
    page_out();
    EXPECT_EQ(peek_all(3), (Bodies{"high", "high too", "middle", "low"}));
}

TEST_F(queue_peek, an_empty_queue_has_nothing_to_see) {
    make_durable();
    EXPECT_EQ(peek_all(10), (Bodies{}));
    EXPECT_TRUE(take({}).empty());
}

TEST_F(queue_peek, messages_are_taken_out_of_the_middle_and_go_back_there) {
    make_durable();
    publish_persistent_all(numbers(1, 9));
    turn();
    page_out(6);
    peek_all(100);
    const auto taken = take({2, 4, 7});
    EXPECT_EQ(bodies_of(taken), (Bodies{"3", "5", "8"}));
    EXPECT_EQ(peek_all(100), (Bodies{"1", "2", "4", "6", "7", "9"}));
    queue().settle({taken[0].index, taken[0].index, Settlement::ack});
    queue().settle({taken[1].index, taken[2].index, Settlement::requeue});
    EXPECT_EQ(peek_all(100), (Bodies{"1", "2", "4", "5*", "6", "7", "8*", "9"}));
    crash();
    EXPECT_EQ(get_all().size(), 8u);
}

TEST_F(queue_peek, what_is_taken_for_good_does_not_come_back) {
    make_durable();
    publish_persistent_all(numbers(1, 6));
    turn();
    page_out(4);
    peek_all(100);
    EXPECT_EQ(bodies_of(take({1, 3, 5}, true)), (Bodies{"2", "4", "6"}));
    turn();
    crash();
    EXPECT_EQ(peek_all(100).size(), 3u);
    EXPECT_EQ(logged(), (Positions{1, 3, 5}));
}

TEST_F(queue_peek, what_has_left_meanwhile_is_passed_over) {
    make_durable();
    publish_persistent_all(numbers(1, 3));
    turn();
    peek_all(100);
    queue().get({consumer_id(9, 1, 0), true, ticket});
    EXPECT_EQ(bodies_of(take({0, 2})), (Bodies{"3"}));
    EXPECT_EQ(bodies_of(take({0, 2})), (Bodies{}));
}

TEST_F(quorum_peek, what_came_back_stands_first_and_can_be_taken) {
    make_quorum();
    publish_all({"1", "2", "3", "4"});
    turn();
    peek_all(100);
    const auto taken = take({1, 2});
    queue().settle({taken[0].index, taken[1].index, Settlement::requeue});
    turn();
    EXPECT_EQ(peek_all(1), (Bodies{"2*", "3*", "1", "4"}));
    EXPECT_EQ(bodies_of(take({1, 3}, true)), (Bodies{"3", "4"}));
    turn();
    EXPECT_EQ(peek_all(100), (Bodies{"2*", "1"}));
    restart();
    EXPECT_EQ(peek_all(100), (Bodies{"2*", "1*"}));  // whatever stands before what was delivered
}

TEST_F(quorum_peek, only_what_is_committed_is_seen) {
    make_quorum();
    publish("1");
    log_turn();
    EXPECT_EQ(peek_all(10), (Bodies{}));
    commit();
    EXPECT_EQ(peek_all(10), (Bodies{"1"}));
}

TEST_F(quorum_peek, counters_of_a_message_are_shown_as_to_a_consumer) {
    make_quorum();
    publish("1");
    turn();
    peek_all(1);
    const auto taken = take({0});
    queue().settle({taken[0].index, taken[0].index, Settlement::fail});
    turn();
    queue().peek({ticket, {}, 1});
    EXPECT_EQ(counters_of(last_peeked().messages.at(0).message), (MessageCounters{1, 1}));
}

}  // namespace
}  // namespace warren::broker::testing
