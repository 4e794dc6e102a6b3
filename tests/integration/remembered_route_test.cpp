// A channel remembers where its messages go, and an exchange what it found for a key. Whatever
// changes in between, on whichever shard and by whom, the next message goes where it would go if
// nobody remembered anything.
#include <gtest/gtest.h>

#include <set>

#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;

using Names = std::set<std::string>;

class RememberedRoute : public ::testing::TestWithParam<std::size_t> {
protected:
    TestNode node{GetParam()};
    TestClient publisher{node, GetParam() - 1};
    TestClient admin{node, 0};  // changes things, and consumes from all queues

    void SetUp() override {
        publisher.open();
        admin.open();
    }

    void queue(std::string_view name) {
        admin.send(QueueDeclare{.queue = name, .arguments = {}});
        admin.expect<QueueDeclareOk>();
        admin.send(
            BasicConsume{.queue = name, .consumer_tag = name, .no_ack = true, .arguments = {}});
        admin.expect<BasicConsumeOk>();
    }
    void delete_queue(std::string_view name) {
        admin.send(QueueDelete{.queue = name});
        admin.expect<QueueDeleteOk>();
    }
    void exchange(std::string_view name, std::string_view type, std::string_view alternate = {}) {
        FieldTable arguments;
        if (!alternate.empty()) arguments.set("alternate-exchange", std::string(alternate));
        const std::string table = arguments.encode();
        admin.send(ExchangeDeclare{
            .exchange = name, .type = type, .arguments = TableView::of_checked(as_bytes(table))});
        admin.expect<ExchangeDeclareOk>();
    }
    void delete_exchange(std::string_view name) {
        admin.send(ExchangeDelete{.exchange = name});
        admin.expect<ExchangeDeleteOk>();
    }
    void bind(std::string_view name, std::string_view source, std::string_view key) {
        admin.send(
            QueueBind{.queue = name, .exchange = source, .routing_key = key, .arguments = {}});
        admin.expect<QueueBindOk>();
    }
    void unbind(std::string_view name, std::string_view source, std::string_view key) {
        admin.send(
            QueueUnbind{.queue = name, .exchange = source, .routing_key = key, .arguments = {}});
        admin.expect<QueueUnbindOk>();
    }
    void bind_exchange(std::string_view name, std::string_view source, std::string_view key) {
        admin.send(ExchangeBind{
            .destination = name, .source = source, .routing_key = key, .arguments = {}});
        admin.expect<ExchangeBindOk>();
    }
    void submit_user(auth::UserCommand command) {
        TestShard& shard = node.shard(0);
        node.on(shard, [&] { shard.shard->submit_user(std::move(command), {}); });
        node.settle();
    }

    Names reached_once(std::string_view source, std::string_view key) {
        publisher.publish(source, key, "body", true);
        Names names;
        while (!admin.idle()) {
            names.insert(std::string(admin.expect<BasicDeliver>().consumer_tag));
            EXPECT_EQ(admin.expect_body(), "body");
        }
        if (names.empty()) {
            EXPECT_EQ(publisher.expect<BasicReturn>().routing_key, key);
            publisher.expect_body();
        }
        return names;
    }
    // Published again and again, and with other keys of the exchange in between.
    void expect_reached(std::string_view source, std::string_view key, const Names& names) {
        EXPECT_EQ(reached_once(source, key), names) << source << " " << key;
        EXPECT_EQ(reached_once(source, key), names) << source << " " << key;
        EXPECT_EQ(reached_once(source, "nobody.is.bound.by.this"), Names{});
        EXPECT_EQ(reached_once(source, key), names) << source << " " << key;
    }
};

TEST_P(RememberedRoute, keys_of_one_exchange_take_turns) {
    queue("q1");
    queue("q2");
    bind("q1", "amq.topic", "a.*");
    bind("q2", "amq.topic", "*.b");
    for (int turn = 0; turn < 3; ++turn) {
        EXPECT_EQ(reached_once("amq.topic", "a.a"), Names{"q1"});
        EXPECT_EQ(reached_once("amq.topic", "b.b"), Names{"q2"});
        EXPECT_EQ(reached_once("amq.topic", "a.b"), (Names{"q1", "q2"}));
        EXPECT_EQ(reached_once("amq.topic", "c"), Names{});
        EXPECT_EQ(reached_once("", "q1"), Names{"q1"});
        EXPECT_EQ(reached_once("", "q2"), Names{"q2"});
        EXPECT_EQ(reached_once("", "a.a"), Names{});
    }
}

TEST_P(RememberedRoute, names_that_begin_alike_are_told_apart) {
    queue("q1");
    queue("q2");
    exchange("e", "direct");
    exchange("ee", "direct");
    bind("q1", "e", "ek");
    bind("q2", "ee", "k");
    for (int turn = 0; turn < 2; ++turn) {
        EXPECT_EQ(reached_once("e", "ek"), Names{"q1"});
        EXPECT_EQ(reached_once("ee", "k"), Names{"q2"});
        EXPECT_EQ(reached_once("e", "k"), Names{});
    }
}

TEST_P(RememberedRoute, bindings_come_and_go) {
    for (const char* type : {"topic", "direct"}) {
        queue("q1");
        queue("q2");
        exchange("e", type);
        expect_reached("e", "a.b", {});
        bind("q1", "e", "a.b");
        expect_reached("e", "a.b", {"q1"});
        bind("q2", "e", "a.b");
        expect_reached("e", "a.b", {"q1", "q2"});
        unbind("q1", "e", "a.b");
        expect_reached("e", "a.b", {"q2"});
        delete_queue("q2");
        expect_reached("e", "a.b", {});
        queue("q2");
        expect_reached("e", "a.b", {});
        bind("q2", "e", "a.b");
        expect_reached("e", "a.b", {"q2"});
        delete_exchange("e");
        delete_queue("q1");
        delete_queue("q2");
    }
}

TEST_P(RememberedRoute, exchanges_behind_the_exchange_change) {
    queue("q1");
    queue("q2");
    exchange("outer", "topic", "amq.fanout");
    exchange("inner", "topic");
    bind("q2", "amq.fanout", "");
    EXPECT_EQ(reached_once("outer", "a.b"), Names{"q2"}) << "by the alternate exchange";
    bind_exchange("inner", "outer", "a.#");
    EXPECT_EQ(reached_once("outer", "a.b"), Names{}) << "matched, and lost behind";
    bind("q1", "inner", "*.b");
    EXPECT_EQ(reached_once("outer", "a.b"), Names{"q1"});
    EXPECT_EQ(reached_once("outer", "b.b"), Names{"q2"});
    delete_exchange("inner");
    EXPECT_EQ(reached_once("outer", "a.b"), Names{"q2"});
    unbind("q2", "amq.fanout", "");
    EXPECT_EQ(reached_once("outer", "a.b"), Names{});
}

TEST_P(RememberedRoute, an_exchange_comes_again_as_another) {
    queue("q1");
    for (int turn = 0; turn < 2; ++turn) {
        exchange("e", "fanout");
        bind("q1", "e", "k");
        EXPECT_EQ(reached_once("e", "other"), Names{"q1"});
        EXPECT_EQ(reached_once("e", "k"), Names{"q1"});
        delete_exchange("e");
        exchange("e", "direct");
        bind("q1", "e", "k");
        EXPECT_EQ(reached_once("e", "other"), Names{});
        EXPECT_EQ(reached_once("e", "k"), Names{"q1"});
        delete_exchange("e");
    }
}

TEST_P(RememberedRoute, an_exchange_that_is_gone_is_missed_with_every_key) {
    queue("q1");
    exchange("e", "direct");
    bind("q1", "e", "k");
    EXPECT_EQ(reached_once("e", "k"), Names{"q1"});
    EXPECT_EQ(reached_once("e", "other"), Names{});
    delete_exchange("e");
    publisher.publish("e", "k", "body");
    EXPECT_EQ(publisher.expect<ChannelClose>().reply_code, 404);
}

TEST_P(RememberedRoute, topic_permissions_are_asked_with_every_key) {
    queue("q1");
    bind("q1", "amq.topic", "#");
    EXPECT_EQ(reached_once("amq.topic", "secret"), Names{"q1"});
    submit_user({auth::SetTopicPermissions{"guest", "/", "amq.topic", {"^public", ".*"}}});
    EXPECT_EQ(reached_once("amq.topic", "public.1"), Names{"q1"});
    EXPECT_EQ(reached_once("amq.topic", "public.2"), Names{"q1"});
    publisher.publish("amq.topic", "secret", "body");
    EXPECT_EQ(publisher.expect<ChannelClose>().reply_code, 403);
}

TEST_P(RememberedRoute, permissions_that_are_taken_away_are_missed_with_another_key) {
    queue("q1");
    bind("q1", "amq.direct", "k");
    EXPECT_EQ(reached_once("amq.direct", "k"), Names{"q1"});
    submit_user({auth::SetPermissions{"guest", "/", {".*", "^q", ".*"}}});
    publisher.publish("amq.direct", "other", "body");
    EXPECT_EQ(publisher.expect<ChannelClose>().reply_code, 403);
}

INSTANTIATE_TEST_SUITE_P(OnShards, RememberedRoute, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace warren::test
