// Exchanges of type x-message-deduplication and queues that find duplicates, as clients see them on
// one shard and on three: whoever publishes, from whatever shard, and where the queues live.
#include <gtest/gtest.h>

#include "amqp091/field_table.h"
#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;

class Deduplication : public ::testing::TestWithParam<std::size_t> {
protected:
    TestNode node{GetParam()};
    TestClient client{node, GetParam() - 1};
    TestClient other{node, 0};

    void SetUp() override {
        client.open();
        other.open();
    }
    void declare_exchange(std::string_view name, const FieldTable& arguments,
                          std::string_view type = "x-message-deduplication") {
        const std::string table = arguments.encode();
        client.send(ExchangeDeclare{.exchange = name,
                                    .type = type,
                                    .durable = true,
                                    .arguments = TableView::of_checked(as_bytes(table))});
        client.expect<ExchangeDeclareOk>();
    }
    void declare_queue(std::string_view name, const FieldTable& arguments = {}) {
        const std::string table = arguments.encode();
        client.send(QueueDeclare{
            .queue = name, .durable = true, .arguments = TableView::of_checked(as_bytes(table))});
        client.expect<QueueDeclareOk>();
    }
    void bind(std::string_view queue, std::string_view exchange) {
        client.send(
            QueueBind{.queue = queue, .exchange = exchange, .routing_key = "k", .arguments = {}});
        client.expect<QueueBindOk>();
    }
    void bind_exchange(std::string_view destination, std::string_view source) {
        client.send(ExchangeBind{
            .destination = destination, .source = source, .routing_key = {}, .arguments = {}});
        client.expect<ExchangeBindOk>();
    }
    // The whole publish of a message with that key, or none.
    static std::string keyed_publish(std::string_view exchange, std::string_view key,
                                     std::string_view body, bool mandatory = false,
                                     std::int32_t ttl_ms = 0) {
        FieldTable headers;
        if (!key.empty()) headers.set("x-deduplication-header", key);
        if (ttl_ms != 0) headers.set("x-cache-ttl", ttl_ms);
        return publish_frames({.exchange = exchange, .routing_key = "k", .mandatory = mandatory},
                              body, HeaderEdit().set_headers(headers));
    }
    void publish(TestClient& by, std::string_view exchange, std::string_view key,
                 std::string_view body, bool mandatory = false) {
        by.write(keyed_publish(exchange, key, body, mandatory));
    }
    static void start_confirms(TestClient& by) {
        by.send(ConfirmSelect{});
        by.expect<ConfirmSelectOk>();
    }
    static std::string get_frame(std::string_view queue) {
        std::string frame;
        append_method(frame, {1}, BasicGet{.queue = queue, .no_ack = true});
        return frame;
    }
    // All bodies in the queue, which are gone then.
    std::vector<std::string> drain(std::string_view queue) {
        std::vector<std::string> bodies;
        while (true) {
            client.write(get_frame(queue));
            const ReceivedFrame answer = client.receive();
            if (answer.method() != MethodId::basic_get_ok) return bodies;
            bodies.push_back(client.expect_body());
        }
    }
    using Bodies = std::vector<std::string>;
};

const FieldTable small_cache{{"x-cache-size", std::int32_t{100}}};

TEST_P(Deduplication, a_duplicate_is_found_whoever_publishes_it) {
    declare_exchange("x", small_cache);
    declare_queue("q");
    bind("q", "x");
    publish(client, "x", "a", "1");
    publish(other, "x", "a", "2");
    publish(other, "x", "b", "3");
    publish(client, "x", "b", "4");
    publish(client, "x", "", "5");
    publish(other, "x", "", "6");
    EXPECT_EQ(drain("q"), (Bodies{"1", "3", "5", "6"}));
    // It is the exchange that remembers, not the queue.
    publish(client, "x", "a", "7");
    EXPECT_EQ(drain("q"), Bodies{});
}

TEST_P(Deduplication, is_a_fanout_for_every_original) {
    declare_exchange("x", small_cache);
    for (const char* queue : {"q1", "q2", "q3"}) {
        declare_queue(queue);
        bind(queue, "x");
    }
    publish(client, "x", "a", "1");
    publish(client, "x", "a", "2");
    for (const char* queue : {"q1", "q2", "q3"})
        EXPECT_EQ(drain(queue), Bodies{"1"});
}

// As unroutable messages are.
TEST_P(Deduplication, duplicates_are_confirmed_and_returned_if_mandatory) {
    declare_exchange("x", small_cache);
    declare_queue("q");
    bind("q", "x");
    start_confirms(client);
    publish(client, "x", "a", "1", true);
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 1u);
    publish(client, "x", "a", "2");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 2u);
    publish(client, "x", "a", "3", true);
    EXPECT_EQ(client.expect<BasicReturn>().reply_code, 312);
    EXPECT_EQ(client.expect_body(), "3");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 3u);
    publish(other, "x", "a", "4", true);
    EXPECT_EQ(other.expect<BasicReturn>().reply_code, 312);
    EXPECT_EQ(other.expect_body(), "4");
    EXPECT_TRUE(other.idle());
}

TEST_P(Deduplication, duplicates_go_to_the_alternate_exchange) {
    declare_exchange("ae", {}, "fanout");
    declare_queue("duplicates");
    bind("duplicates", "ae");
    FieldTable arguments = small_cache;
    arguments.set("alternate-exchange", "ae");
    declare_exchange("x", arguments);
    declare_queue("q");
    bind("q", "x");
    start_confirms(client);
    for (const char* body : {"1", "2", "3"})
        publish(client, "x", "a", body, true);
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 1u);
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 2u);
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 3u);
    EXPECT_EQ(drain("q"), Bodies{"1"});
    EXPECT_EQ(drain("duplicates"), (Bodies{"2", "3"}));
}

// One reading, many messages: in the order they came, and nothing overtakes them.
TEST_P(Deduplication, order_is_kept) {
    declare_exchange("x", small_cache);
    declare_queue("q");
    bind("q", "x");
    start_confirms(client);
    std::string frames;
    Bodies sent;
    for (int n = 1; n <= 30; ++n) {
        sent.push_back(std::to_string(n));
        // With a key, without, and past the exchange.
        frames += keyed_publish(n % 3 == 2 ? "" : "x", n % 3 == 0 ? sent.back() : "", sent.back());
    }
    // The default exchange goes by the routing key.
    declare_queue("k");
    bind("k", "x");
    client.write(frames + get_frame("k"));
    std::uint64_t confirmed = 0;
    Bodies got;
    while (confirmed < 30 || got.empty()) {
        const ReceivedFrame frame = client.receive();
        if (frame.method() == MethodId::basic_ack)
            confirmed = BasicAck::decode(as_bytes(frame.payload).subspan(4))->delivery_tag;
        else if (frame.method() == MethodId::basic_get_ok)
            got.push_back(client.expect_body());
        else
            FAIL() << method_name(frame.method());
    }
    for (const std::string& body : drain("k"))
        got.push_back(body);
    EXPECT_EQ(got, sent);
}

TEST_P(Deduplication, keys_have_their_time) {
    FieldTable arguments = small_cache;
    arguments.set("x-cache-ttl", std::int32_t{1000});
    declare_exchange("x", arguments);
    declare_queue("q");
    bind("q", "x");
    publish(client, "x", "a", "1");
    client.write(keyed_publish("x", "b", "2", false, 3000));
    node.advance_ms(999);
    publish(client, "x", "a", "3");
    node.advance_ms(1);
    publish(client, "x", "a", "4");
    publish(client, "x", "b", "5");
    node.advance_ms(2000);
    publish(other, "x", "b", "6");
    EXPECT_EQ(drain("q"), (Bodies{"1", "2", "4", "6"}));
}

TEST_P(Deduplication, a_full_cache_forgets_the_oldest) {
    declare_exchange("x", {{"x-cache-size", "2"}});
    declare_queue("q");
    bind("q", "x");
    for (const char* key : {"a", "b", "c", "b", "a"})
        publish(client, "x", key, key);
    EXPECT_EQ(drain("q"), (Bodies{"a", "b", "c", "a"}));
}

// The publisher was told that it is not there: it will try again.
TEST_P(Deduplication, a_refused_message_is_no_original) {
    declare_exchange("x", small_cache);
    declare_queue("q", {{"x-max-length", std::int32_t{1}}, {"x-overflow", "reject-publish"}});
    bind("q", "x");
    start_confirms(client);
    publish(client, "x", "a", "1");
    client.expect<BasicAck>();
    publish(client, "x", "b", "2");
    EXPECT_EQ(client.expect<BasicNack>().delivery_tag, 2u);
    EXPECT_EQ(drain("q"), Bodies{"1"});
    publish(client, "x", "b", "3");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 3u);
    EXPECT_EQ(drain("q"), Bodies{"3"});
}

TEST_P(Deduplication, exchanges_behind_others_look_too) {
    declare_exchange("x", small_cache);
    declare_exchange("y", small_cache);
    declare_exchange("front", {}, "fanout");
    for (const char* queue : {"q", "qx", "qy"})
        declare_queue(queue);
    bind_exchange("x", "front");
    bind_exchange("y", "front");
    bind("qx", "x");
    bind("qy", "y");
    bind("q", "front");
    bind("q", "x");
    bind_exchange("front", "y");  // round and round
    publish(client, "y", "a", "1");
    EXPECT_EQ(drain("q"), Bodies{"1"});
    EXPECT_EQ(drain("qx"), Bodies{"1"});
    EXPECT_EQ(drain("qy"), Bodies{"1"});
    publish(other, "front", "a", "2");
    EXPECT_EQ(drain("q"), Bodies{"2"});
    EXPECT_EQ(drain("qx"), Bodies{});
    EXPECT_EQ(drain("qy"), Bodies{});
    start_confirms(client);
    publish(client, "x", "a", "3", true);
    client.expect<BasicReturn>();
    EXPECT_EQ(client.expect_body(), "3");
    client.expect<BasicAck>();
}

TEST_P(Deduplication, dead_letters_are_looked_through_too) {
    declare_exchange("x", small_cache);
    declare_queue("dead");
    bind("dead", "x");
    declare_queue("q", {{"x-dead-letter-exchange", "x"}, {"x-message-ttl", std::int32_t{0}}});
    declare_exchange("front", {}, "fanout");
    bind("q", "front");
    for (const char* body : {"1", "2"})
        publish(client, "front", "a", body);
    publish(client, "front", "b", "3");
    EXPECT_EQ(drain("dead"), (Bodies{"1", "3"}));
}

TEST_P(Deduplication, an_exchange_that_is_declared_anew_remembers_nothing) {
    declare_exchange("x", small_cache);
    declare_queue("q");
    bind("q", "x");
    publish(client, "x", "a", "1");
    client.send(ExchangeDelete{.exchange = "x"});
    client.expect<ExchangeDeleteOk>();
    declare_exchange("x", small_cache);
    bind("q", "x");
    publish(client, "x", "a", "2");
    EXPECT_EQ(drain("q"), (Bodies{"1", "2"}));
}

TEST_P(Deduplication, transactions_wait_for_it) {
    declare_exchange("x", small_cache);
    declare_queue("q");
    bind("q", "x");
    client.send(TxSelect{});
    client.expect<TxSelectOk>();
    client.write(keyed_publish("x", "a", "1") + keyed_publish("x", "a", "2") +
                 keyed_publish("x", "b", "3"));
    client.send(TxCommit{});
    client.expect<TxCommitOk>();
    EXPECT_EQ(drain("q"), (Bodies{"1", "3"}));
}

// The channel that published it has gone, and another one has its number.
TEST_P(Deduplication, a_return_finds_only_the_channel_that_published) {
    declare_exchange("x", small_cache);
    std::string frames = keyed_publish("x", "a", "1", true);
    append_method(frames, {1}, ChannelClose{.reply_code = 200, .reply_text = "bye"});
    append_method(frames, {1}, ChannelOpen{});
    client.write(frames);
    while (true) {
        const ReceivedFrame frame = client.receive();
        if (frame.method() == MethodId::channel_open_ok) break;
        // Before the close, if the shard is one.
        if (frame.method() == MethodId::basic_return) client.expect_body();
    }
    EXPECT_TRUE(client.idle());
}

// ---- queues ----

TEST_P(Deduplication, a_queue_refuses_what_it_has_already) {
    declare_queue("k", {{"x-message-deduplication", true}});
    start_confirms(client);
    publish(client, "", "a", "1");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 1u);
    publish(client, "", "a", "2");
    EXPECT_EQ(client.expect<BasicNack>().delivery_tag, 2u);
    EXPECT_EQ(drain("k"), Bodies{"1"});
    publish(client, "", "a", "3");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 3u);
}

INSTANTIATE_TEST_SUITE_P(shards, Deduplication, ::testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace warren::test
