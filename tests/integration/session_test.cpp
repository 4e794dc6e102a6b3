// Clients against a broker without sockets, on one shard and on three.
#include <gtest/gtest.h>

#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;

class Session : public ::testing::TestWithParam<std::size_t> {
protected:
    TestNode node{GetParam()};
    TestClient client{node, GetParam() - 1};

    void SetUp() override { client.open(); }
    void declare(std::string_view queue) {
        client.send(QueueDeclare{.ticket = 0,
                                 .queue = queue,
                                 .passive = false,
                                 .durable = true,
                                 .exclusive = false,
                                 .auto_delete = false,
                                 .nowait = false,
                                 .arguments = {}});
        EXPECT_EQ(client.expect<QueueDeclareOk>().queue, queue);
    }
    void consume(std::string_view queue, std::string_view tag, bool no_ack) {
        client.send(BasicConsume{.ticket = 0,
                                 .queue = queue,
                                 .consumer_tag = tag,
                                 .no_local = false,
                                 .no_ack = no_ack,
                                 .exclusive = false,
                                 .nowait = false,
                                 .arguments = {}});
        EXPECT_EQ(client.expect<BasicConsumeOk>().consumer_tag, tag);
    }
};

TEST_P(Session, a_message_goes_from_publisher_to_consumer) {
    declare("q");
    consume("q", "c", true);
    client.publish("", "q", "hello");
    const auto deliver = client.expect<BasicDeliver>();
    EXPECT_EQ(deliver.delivery_tag, 1u);
    EXPECT_EQ(client.expect_body(), "hello");
    EXPECT_TRUE(client.idle());
}

// Whoever feeds a queue whose consumers are behind is read from in smaller pieces, wherever the
// queue lives; others are not.
TEST_P(Session, publishers_to_a_crowded_queue_take_less_at_a_time) {
    declare("q");
    declare("other");
    client.send(BasicQos{.prefetch_count = 1});
    client.expect<BasicQosOk>();
    consume("q", "c", false);
    TestClient publisher(node, 0);
    publisher.open();
    for (std::size_t i = 0; i < limits::crowded_messages_high + 10; ++i)
        publisher.publish("", "q", "small");
    EXPECT_EQ(publisher.connection().read_bytes_max(), limits::crowded_read_bytes_min);
    EXPECT_EQ(publisher.connection().crowding(), broker::Crowding::crowded);
    publisher.publish("", "q", std::string(1000, 'x'));
    EXPECT_EQ(publisher.connection().read_bytes_max(), 1000 * limits::crowded_read_messages);
    publisher.publish("", "other", "small");
    EXPECT_EQ(publisher.connection().read_bytes_max(), limits::read_buffer_bytes);
    EXPECT_EQ(publisher.connection().crowding(), broker::Crowding::none);
    const std::string small = publish_frames({.routing_key = "q"}, "small");
    for (std::size_t i = 0; i < limits::overcrowded_messages_high; ++i)
        publisher.write(small);
    EXPECT_EQ(publisher.connection().crowding(), broker::Crowding::overcrowded);
    client.send(QueuePurge{.queue = "q"});
    publisher.publish("", "q", "small");
    publisher.publish("", "q", "small");
    client.send(QueueDelete{.queue = "q"});
    publisher.publish("", "q", "small");
    EXPECT_EQ(publisher.connection().read_bytes_max(), limits::read_buffer_bytes);
}

// What others wait for does not wait for a long input whose every message goes to many queues.
TEST_P(Session, a_wide_fan_out_is_taken_in_pieces) {
    constexpr std::size_t queues = 50;
    constexpr std::size_t messages = 1000;
    for (std::size_t n = 0; n < queues; ++n) {
        const std::string queue = "q" + std::to_string(n);
        declare(queue);
        client.send(QueueBind{.queue = queue, .exchange = "amq.fanout"});
        client.expect<QueueBindOk>();
    }
    TestClient publisher(node, 0);
    publisher.open();
    std::string input;
    for (std::size_t n = 0; n < messages; ++n)
        input += publish_frames({.exchange = "amq.fanout"}, "m");
    std::size_t taken = 0;
    publisher.use_connection([&](session::Connection& connection) {
        taken = connection.on_bytes(as_bytes(input));
        EXPECT_FALSE(connection.wants_input());  // until its turn has ended
    });
    const std::size_t message_bytes = input.size() / messages;
    EXPECT_EQ(taken, (limits::copies_per_input + queues - 1) / queues * message_bytes);
    publisher.write(std::string_view(input).substr(taken));
    client.send(QueueDeclare{.queue = "q7", .passive = true});
    EXPECT_EQ(client.expect<QueueDeclareOk>().message_count, messages);
}

TEST_P(Session, bodies_of_any_size_arrive_whole) {
    declare("q");
    consume("q", "c", true);
    for (std::size_t bytes : {0, 1, 4095, 4096, 4097, 131'064, 131'065, 1'000'000}) {
        std::string body(bytes, 'x');
        for (std::size_t at = 0; at < bytes; at += 97)
            body[at] = static_cast<char>(at);
        client.publish("", "q", body);
        client.expect<BasicDeliver>();
        EXPECT_TRUE(client.expect_body() == body) << bytes;
    }
}

TEST_P(Session, input_cut_at_every_byte_means_the_same) {
    declare("q");
    consume("q", "c", true);
    const std::string frames = publish_frames({.routing_key = "q"}, "hello",
                                              HeaderEdit().set_text(Property::message_id, "m-1"));
    for (std::size_t cut = 0; cut <= frames.size(); ++cut) {
        client.write(std::string_view(frames).substr(0, cut));
        client.write(std::string_view(frames).substr(cut));
        client.expect<BasicDeliver>();
        EXPECT_EQ(client.expect_body(), "hello") << "cut at " << cut;
    }
    for (char byte : frames)
        client.write({&byte, 1});
    client.expect<BasicDeliver>();
    EXPECT_EQ(client.expect_body(), "hello");
}

TEST_P(Session, confirms_are_merged_and_unroutable_mandatory_messages_return_first) {
    declare("q");
    client.send(ConfirmSelect{});
    client.expect<ConfirmSelectOk>();
    client.publish("", "q", "one");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 1u);
    client.publish("", "nowhere", "two", true);
    EXPECT_EQ(client.expect<BasicReturn>().reply_code, 312);
    EXPECT_EQ(client.expect_body(), "two");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 2u);
}

TEST_P(Session, what_a_closed_channel_held_is_delivered_again_in_its_place) {
    declare("q");
    for (const char* body : {"1", "2", "3"})
        client.publish("", "q", body);
    client.send(BasicGet{.ticket = 0, .queue = "q", .no_ack = false});
    EXPECT_FALSE(client.expect<BasicGetOk>().redelivered);
    EXPECT_EQ(client.expect_body(), "1");
    client.send(
        ChannelClose{.reply_code = 200, .reply_text = "bye", .class_id = 0, .method_id = 0});
    client.expect<ChannelCloseOk>();
    client.send(ChannelOpen{});
    client.expect<ChannelOpenOk>();
    for (const char* body : {"1", "2", "3"}) {
        client.send(BasicGet{.ticket = 0, .queue = "q", .no_ack = true});
        EXPECT_EQ(client.expect<BasicGetOk>().redelivered, std::string_view(body) == "1");
        EXPECT_EQ(client.expect_body(), body);
    }
}

TEST_P(Session, a_shared_prefetch_limit_holds_over_several_queues) {
    declare("a");
    declare("b");
    client.send(BasicQos{.prefetch_size = 0, .prefetch_count = 2, .global = true});
    client.expect<BasicQosOk>();
    consume("a", "ca", false);
    consume("b", "cb", false);
    for (int n = 0; n < 3; ++n)
        client.publish("", "a", "in a");
    for (int n = 0; n < 3; ++n)
        client.publish("", "b", "in b");
    std::uint64_t newest = 0;
    for (int n = 0; n < 2; ++n) {
        newest = client.expect<BasicDeliver>().delivery_tag;
        client.expect_body();
    }
    EXPECT_TRUE(client.idle());
    for (int left = 4; left > 0; --left) {
        client.send(BasicAck{.delivery_tag = newest - 1, .multiple = false});
        newest = client.expect<BasicDeliver>().delivery_tag;
        client.expect_body();
        EXPECT_TRUE(client.idle()) << left;
    }
}

// What was on its way to a channel that is closed meanwhile must not reach a new channel of the
// same number.
TEST_P(Session, a_reopened_channel_gets_nothing_of_the_old_one) {
    declare("old");
    declare("new");
    consume("old", "c", false);
    std::string frames;
    append_method(frames, {1}, ConfirmSelect{.nowait = true});
    append_method(frames, {1},
                  BasicPublish{.ticket = 0,
                               .exchange = "",
                               .routing_key = "old",
                               .mandatory = false,
                               .immediate = false});
    append_content_header(frames, {1}, as_bytes(HeaderEdit().encode(0)));
    append_method(
        frames, {1},
        ChannelClose{.reply_code = 200, .reply_text = "bye", .class_id = 0, .method_id = 0});
    append_method(frames, {1}, ChannelOpen{});
    append_method(frames, {1}, ConfirmSelect{.nowait = true});
    append_method(frames, {1},
                  BasicConsume{.ticket = 0,
                               .queue = "new",
                               .consumer_tag = "n",
                               .no_local = false,
                               .no_ack = false,
                               .exclusive = false,
                               .nowait = false,
                               .arguments = {}});
    client.write(frames);
    client.expect<ChannelCloseOk>();
    client.expect<ChannelOpenOk>();
    client.expect<BasicConsumeOk>();
    EXPECT_TRUE(client.idle());
}

TEST_P(Session, direct_replies_come_back_without_a_queue) {
    client.send(BasicConsume{.ticket = 0,
                             .queue = "amq.rabbitmq.reply-to",
                             .consumer_tag = "r",
                             .no_local = false,
                             .no_ack = true,
                             .exclusive = false,
                             .nowait = false,
                             .arguments = {}});
    client.expect<BasicConsumeOk>();
    declare("requests");
    std::string frames;
    append_method(frames, {1},
                  BasicPublish{.ticket = 0,
                               .exchange = "",
                               .routing_key = "requests",
                               .mandatory = false,
                               .immediate = false});
    append_content_header(
        frames, {1},
        as_bytes(HeaderEdit().set_text(Property::reply_to, "amq.rabbitmq.reply-to").encode(0)));
    client.write(frames);
    TestClient server(node, 0);
    server.open();
    server.send(BasicGet{.ticket = 0, .queue = "requests", .no_ack = true});
    server.expect<BasicGetOk>();
    const auto header = server.receive();
    const std::string address(ContentHeader::decode(as_bytes(header.payload))->reply_to());
    EXPECT_TRUE(address.starts_with("amq.rabbitmq.reply-to.")) << address;
    server.publish("", address, "the answer");
    EXPECT_EQ(client.expect<BasicDeliver>().consumer_tag, "r");
    EXPECT_EQ(client.expect_body(), "the answer");
    server.publish("", address.substr(0, address.size() - 1), "a guess");
    EXPECT_TRUE(client.idle());
}

TEST_P(Session, transactions_take_effect_together_or_not_at_all) {
    declare("q");
    client.send(TxSelect{});
    client.expect<TxSelectOk>();
    client.publish("", "q", "rolled back");
    client.send(TxRollback{});
    client.expect<TxRollbackOk>();
    client.publish("", "q", "committed");
    client.send(BasicGet{.ticket = 0, .queue = "q", .no_ack = false});
    client.expect<BasicGetEmpty>();
    client.send(TxCommit{});
    client.expect<TxCommitOk>();
    client.send(BasicGet{.ticket = 0, .queue = "q", .no_ack = false});
    const auto got = client.expect<BasicGetOk>();
    EXPECT_EQ(client.expect_body(), "committed");
    client.send(BasicAck{.delivery_tag = got.delivery_tag, .multiple = false});
    client.send(TxRollback{});
    client.expect<TxRollbackOk>();
    client.send(BasicAck{.delivery_tag = got.delivery_tag, .multiple = false});
    client.send(TxCommit{});
    client.expect<TxCommitOk>();
}

TEST_P(Session, a_publish_during_an_alarm_holds_its_connection_until_all_alarms_are_off) {
    declare("q");
    client.publish("", "q", "before");
    node.set_alarm("low on disk");
    EXPECT_TRUE(client.idle());
    client.publish("", "q", "during");
    EXPECT_EQ(client.expect<ConnectionBlocked>().reason, "low on disk");
    client.publish("", "q", "held back");
    client.send(QueuePurge{.ticket = 0, .queue = "q", .nowait = false});
    EXPECT_TRUE(client.idle());
    node.set_alarm("low on disk & memory");
    EXPECT_TRUE(client.idle());
    node.set_alarm("");
    client.expect<ConnectionUnblocked>();
    client.write("");
    EXPECT_EQ(client.expect<QueuePurgeOk>().message_count, 3u);
}

TEST_P(Session, who_published_only_before_an_alarm_consumes_and_acknowledges_during_it) {
    declare("q");
    for (const auto* body : {"one", "two"})
        client.publish("", "q", body);
    node.set_alarm("low on memory");
    client.send(BasicQos{.prefetch_size = 0, .prefetch_count = 1, .global = false});
    client.expect<BasicQosOk>();
    consume("q", "c", false);
    client.expect<BasicDeliver>();
    EXPECT_EQ(client.expect_body(), "one");
    client.send(BasicAck{.delivery_tag = 1, .multiple = false});
    client.expect<BasicDeliver>();
    EXPECT_EQ(client.expect_body(), "two");
}

TEST_P(Session, exclusive_queues_go_with_their_connection) {
    {
        TestClient owner(node, 0);
        owner.open();
        owner.send(QueueDeclare{.ticket = 0,
                                .queue = "mine",
                                .passive = false,
                                .durable = false,
                                .exclusive = true,
                                .auto_delete = false,
                                .nowait = false,
                                .arguments = {}});
        owner.expect<QueueDeclareOk>();
        client.send(QueueDeclare{.ticket = 0,
                                 .queue = "mine",
                                 .passive = true,
                                 .durable = false,
                                 .exclusive = false,
                                 .auto_delete = false,
                                 .nowait = false,
                                 .arguments = {}});
        EXPECT_EQ(client.expect<ChannelClose>().reply_code, 405);
        client.send(ChannelCloseOk{});
    }
    client.send(ChannelOpen{});
    client.expect<ChannelOpenOk>();
    client.send(QueueDeclare{.ticket = 0,
                             .queue = "mine",
                             .passive = true,
                             .durable = false,
                             .exclusive = false,
                             .auto_delete = false,
                             .nowait = false,
                             .arguments = {}});
    EXPECT_EQ(client.expect<ChannelClose>().reply_code, 404);
}

// The next connection may declare them anew.
TEST_P(Session, a_close_is_answered_when_its_exclusive_queues_are_gone) {
    client.send(QueueDeclare{.queue = "mine", .exclusive = true});
    client.expect<QueueDeclareOk>();
    std::string close;
    amqp091::append_method(close, {}, ConnectionClose{});
    client.use_connection([&](session::Connection& connection) {
        connection.on_bytes(as_bytes(close));
        EXPECT_FALSE(connection.finished());
    });
    client.expect<ConnectionCloseOk>();
    EXPECT_TRUE(client.connection().finished());
    const auto& topology = node.shard(0).shard->topology();
    EXPECT_EQ(topology.find_vhost("/")->find_queue("mine"), nullptr);
}

// Nobody waits for what is not there.
TEST_P(Session, a_close_without_exclusive_queues_is_answered_at_once) {
    std::string close;
    amqp091::append_method(close, {}, ConnectionClose{});
    client.use_connection([&](session::Connection& connection) {
        connection.on_bytes(as_bytes(close));
        EXPECT_TRUE(connection.finished());
    });
    client.expect<ConnectionCloseOk>();
}

INSTANTIATE_TEST_SUITE_P(shards, Session, ::testing::Values(1, 3));

}  // namespace
}  // namespace warren::test
