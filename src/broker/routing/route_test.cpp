#include "broker/routing/route.h"

#include <gtest/gtest.h>

#include "broker/routing/routing_fixture.h"

namespace warren::broker {
namespace {

class RouteTest : public ::testing::Test, protected RoutingFixture {
protected:
    void SetUp() override {
        for (const char* name : {"q1", "q2", "q3"})
            queue(name);
    }
    void exchange_with_alternate(std::string name, std::string type, const char* alternate) {
        exchange(std::move(name), std::move(type), {{"alternate-exchange", alternate}});
    }
};

TEST_F(RouteTest, the_default_exchange_finds_queues_by_name) {
    EXPECT_EQ(reached("", "q2"), Names{"q2"});
    EXPECT_EQ(reached("", "none"), Names{});
    EXPECT_FALSE(last_route.reached_any());
}

TEST_F(RouteTest, extra_keys_route_like_the_first) {
    EXPECT_EQ(reached({.exchange = "", .key = "q1", .extra_keys = {"q2", "q1", "none"}}),
              (Names{"q1", "q2"}));
    bind("amq.topic", "q3", "a.#");
    EXPECT_EQ(reached({.exchange = "amq.topic", .key = "x", .extra_keys = {"a.b"}}), Names{"q3"});
}

TEST_F(RouteTest, a_queue_bound_in_many_ways_is_reached_once) {
    bind("amq.topic", "q1", "a.#");
    bind("amq.topic", "q1", "a.*");
    bind("amq.topic", "q1", "#");
    EXPECT_EQ(reached("amq.topic", "a.b"), Names{"q1"});
}

TEST_F(RouteTest, exchanges_pass_messages_on_to_exchanges) {
    exchange("x", "fanout");
    exchange("y", "direct");
    bind_exchange("x", "y", "");
    bind("x", "q1", "");
    bind("y", "q2", "k");
    bind("y", "q1", "k");
    EXPECT_EQ(reached("x", "k"), (Names{"q1", "q2"}));
    EXPECT_EQ(reached("x", "other"), Names{"q1"});
}

TEST_F(RouteTest, circles_of_exchanges_end) {
    exchange("x", "fanout");
    exchange("y", "fanout");
    bind_exchange("x", "y", "");
    bind_exchange("y", "x", "");
    bind_exchange("x", "x", "");
    bind("y", "q1", "");
    EXPECT_EQ(reached("x", ""), Names{"q1"});
}

TEST_F(RouteTest, an_alternate_exchange_takes_what_nothing_matched) {
    exchange_with_alternate("x", "direct", "amq.fanout");
    bind("x", "q1", "k");
    bind("amq.fanout", "q2", "");
    EXPECT_EQ(reached("x", "k"), Names{"q1"});
    EXPECT_EQ(reached("x", "other"), Names{"q2"});
}

TEST_F(RouteTest, an_alternate_exchange_serves_exchanges_that_are_passed_through) {
    exchange_with_alternate("inner", "direct", "amq.fanout");
    exchange("outer", "fanout");
    bind_exchange("outer", "inner", "");
    bind("outer", "q1", "");
    bind("amq.fanout", "q2", "");
    EXPECT_EQ(reached("outer", "k"), (Names{"q1", "q2"}));
}

TEST_F(RouteTest, alternates_can_be_chained_missing_and_circular) {
    exchange_with_alternate("a", "direct", "b");
    EXPECT_EQ(reached("a", "k"), Names{});
    exchange_with_alternate("b", "direct", "a");
    EXPECT_EQ(reached("a", "k"), Names{});
    exchange_with_alternate("c", "direct", "a");
    bind("b", "q3", "k");
    EXPECT_EQ(reached("c", "k"), Names{"q3"});
}

TEST_F(RouteTest, the_default_exchange_can_be_an_alternate) {
    exchange_with_alternate("x", "direct", "");
    EXPECT_EQ(reached("x", "q1"), Names{"q1"});
}

TEST_F(RouteTest, deleted_queues_are_not_reached) {
    bind("amq.fanout", "q1", "");
    bind("amq.fanout", "q2", "");
    delete_queue("q1");
    EXPECT_EQ(reached("amq.fanout", ""), Names{"q2"});
}

TEST_F(RouteTest, a_route_can_be_used_again_and_again) {
    bind("amq.fanout", "q1", "");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(reached("amq.fanout", ""), Names{"q1"});
        EXPECT_EQ(reached("amq.direct", ""), Names{});
    }
}

TEST_F(RouteTest, keys_alone_decide_unless_other_kinds_can_be_reached) {
    EXPECT_TRUE(key_only(""));
    EXPECT_TRUE(key_only("amq.direct"));
    EXPECT_TRUE(key_only("amq.fanout"));
    EXPECT_TRUE(key_only("amq.topic"));
    EXPECT_FALSE(key_only("amq.headers"));
    for (const char* type : {"x-consistent-hash", "x-modulus-hash", "x-random", "x-local-random",
                             "x-recent-history"}) {
        exchange(type, type);
        EXPECT_FALSE(key_only(type)) << type;
    }
}

TEST_F(RouteTest, a_binding_or_alternate_to_another_kind_spoils_key_only) {
    bind_exchange("amq.direct", "amq.topic", "k");
    bind_exchange("amq.topic", "amq.direct", "k");
    EXPECT_TRUE(key_only("amq.direct"));
    bind_exchange("amq.topic", "amq.headers", "k");
    EXPECT_FALSE(key_only("amq.direct"));
    must(Unbind{.vhost = "/",
                .source = "amq.topic",
                .destination_kind = DestinationKind::exchange,
                .destination = "amq.headers",
                .routing_key = "k"});
    EXPECT_TRUE(key_only("amq.direct"));
    exchange_with_alternate("x", "direct", "amq.headers");
    EXPECT_FALSE(key_only("x"));
}

}  // namespace
}  // namespace warren::broker
