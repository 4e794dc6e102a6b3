// The exchanges that pick one destination: by hash or by chance.
#include <gtest/gtest.h>

#include <map>

#include "broker/routing/routing_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;

class SpreadingTest : public ::testing::Test, protected RoutingFixture {
protected:
    void SetUp() override {
        for (const char* name : {"q1", "q2", "q3"})
            queue(name);
    }
    // The one queue reached, or "" when there is none.
    std::string chosen(const TestMessage& message) {
        const Names names = reached(message);
        EXPECT_LE(names.size(), 1u);
        return names.empty() ? "" : *names.begin();
    }
    std::map<std::string, int> spread(std::string exchange_name, int messages) {
        std::map<std::string, int> hits;
        for (int i = 0; i < messages; ++i)
            ++hits[chosen({.exchange = exchange_name, .key = std::to_string(i)})];
        return hits;
    }
    std::string bind_refusal(std::string source, std::string key, std::string destination = "q1",
                             DestinationKind kind = DestinationKind::queue) {
        return refusal(Bind{.vhost = "/",
                            .source = std::move(source),
                            .destination_kind = kind,
                            .destination = std::move(destination),
                            .routing_key = std::move(key)});
    }
    std::string declare_refusal(std::string type, FieldTable arguments) {
        return refusal(DeclareExchange{.vhost = "/",
                                       .name = "refused",
                                       .type = std::move(type),
                                       .arguments = std::move(arguments)});
    }
};

TEST_F(SpreadingTest, consistent_hash_spreads_by_weight_and_keeps_keys_together) {
    exchange("x", "x-consistent-hash");
    EXPECT_EQ(chosen({.exchange = "x", .key = "k"}), "");
    bind("x", "q1", "1");
    bind("x", "q2", "2");
    bind("x", "q3", "7");
    const auto hits = spread("x", 10'000);
    EXPECT_NEAR(hits.at("q1"), 1000, 150);
    EXPECT_NEAR(hits.at("q2"), 2000, 200);
    EXPECT_NEAR(hits.at("q3"), 7000, 250);
    EXPECT_EQ(chosen({.exchange = "x", .key = "same"}), chosen({.exchange = "x", .key = "same"}));
}

TEST_F(SpreadingTest, consistent_hash_gives_a_destination_the_weight_of_its_first_binding) {
    exchange("x", "x-consistent-hash");
    bind("x", "q1", "1");
    bind("x", "q1", "9000");
    bind("x", "q2", "1");
    EXPECT_NEAR(spread("x", 2000).at("q1"), 1000, 120);
}

TEST_F(SpreadingTest, consistent_hash_takes_a_destination_out_with_any_of_its_bindings) {
    exchange("x", "x-consistent-hash");
    bind("x", "q1", "1");
    bind("x", "q1", "50");
    bind("x", "q2", "1");
    unbind("x", "q1", "50");
    EXPECT_EQ(spread("x", 100), (std::map<std::string, int>{{"q2", 100}}));
    unbind("x", "q1", "1");
    bind("x", "q1", "1");
    EXPECT_NEAR(spread("x", 2000).at("q1"), 1000, 120);
    delete_queue("q2");
    EXPECT_EQ(spread("x", 100), (std::map<std::string, int>{{"q1", 100}}));
}

// Recorded from RabbitMQ 4.3: weights 1, 2 and 1.
TEST_F(SpreadingTest, consistent_hash_sends_keys_where_rabbitmq_sends_them) {
    exchange("x", "x-consistent-hash");
    bind("x", "q1", "1");
    bind("x", "q2", "2");
    bind("x", "q3", "1");
    const std::map<std::string, std::string> expected{
        {"", "q1"},         {"a", "q2"},        {"b", "q2"},        {"c", "q2"},
        {"d", "q3"},        {"e", "q2"},        {"orders.1", "q2"}, {"orders.2", "q2"},
        {"orders.3", "q2"}, {"orders.4", "q1"}, {"orders.5", "q3"}, {"orders.6", "q2"}};
    for (const auto& [key, name] : expected)
        EXPECT_EQ(chosen({.exchange = "x", .key = key}), name) << key;
}

TEST_F(SpreadingTest, consistent_hash_of_headers_goes_where_rabbitmq_sends_it) {
    exchange("x", "x-consistent-hash", {{"hash-header", "h"}});
    bind("x", "q1", "1");
    bind("x", "q2", "1");
    const auto by_header = [&](amqp091::FieldValue value) {
        return chosen({.exchange = "x", .headers = {{"h", std::move(value)}}});
    };
    EXPECT_EQ(by_header("a"), "q2");
    EXPECT_EQ(by_header("e"), "q1");
    EXPECT_EQ(by_header(std::int32_t{1}), "q1");
    EXPECT_EQ(by_header(std::int32_t{2}), "q1");
    EXPECT_EQ(by_header(std::int64_t{3}), "q2");
    EXPECT_EQ(chosen({.exchange = "x", .key = "a"}), "q2");
}

TEST_F(SpreadingTest, modulus_hash_sends_keys_where_rabbitmq_sends_them) {
    exchange("x", "x-modulus-hash");
    for (const char* name : {"q1", "q2", "q3"})
        bind("x", name, "");
    const std::map<std::string, std::string> expected{
        {"", "q1"},         {"a", "q1"},       {"b", "q1"},        {"c", "q2"},
        {"d", "q1"},        {"e", "q3"},       {"orders.1", "q1"}, {"orders.2", "q3"},
        {"orders.3", "q3"}, {"orders.4", "q1"}};
    for (const auto& [key, name] : expected)
        EXPECT_EQ(chosen({.exchange = "x", .key = key}), name) << key;
}

TEST_F(SpreadingTest, consistent_hash_can_look_at_a_header_or_property) {
    exchange("by-header", "x-consistent-hash", {{"hash-header", "customer"}});
    exchange("by-property", "x-consistent-hash", {{"hash-property", "correlation_id"}});
    for (const char* name : {"q1", "q2", "q3"}) {
        bind("by-header", name, "10");
        bind("by-property", name, "10");
    }
    std::map<std::string, int> by_header;
    std::map<std::string, int> by_property;
    for (int i = 0; i < 3000; ++i) {
        const std::string value = std::to_string(i);
        ++by_header[chosen(
            {.exchange = "by-header", .key = "same", .headers = {{"customer", value}}})];
        ++by_property[chosen({.exchange = "by-property", .key = "same", .correlation_id = value})];
        EXPECT_EQ(chosen({.exchange = "by-header", .key = value}),
                  chosen({.exchange = "by-header", .key = "other"}));
    }
    for (const char* name : {"q1", "q2", "q3"}) {
        EXPECT_NEAR(by_header[name], 1000, 150);
        EXPECT_NEAR(by_property[name], 1000, 150);
    }
}

TEST_F(SpreadingTest, consistent_hash_refuses_bad_weights_and_arguments) {
    exchange("x", "x-consistent-hash");
    EXPECT_EQ(bind_refusal("x", "abc"), "406 The binding key must be an integer: <<\"abc\">>");
    EXPECT_EQ(bind_refusal("x", ""), "406 The binding key must be an integer: <<>>");
    EXPECT_EQ(bind_refusal("x", "1.5"), "406 The binding key must be an integer: <<\"1.5\">>");
    EXPECT_EQ(bind_refusal("x", "0"), "406 The binding key must be greater than 0");
    EXPECT_EQ(bind_refusal("x", "-99999999999999999999"),
              "406 The binding key must be greater than 0");
    EXPECT_EQ(bind_refusal("x", "10001"), "406 The binding key must not exceed 10000");
    EXPECT_EQ(bind_refusal("x", "99999999999999999999"),
              "406 The binding key must not exceed 10000");
    EXPECT_EQ(bind_refusal("x", "+10000"), "accepted");
    EXPECT_EQ(declare_refusal("x-consistent-hash",
                              {{"hash-header", "a"}, {"hash-property", "message_id"}}),
              "406 hash-header and hash-property are mutually exclusive");
    EXPECT_EQ(declare_refusal("x-consistent-hash", {{"hash-property", "foo"}}),
              "406 Unsupported property: foo");
    EXPECT_EQ(declare_refusal("x-consistent-hash", {{"hash-header", std::int32_t{5}}}),
              "406 invalid type 'signedint' for arg 'hash-header'");
}

TEST_F(SpreadingTest, modulus_hash_uses_the_order_of_names) {
    exchange("x", "x-modulus-hash");
    bind("x", "q3", "");
    bind("x", "q1", "ignored");
    bind("x", "q2", "");
    const auto hits = spread("x", 3000);
    for (const char* name : {"q1", "q2", "q3"})
        EXPECT_NEAR(hits.at(name), 1000, 150);
    const std::string before = chosen({.exchange = "x", .key = "k"});
    for (const char* name : {"q3", "q2"})
        unbind("x", name, "");
    for (const char* name : {"q2", "q3"})
        bind("x", name, "");
    EXPECT_EQ(chosen({.exchange = "x", .key = "k"}), before);
}

TEST_F(SpreadingTest, random_picks_a_binding_and_not_a_queue) {
    exchange("x", "x-random");
    EXPECT_EQ(chosen({.exchange = "x", .key = "k"}), "");
    bind("x", "q1", "a");
    bind("x", "q1", "b");
    bind("x", "q2", "");
    const auto hits = spread("x", 3000);
    EXPECT_NEAR(hits.at("q1"), 2000, 150);
    EXPECT_NEAR(hits.at("q2"), 1000, 150);
}

TEST_F(SpreadingTest, local_random_takes_queues_without_keys) {
    exchange("x", "x-local-random");
    EXPECT_EQ(bind_refusal("x", "k"), "406 Non empty binding 'k' key not permitted");
    EXPECT_EQ(bind_refusal("x", "", "amq.fanout", DestinationKind::exchange),
              "406 Destination not found");
    bind("x", "q1", "");
    bind("x", "q2", "");
    EXPECT_NEAR(spread("x", 2000).at("q1"), 1000, 120);
}

}  // namespace
}  // namespace warren::broker
