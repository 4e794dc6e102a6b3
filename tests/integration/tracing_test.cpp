// The firehose: what is copied to amq.rabbitmq.trace while a vhost is traced, over one shard and
// several, and that nothing is when it is not.
#include <gtest/gtest.h>

#include "broker/trace/trace.h"
#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;

struct Copy {
    std::string key;
    FieldTable headers;
    std::string body;
};

class Tracing : public ::testing::TestWithParam<std::size_t> {
protected:
    TestNode node{GetParam()};
    TestClient client{node, GetParam() - 1};
    TestClient listener{node, 0};

    void SetUp() override {
        client.open();
        listener.open();
        declare(client, "q");
        declare(listener, "firehose");
        listener.send(QueueBind{.queue = "firehose",
                                .exchange = broker::trace_exchange,
                                .routing_key = "#",
                                .arguments = {}});
        listener.expect<QueueBindOk>();
    }

    static void declare(TestClient& by, std::string_view name) {
        by.send(QueueDeclare{.queue = name, .arguments = {}});
        by.expect<QueueDeclareOk>();
    }
    void trace(bool on) {
        TestShard& shard = node.shard(0);
        node.on(shard, [&] {
            shard.shard->submit({broker::TraceVhost{"/", on}}, {}, broker::AnswerWhen::in_force);
        });
        node.settle();
    }
    // The next copy; an empty key if there is none.
    Copy next_copy() {
        listener.send(BasicGet{.queue = "firehose", .no_ack = true});
        const ReceivedFrame answer = listener.receive();
        if (answer.method() != BasicGetOk::id) return {};
        const auto method = BasicGetOk::decode(as_bytes(answer.payload).subspan(4));
        Copy copy{std::string(method->routing_key), {}, {}};
        const ReceivedFrame header = listener.receive();
        const auto decoded = ContentHeader::decode(as_bytes(header.payload));
        copy.headers = decoded->headers().decode();
        for (std::size_t bytes = decoded->body_bytes(); copy.body.size() < bytes;)
            copy.body += listener.receive().payload;
        return copy;
    }
    void get_from(std::string_view queue) {
        client.send(BasicGet{.queue = queue, .no_ack = true});
        client.expect<BasicGetOk>();
        client.expect_body();
    }
};

TEST_P(Tracing, copies_are_made_of_what_is_published_and_delivered_while_it_is_on) {
    client.publish("", "q", "before");
    trace(true);
    client.publish("", "q", "one");
    get_from("q");
    get_from("q");
    trace(false);
    client.publish("", "q", "after");

    const Copy published = next_copy();
    EXPECT_EQ(published.key, "publish.");
    EXPECT_EQ(published.body, "one");
    EXPECT_EQ(*published.headers.find("routed_queues"), FieldValue(FieldArray{{"q"}}));
    EXPECT_EQ(*published.headers.find("routing_keys"), FieldValue(FieldArray{{"q"}}));
    EXPECT_EQ(*published.headers.find("user"), FieldValue("guest"));
    EXPECT_EQ(*published.headers.find("vhost"), FieldValue("/"));
    EXPECT_EQ(*published.headers.find("channel"), FieldValue(std::int32_t{1}));
    EXPECT_EQ(*published.headers.find("connection"),
              FieldValue("127.0.0.1:40000 -> 127.0.0.1:5672"));
    for (const auto* body : {"before", "one"}) {
        const Copy delivered = next_copy();
        EXPECT_EQ(delivered.key, "deliver.q");
        EXPECT_EQ(delivered.body, body);
        EXPECT_EQ(*delivered.headers.find("redelivered"), FieldValue(std::int32_t{0}));
    }
    EXPECT_EQ(next_copy().key, "");
}

TEST_P(Tracing, publishes_that_repeat_one_another_are_copied_all) {
    // Long enough for the channel to have learned what repeats.
    for (int n = 0; n < 4; ++n)
        client.publish("", "q", "same");
    trace(true);
    for (int n = 0; n < 4; ++n)
        client.publish("", "q", "same");
    for (int n = 0; n < 4; ++n)
        EXPECT_EQ(next_copy().key, "publish.");
    EXPECT_EQ(next_copy().key, "");
}

TEST_P(Tracing, deliveries_to_consumers_are_copied_and_copies_are_not) {
    trace(true);
    listener.send(
        BasicConsume{.queue = "q", .consumer_tag = "c", .no_ack = true, .arguments = {}});
    listener.expect<BasicConsumeOk>();
    client.publish("amq.fanout", "lost", "nowhere");
    client.publish("", "q", "somewhere");
    EXPECT_EQ(listener.expect<BasicDeliver>().routing_key, "q");
    listener.expect_body();
    Copy copy = next_copy();
    EXPECT_EQ(copy.key, "publish.amq.fanout");
    EXPECT_EQ(*copy.headers.find("routed_queues"), FieldValue(FieldArray{}));
    // Those of two shards have no order among each other.
    std::multiset<std::string> keys{next_copy().key, next_copy().key};
    EXPECT_EQ(keys, (std::multiset<std::string>{"deliver.q", "publish."}));
    EXPECT_EQ(next_copy().key, "");
}

TEST_P(Tracing, a_copy_has_the_properties_of_the_message_and_its_large_body) {
    trace(true);
    const std::string body(100'000, 'b');
    HeaderEdit header;
    header.set_text(Property::content_type, "text/plain")
        .set_delivery_mode(2)
        .set_timestamp(5'000'000'000)
        .set_headers({{"CC", FieldArray{{"copy"}}}, {"BCC", FieldArray{{"secret"}}}});
    client.write(publish_frames({.exchange = "amq.direct", .routing_key = "k"}, body, header));
    const Copy copy = next_copy();
    EXPECT_EQ(copy.body, body);
    EXPECT_EQ(*copy.headers.find("routing_keys"),
              FieldValue(FieldArray{{"k"}, {"copy"}, {"secret"}}));
    const FieldTable& properties = *copy.headers.find("properties")->as_table();
    EXPECT_EQ(*properties.find("content_type"), FieldValue("text/plain"));
    EXPECT_EQ(*properties.find("delivery_mode"), FieldValue(std::int32_t{2}));
    EXPECT_EQ(*properties.find("timestamp"), FieldValue(std::int64_t{5'000'000'000}));
    EXPECT_EQ(*properties.find("headers"),
              FieldValue(FieldTable{{"CC", FieldArray{{"copy"}}}}));
}

TEST_P(Tracing, a_name_of_the_longest_is_cut_to_a_routing_key) {
    trace(true);
    const std::string name(255, 'n');
    declare(client, name);
    client.publish("", name, "");
    get_from(name);
    EXPECT_EQ(next_copy().key, "publish.");
    EXPECT_EQ(next_copy().key, "deliver." + name.substr(8));
}

INSTANTIATE_TEST_SUITE_P(shards, Tracing, ::testing::Values(1, 2));

}  // namespace
}  // namespace warren::test
