#include "broker/exchange/topic_cache.h"

#include <gtest/gtest.h>

#include "broker/routing/routing_fixture.h"

namespace warren::broker {
namespace {

class TopicCacheTest : public ::testing::Test, protected RoutingFixture {
protected:
    void SetUp() override {
        for (const char* name : {"q1", "q2"})
            queue(name);
    }
    const Destination* queue_named(std::string_view name) { return vhost().find_queue(name); }
};

TEST_F(TopicCacheTest, knows_what_was_put_in_until_bindings_change) {
    TopicCache cache;
    cache.forget(10);
    EXPECT_EQ(cache.find("a.b"), nullptr);
    const Destination* const found[] = {queue_named("q1"), queue_named("q2")};
    cache.put("a.b", found);
    cache.put("", {});
    ASSERT_NE(cache.find("a.b"), nullptr);
    EXPECT_TRUE(std::ranges::equal(cache.find("a.b")->destinations(), found));
    ASSERT_NE(cache.find(""), nullptr);
    EXPECT_TRUE(cache.find("")->destinations().empty());
    EXPECT_EQ(cache.find("a.c"), nullptr);
    cache.forget(11);
    EXPECT_EQ(cache.find("a.b"), nullptr);
}

TEST_F(TopicCacheTest, leaves_out_what_does_not_fit) {
    TopicCache cache;
    cache.forget(1);
    const std::string longest(TopicCache::Entry::key_bytes_max, 'k');
    cache.put(longest, {});
    EXPECT_NE(cache.find(longest), nullptr);
    cache.put(longest + "k", {});
    EXPECT_EQ(cache.find(longest + "k"), nullptr);
    const std::vector<const Destination*> many(TopicCache::Entry::destinations_max + 1,
                                               queue_named("q1"));
    cache.put("many", many);
    EXPECT_EQ(cache.find("many"), nullptr);
}

TEST_F(TopicCacheTest, rests_while_keys_do_not_come_again_and_then_works_again) {
    TopicCache cache;
    cache.forget(1);
    for (int n = 0; n < 5000; ++n) {
        const std::string key = "once." + std::to_string(n);
        EXPECT_EQ(cache.find(key), nullptr);
        cache.put(key, {});
    }
    cache.put("again", {});
    EXPECT_EQ(cache.find("again"), nullptr) << "it rests";
    int asked = 0;
    while (cache.find("again") == nullptr) {
        cache.put("again", {});
        ASSERT_LT(++asked, 100'000);
    }
}

// Through the exchange: each key is routed twice in a row, so that the second comes from the cache.
TEST_F(TopicCacheTest, no_route_outlives_a_change) {
    const auto expect = [this](const char* key, const Names& names) {
        for (int n = 0; n < 2; ++n)
            EXPECT_EQ(reached("amq.topic", key), names) << key;
    };
    expect("a.b", {});
    bind("amq.topic", "q1", "a.*");
    expect("a.b", {"q1"});
    bind("amq.topic", "q2", "#.b");
    expect("a.b", {"q1", "q2"});
    unbind("amq.topic", "q1", "a.*");
    expect("a.b", {"q2"});
    delete_queue("q2");
    expect("a.b", {});
    queue("q2");
    expect("a.b", {});
    bind("amq.topic", "q2", "a.b");
    expect("a.b", {"q2"});
}

TEST_F(TopicCacheTest, changes_behind_the_exchange_count) {
    exchange("inner", "topic");
    exchange("outer", "topic", {{"alternate-exchange", "amq.fanout"}});
    bind_exchange("outer", "inner", "a.#");
    bind("amq.fanout", "q2", "");
    const auto expect = [this](const char* key, const Names& names) {
        for (int n = 0; n < 2; ++n)
            EXPECT_EQ(reached("outer", key), names) << key;
    };
    expect("a.b", {});  // matched by the binding to an exchange that has none
    expect("b", {"q2"});
    bind("inner", "q1", "*.b");
    expect("a.b", {"q1"});
    expect("a.c", {});
    unbind("inner", "q1", "*.b");
    expect("a.b", {});
    must(DeleteExchange{.vhost = "/", .name = "inner"});
    expect("a.b", {"q2"});
    unbind("amq.fanout", "q2", "");
    expect("a.b", {});
}

}  // namespace
}  // namespace warren::broker
