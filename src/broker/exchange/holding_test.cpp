// The exchanges that hold messages: x-delayed-message and x-recent-history.
#include <gtest/gtest.h>

#include "broker/exchange/message_history.h"
#include "broker/routing/routing_fixture.h"

namespace warren::broker {
namespace {

using amqp091::ContentHeader;
using amqp091::FieldTable;
using amqp091::FieldValue;

MessageRef message_with(const FieldTable& headers, std::string_view body = "body") {
    const std::string header = amqp091::HeaderEdit().set_headers(headers).encode(body.size());
    return Message::make("x", "k", as_bytes(header), as_bytes(body), MessageTraits{});
}

class HoldingTest : public ::testing::Test, protected RoutingFixture {
protected:
    void SetUp() override { queue("q"); }

    std::string declare_refusal(std::string type, FieldTable arguments) {
        return refusal(DeclareExchange{.vhost = "/",
                                       .name = "refused",
                                       .type = std::move(type),
                                       .arguments = std::move(arguments)});
    }
};

TEST_F(HoldingTest, a_delayed_exchange_routes_like_its_type) {
    exchange("x", "x-delayed-message", {{"x-delayed-type", "topic"}});
    bind("x", "q", "a.*");
    EXPECT_EQ(reached("x", "a.b"), Names{"q"});
    EXPECT_EQ(reached("x", "b"), Names{});
    unbind("x", "q", "a.*");
    EXPECT_EQ(reached("x", "a.b"), Names{});
    EXPECT_FALSE(key_only("x"));
}

TEST_F(HoldingTest, a_delayed_message_waits_and_counts_as_routed) {
    exchange("ae", "fanout");
    exchange("x", "x-delayed-message",
             {{"x-delayed-type", "direct"}, {"alternate-exchange", "ae"}});
    queue("unrouted");
    bind("ae", "unrouted", "");
    EXPECT_EQ(reached({.exchange = "x", .key = "k", .headers = {{"x-delay", std::int32_t{500}}}}),
              Names{"amq.delayed.x"});
    EXPECT_TRUE(last_route.reached_any());
}

TEST_F(HoldingTest, a_delayed_exchange_behind_another_holds_only_its_own_copy) {
    exchange("late", "x-delayed-message", {{"x-delayed-type", "fanout"}});
    exchange("x", "fanout");
    bind("x", "q", "");
    bind_exchange("x", "late", "");
    EXPECT_EQ(reached({.exchange = "x", .headers = {{"x-delay", std::int32_t{1}}}}),
              (Names{"amq.delayed.late", "q"}));
}

TEST_F(HoldingTest, a_delayed_exchange_remembers_what_is_due_like_its_type) {
    exchange("x", "x-delayed-message", {{"x-delayed-type", "x-recent-history"}});
    bind("x", "q", "");
    reached({.exchange = "x", .headers = {{"x-delay", std::int32_t{500}}}});
    EXPECT_TRUE(last_route.remembering().empty());
    EXPECT_EQ(reached({.exchange = "x", .headers = {{"x-delay", std::int32_t{-500}}}}), Names{"q"});
    ASSERT_EQ(last_route.remembering().size(), 1u);
    EXPECT_EQ(last_route.remembering()[0]->name, "x");
}

TEST_F(HoldingTest, what_has_waited_is_not_held_again) {
    exchange("x", "x-delayed-message", {{"x-delayed-type", "fanout"}});
    bind("x", "q", "");
    EXPECT_EQ(reached({.exchange = "x", .headers = {{"x-delay", std::int32_t{-500}}}}), Names{"q"});
    EXPECT_EQ(reached({.exchange = "x",
                       .headers = {{"x-delay", std::int32_t{0}},
                                   {"x-opt-delivery-time", std::int64_t{1} << 60}}}),
              Names{"q"});
}

TEST_F(HoldingTest, nothing_comes_to_where_messages_wait_but_by_its_exchange) {
    exchange("x", "x-delayed-message", {{"x-delayed-type", "fanout"}});
    EXPECT_EQ(reached("", "amq.delayed.x"), Names{});
    EXPECT_FALSE(last_route.reached_any());
}

TEST_F(HoldingTest, a_delayed_exchange_needs_a_type_that_exists) {
    EXPECT_EQ(declare_refusal("x-delayed-message", {}),
              "406 Invalid argument, 'x-delayed-type' must be an existing exchange type");
    EXPECT_EQ(declare_refusal("x-delayed-message", {{"x-delayed-type", std::int32_t{1}}}),
              "406 Invalid argument, 'x-delayed-type' must be an existing exchange type");
    EXPECT_EQ(declare_refusal("x-delayed-message", {{"x-delayed-type", "x-delayed-message"}}),
              "406 Invalid argument, 'x-delayed-message' can't be used for 'x-delayed-type'");
    EXPECT_EQ(declare_refusal("x-delayed-message", {{"x-delayed-type", "no-such"}}),
              "406 unknown exchange type 'no-such'");
}

TEST_F(HoldingTest, the_underlying_types_rules_hold) {
    EXPECT_EQ(declare_refusal("x-delayed-message",
                              {{"x-delayed-type", "x-consistent-hash"}, {"hash-property", "foo"}}),
              "406 Unsupported property: foo");
    exchange("x", "x-delayed-message", {{"x-delayed-type", "x-consistent-hash"}});
    EXPECT_EQ(
        refusal(Bind{.vhost = "/", .source = "x", .destination = "q", .routing_key = "heavy"}),
        "406 The binding key must be an integer: <<\"heavy\">>");
}

TEST_F(HoldingTest, a_history_exchange_is_a_fanout_that_asks_to_remember) {
    exchange("x", "x-recent-history");
    bind("x", "q", "");
    EXPECT_EQ(reached("x", "k"), Names{"q"});
    ASSERT_EQ(last_route.remembering().size(), 1u);
    EXPECT_EQ(last_route.remembering()[0]->name, "x");
    EXPECT_EQ(reached({.exchange = "x", .headers = {{"x-recent-history-no-store", true}}}),
              Names{"q"});
    EXPECT_TRUE(last_route.remembering().empty());
    EXPECT_EQ(reached("amq.fanout", "k"), Names{});
    EXPECT_TRUE(last_route.remembering().empty());
}

TEST_F(HoldingTest, history_keeps_the_last_messages_in_order) {
    exchange("short", "x-recent-history", {{"x-recent-history-length", std::int32_t{2}}});
    exchange("plain", "x-recent-history");
    const ExchangeRecord& short_one = *vhost().find_exchange("short");
    const ExchangeRecord& plain = *vhost().find_exchange("plain");
    MessageHistory history;
    for (const char* body : {"1", "2", "3"})
        history.remember(short_one, message_with({}, body));
    ASSERT_EQ(history.messages_of(short_one.id()).size(), 2u);
    EXPECT_EQ(as_text(history.messages_of(short_one.id())[0]->body()), "2");
    EXPECT_EQ(as_text(history.messages_of(short_one.id())[1]->body()), "3");
    for (int i = 0; i < 30; ++i)
        history.remember(plain, message_with({}));
    EXPECT_EQ(history.messages_of(plain.id()).size(), 20u);
    history.forget(plain.id());
    EXPECT_TRUE(history.messages_of(plain.id()).empty());
}

TEST_F(HoldingTest, a_history_length_must_be_positive) {
    EXPECT_EQ(declare_refusal("x-recent-history", {{"x-recent-history-length", std::int32_t{0}}}),
              "406 Invalid argument 0, 'x-recent-history-length' must be a positive integer");
    EXPECT_FALSE(apply(DeclareExchange{.vhost = "/",
                                       .name = "x",
                                       .type = "x-recent-history",
                                       .arguments = {{"x-recent-history-length", "a"}}}));
}

}  // namespace
}  // namespace warren::broker
