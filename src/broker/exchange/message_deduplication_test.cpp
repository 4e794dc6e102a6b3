#include "broker/exchange/message_deduplication.h"

#include <gtest/gtest.h>

#include <set>

#include "broker/deduplication/deduplicator.h"
#include "broker/routing/route_message.h"
#include "broker/routing/routing_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

// Names of exchanges to which everything is a duplicate.
struct Doubters final : Deduplicator {
    bool is_duplicate(const ExchangeRecord& exchange, const amqp091::ContentHeader&) override {
        asked.insert(exchange.name);
        return names.count(exchange.name) != 0;
    }
    std::set<std::string> names;
    std::multiset<std::string> asked;
};

class MessageDeduplicationTest : public ::testing::Test, protected RoutingFixture {
protected:
    void SetUp() override {
        deduplicating("x");
        queue("q");
    }
    void deduplicating(std::string name, FieldTable more = {}) {
        more.set("x-cache-size", std::int32_t{10});
        exchange(std::move(name), "x-message-deduplication", std::move(more));
    }
    Names reached_with(const std::string& exchange_name, const FieldTable& headers = {}) {
        const std::string header = amqp091::HeaderEdit().set_headers(headers).encode(0);
        const MessageRef message = Message::make(exchange_name, "k", as_bytes(header), {}, {});
        route_message(topology, *vhost().find_exchange(exchange_name), *message, {}, random,
                      last_route, &doubters);
        Names names;
        for (const QueueRecord* queue : last_route.queues())
            names.insert(queue->name);
        return names;
    }
    bool passes(std::string_view name) {
        return passes_deduplication(topology, *vhost().find_exchange(name));
    }
    std::string refusal_of(FieldTable arguments) {
        return refusal(DeclareExchange{.vhost = "/",
                                       .name = "refused",
                                       .type = "x-message-deduplication",
                                       .arguments = std::move(arguments)});
    }

    Doubters doubters;
};

TEST_F(MessageDeduplicationTest, originals_go_to_every_binding) {
    queue("q2");
    bind("x", "q", "a");
    bind("x", "q2", "b");
    EXPECT_EQ(reached_with("x"), (Names{"q", "q2"}));
    EXPECT_EQ(reached("x", "k"), (Names{"q", "q2"}));
    EXPECT_FALSE(key_only("x"));
}

TEST_F(MessageDeduplicationTest, duplicates_go_nowhere_from_there) {
    bind("x", "q", "");
    doubters.names = {"x"};
    EXPECT_EQ(reached_with("x"), Names{});
    EXPECT_FALSE(last_route.reached_any());
}

TEST_F(MessageDeduplicationTest, duplicates_take_the_alternate_exchange) {
    exchange("ae", "fanout");
    bind("ae", "q", "");
    deduplicating("y", {{"alternate-exchange", "ae"}});
    doubters.names = {"y"};
    EXPECT_EQ(reached_with("y"), Names{"q"});
}

TEST_F(MessageDeduplicationTest, each_exchange_on_the_way_is_asked_once) {
    deduplicating("y");
    exchange("front", "fanout");
    bind_exchange("front", "x", "");
    bind_exchange("front", "y", "");
    bind_exchange("x", "y", "");
    bind_exchange("y", "front", "");
    bind("y", "q", "");
    doubters.names = {"x"};
    EXPECT_EQ(reached_with("front"), Names{"q"});
    EXPECT_EQ(doubters.asked, (std::multiset<std::string>{"x", "y"}));
}

TEST_F(MessageDeduplicationTest, a_delayed_exchange_asks_when_messages_are_due) {
    exchange("late", "x-delayed-message",
             {{"x-delayed-type", "x-message-deduplication"}, {"x-cache-size", std::int32_t{10}}});
    bind("late", "q", "");
    EXPECT_TRUE(passes("late"));
    doubters.names = {"late"};
    EXPECT_EQ(reached_with("late", {{"x-delay", std::int32_t{500}}}), Names{"amq.delayed.late"});
    EXPECT_TRUE(doubters.asked.empty());
    EXPECT_EQ(reached_with("late", {{"x-delay", std::int32_t{-500}}}), Names{});
    EXPECT_EQ(doubters.asked.size(), 1u);
    must(DeleteExchange{.vhost = "/", .name = "x"});
    EXPECT_EQ(vhost().deduplicating_exchanges, 1u);
    must(DeleteExchange{.vhost = "/", .name = "late"});
    EXPECT_EQ(vhost().deduplicating_exchanges, 0u);
}

TEST_F(MessageDeduplicationTest, it_is_known_which_exchanges_lead_there) {
    exchange("front", "topic");
    exchange("far", "direct");
    exchange("aside", "direct", {{"alternate-exchange", "x"}});
    bind_exchange("far", "front", "k");
    EXPECT_TRUE(passes("x"));
    EXPECT_TRUE(passes("aside"));
    EXPECT_FALSE(passes("front"));
    EXPECT_FALSE(passes("far"));
    EXPECT_FALSE(passes(""));
    bind_exchange("front", "x", "k");
    EXPECT_TRUE(passes("front"));
    EXPECT_TRUE(passes("far"));
    must(DeleteExchange{.vhost = "/", .name = "x"});
    for (const char* name : {"front", "far", "aside"})
        EXPECT_FALSE(passes(name)) << name;
    EXPECT_EQ(vhost().deduplicating_exchanges, 0u);
}

TEST_F(MessageDeduplicationTest, its_home_is_always_the_same_shard) {
    for (std::size_t shards = 1; shards < 20; ++shards) {
        const ShardId home = deduplication_home(vhost(), shards);
        EXPECT_LT(home.value, shards);
        EXPECT_EQ(deduplication_home(vhost(), shards), home);
    }
}

TEST_F(MessageDeduplicationTest, arguments_are_read) {
    exchange("y", "x-message-deduplication",
             {{"x-cache-size", "12"},
              {"x-cache-ttl", std::int16_t{500}},
              {"x-cache-persistence", "disk"}});
    const auto y = deduplication_settings(*vhost().find_exchange("y"));
    EXPECT_EQ(y.size_max, 12u);
    EXPECT_EQ(y.ttl_ms, 500);
    EXPECT_TRUE(y.persistent);
    const auto x = deduplication_settings(*vhost().find_exchange("x"));
    EXPECT_EQ(x.size_max, 10u);
    EXPECT_EQ(x.ttl_ms, std::nullopt);
    EXPECT_FALSE(x.persistent);
}

TEST_F(MessageDeduplicationTest, a_cache_must_have_a_size) {
    const std::string refused =
        "406 Missing or invalid argument, 'x-cache-size' must be an integer greater than 0";
    EXPECT_EQ(refusal_of({}), refused);
    for (const FieldValue& value : std::initializer_list<FieldValue>{
             std::int32_t{0}, std::int32_t{-1}, "foo", "", "5x", "-5", 5.0, true, {}})
        EXPECT_EQ(refusal_of({{"x-cache-size", value}}), refused);
}

TEST_F(MessageDeduplicationTest, a_time_must_be_one) {
    const std::string refused =
        "406 Invalid argument, 'x-cache-ttl' must be an integer greater than 0";
    for (const FieldValue& value :
         std::initializer_list<FieldValue>{std::int32_t{0}, "bar", 1.5, {}})
        EXPECT_EQ(refusal_of({{"x-cache-size", "1"}, {"x-cache-ttl", value}}), refused);
}

TEST_F(MessageDeduplicationTest, keys_are_kept_in_memory_or_on_disk) {
    const std::string refused =
        "406 Invalid argument, 'x-cache-persistence' must be either 'disk' or 'memory'";
    for (const FieldValue& value :
         std::initializer_list<FieldValue>{"tape", std::int32_t{1}, true, {}})
        EXPECT_EQ(refusal_of({{"x-cache-size", "1"}, {"x-cache-persistence", value}}), refused);
}

TEST_F(MessageDeduplicationTest, messages_may_have_their_own_time) {
    const auto ttl_of = [](FieldTable headers) {
        const std::string entries = headers.encode();
        return cache_ttl_ms(amqp091::TableView::of_checked(as_bytes(entries)));
    };
    EXPECT_EQ(ttl_of({{"x-cache-ttl", std::int64_t{7}}}), 7);
    EXPECT_EQ(ttl_of({{"x-cache-ttl", std::int8_t{-1}}}), -1);
    EXPECT_EQ(ttl_of({{"x-cache-ttl", "7"}}), std::nullopt);
    EXPECT_EQ(ttl_of({}), std::nullopt);
}

}  // namespace
}  // namespace warren::broker
