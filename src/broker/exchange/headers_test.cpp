#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "broker/exchange/headers_pattern.h"
#include "broker/routing/routing_fixture.h"

namespace warren::broker {
namespace {

using amqp091::ByteArray;
using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::Timestamp;

class HeadersExchangeTest : public ::testing::Test, protected RoutingFixture {
protected:
    void SetUp() override { queue("q"); }

    bool matches(const FieldTable& arguments, const FieldTable& headers) {
        bind("amq.headers", "q", "", arguments);
        const bool hit = !reached({.exchange = "amq.headers", .headers = headers}).empty();
        unbind("amq.headers", "q", "", arguments);
        return hit;
    }
    std::string bind_refusal(FieldTable arguments) {
        return refusal(Bind{.vhost = "/",
                            .source = "amq.headers",
                            .destination = "q",
                            .arguments = std::move(arguments)});
    }
};

TEST_F(HeadersExchangeTest, all_wants_every_argument) {
    const FieldTable arguments{{"x-match", "all"}, {"a", "1"}, {"b", "2"}};
    EXPECT_TRUE(matches(arguments, {{"b", "2"}, {"a", "1"}, {"c", "3"}}));
    EXPECT_FALSE(matches(arguments, {{"a", "1"}}));
    EXPECT_FALSE(matches(arguments, {{"a", "1"}, {"b", "3"}}));
    EXPECT_FALSE(matches(arguments, {}));
}

TEST_F(HeadersExchangeTest, all_is_the_default) {
    EXPECT_TRUE(matches({{"a", "1"}}, {{"a", "1"}}));
    EXPECT_FALSE(matches({{"a", "1"}, {"b", "1"}}, {{"a", "1"}}));
}

TEST_F(HeadersExchangeTest, any_wants_one_argument) {
    const FieldTable arguments{{"x-match", "any"}, {"a", "1"}, {"b", "2"}};
    EXPECT_TRUE(matches(arguments, {{"a", "1"}}));
    EXPECT_TRUE(matches(arguments, {{"a", "0"}, {"b", "2"}}));
    EXPECT_FALSE(matches(arguments, {{"a", "2"}, {"b", "1"}}));
}

TEST_F(HeadersExchangeTest, without_arguments_all_matches_everything_and_any_nothing) {
    EXPECT_TRUE(matches({}, {}));
    EXPECT_TRUE(matches({{"x-match", "all"}}, {{"a", "1"}}));
    EXPECT_FALSE(matches({{"x-match", "any"}}, {{"a", "1"}}));
    EXPECT_TRUE(matches({{"x-match", "all-with-x"}}, {{"a", "1"}}));
    EXPECT_FALSE(matches({{"x-match", "any-with-x"}}, {{"a", "1"}}));
}

TEST_F(HeadersExchangeTest, names_with_x_count_only_in_the_modes_that_say_so) {
    const FieldTable headers{{"x-a", "1"}};
    EXPECT_TRUE(matches({{"x-match", "all"}, {"x-a", "2"}}, headers));
    EXPECT_FALSE(matches({{"x-match", "all-with-x"}, {"x-a", "2"}}, headers));
    EXPECT_TRUE(matches({{"x-match", "all-with-x"}, {"x-a", "1"}}, headers));
    EXPECT_FALSE(matches({{"x-match", "any"}, {"x-a", "1"}}, headers));
    EXPECT_TRUE(matches({{"x-match", "any-with-x"}, {"x-a", "1"}, {"b", "1"}}, headers));
}

TEST_F(HeadersExchangeTest, a_void_argument_asks_for_presence) {
    EXPECT_TRUE(matches({{"a", FieldValue{}}}, {{"a", "anything"}}));
    EXPECT_TRUE(matches({{"a", FieldValue{}}}, {{"a", FieldArray{}}}));
    EXPECT_TRUE(matches({{"a", FieldValue{}}}, {{"a", FieldValue{}}}));
    EXPECT_FALSE(matches({{"a", FieldValue{}}}, {{"b", "1"}}));
    EXPECT_FALSE(matches({{"a", "1"}}, {{"a", FieldValue{}}}));
}

TEST_F(HeadersExchangeTest, values_are_compared_with_their_kind) {
    EXPECT_TRUE(matches({{"a", std::int32_t{5}}}, {{"a", std::int64_t{5}}}));
    EXPECT_TRUE(matches({{"a", std::uint8_t{5}}}, {{"a", std::int8_t{5}}}));
    EXPECT_FALSE(matches({{"a", std::int32_t{5}}}, {{"a", "5"}}));
    EXPECT_FALSE(matches({{"a", std::int32_t{5}}}, {{"a", 5.0}}));
    EXPECT_FALSE(matches({{"a", std::int32_t{1}}}, {{"a", true}}));
    EXPECT_TRUE(matches({{"a", 1.5}}, {{"a", 1.5F}}));
    EXPECT_TRUE(matches({{"a", "text"}}, {{"a", ByteArray{"text"}}}));
    EXPECT_FALSE(matches({{"a", "true"}}, {{"a", true}}));
    EXPECT_FALSE(matches({{"a", Timestamp{9}}}, {{"a", Timestamp{9}}}));
    EXPECT_TRUE(matches({{"a", Timestamp{9}}}, {{"a", std::int32_t{9}}}));
    EXPECT_TRUE(matches({{"a", std::int32_t{9000}}}, {{"a", Timestamp{9}}}));
    EXPECT_TRUE(matches({{"a", FieldTable{{"k", "v"}}}}, {{"a", FieldTable{{"k", "v"}}}}));
    EXPECT_FALSE(matches({{"a", FieldTable{{"k", "v"}}}}, {{"a", FieldTable{{"k", "w"}}}}));
}

TEST_F(HeadersExchangeTest, bindings_differ_by_their_arguments) {
    queue("r");
    bind("amq.headers", "q", "", {{"a", "1"}});
    bind("amq.headers", "q", "", {{"a", "2"}});
    bind("amq.headers", "r", "", {{"a", "2"}});
    EXPECT_EQ(reached({.exchange = "amq.headers", .headers = {{"a", "2"}}}), (Names{"q", "r"}));
    unbind("amq.headers", "q", "", {{"a", "1"}});
    EXPECT_EQ(reached({.exchange = "amq.headers", .headers = {{"a", "1"}}}), Names{});
    EXPECT_EQ(reached({.exchange = "amq.headers", .headers = {{"a", "2"}}}), (Names{"q", "r"}));
}

// Bindings come and go among few names and values of all kinds; each message goes where comparing
// it with every binding says.
TEST_F(HeadersExchangeTest, finds_what_comparing_with_every_binding_finds) {
    Prng dice(20260404);
    const FieldValue values[] = {"1",
                                 ByteArray{"1"},
                                 std::int32_t{1},
                                 std::int64_t{1},
                                 1.0,
                                 1.0F,
                                 0.0,
                                 -0.0,
                                 true,
                                 Timestamp{1},
                                 std::int32_t{1000},
                                 FieldValue{},
                                 "",
                                 FieldArray{},
                                 FieldTable{{"a", 1}},
                                 std::nan("")};
    const char* const names[] = {"a", "b", "c", "x-d"};
    const char* const modes[] = {"all", "any", "all-with-x", "any-with-x"};
    const auto random_table = [&](std::uint64_t fields_max) {
        FieldTable table;
        for (std::uint64_t n = dice.below(fields_max + 1); n > 0; --n)
            table.set(names[dice.below(std::size(names))], values[dice.below(std::size(values))]);
        return table;
    };
    for (int n = 0; n < 40; ++n)
        queue("q" + std::to_string(n));
    const ExchangeRecord& exchange = *vhost().find_exchange("amq.headers");
    for (int round = 0; round < 3000; ++round) {
        if (exchange.outbound.size() > 30 || (!exchange.outbound.empty() && dice.below(2) == 0)) {
            const Binding& victim = exchange.outbound[dice.below(exchange.outbound.size())];
            unbind("amq.headers", victim.destination->name, "", *victim.arguments);
        } else {
            FieldTable arguments = random_table(3);
            arguments.set("x-match", modes[dice.below(std::size(modes))]);
            bind("amq.headers", "q" + std::to_string(dice.below(40)), "", arguments);
        }
        const FieldTable headers = random_table(4);
        const std::string encoded = headers.encode();
        std::set<std::string> expected;
        for (const Binding* binding : exchange.outbound)
            if (HeadersPattern(*binding).matches(amqp091::TableView::of_checked(as_bytes(encoded))))
                expected.insert(binding->destination->name);
        const Names found = reached({.exchange = "amq.headers", .headers = headers});
        ASSERT_EQ(std::set<std::string>(found.begin(), found.end()), expected);
    }
}

TEST_F(HeadersExchangeTest, finds_bindings_of_messages_with_very_many_headers) {
    FieldTable headers;
    for (int n = 0; n < 1000; ++n)
        headers.set("h" + std::to_string(n), std::int32_t{n});
    EXPECT_TRUE(matches({{"h7", std::int32_t{7}}, {"h999", std::int32_t{999}}}, headers));
    EXPECT_TRUE(matches({}, headers));
    EXPECT_FALSE(matches({{"h7", std::int32_t{8}}}, headers));
}

TEST_F(HeadersExchangeTest, unknown_modes_are_refused) {
    EXPECT_EQ(bind_refusal({{"x-match", "foo"}}),
              "406 Invalid x-match field value <<\"foo\">>; expected all, any, all-with-x, or "
              "any-with-x");
    EXPECT_EQ(bind_refusal({{"x-match", std::int32_t{5}}}),
              "406 Invalid x-match field type signedint (value 5); expected longstr");
}

}  // namespace
}  // namespace warren::broker
