// Changes of the topology that a client sends without waiting for answers: they are under way
// together, and what comes back and what is in force is as if each had waited.
#include <gtest/gtest.h>

#include <string>

#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;

// Frames that are sent in one piece.
class Frames {
public:
    template <typename Method>
    Frames& add(const Method& method, std::uint16_t channel = 1) {
        append_method(bytes_, {channel}, method);
        return *this;
    }
    Frames& add_publish(std::string_view queue, std::string_view body) {
        bytes_ += publish_frames({.routing_key = queue}, body);
        return *this;
    }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

class TopologyRun : public ::testing::TestWithParam<std::size_t> {
protected:
    TestNode node{GetParam()};
    TestClient client{node, GetParam() - 1};

    void SetUp() override {
        client.open();
        client.send(ChannelOpen{}, 2);
        client.expect<ChannelOpenOk>();
    }
    void send(const Frames& frames) { client.write(frames.bytes()); }
    bool exists(std::string_view queue) {
        const auto* vhost = node.shard(0).shard->topology().find_vhost("/");
        return vhost->find_queue(queue) != nullptr;
    }
    std::size_t bindings() {
        return node.shard(0).shard->topology().find_vhost("/")->bindings.size();
    }
    void reopen_channel() {
        send(Frames().add(ChannelCloseOk{}).add(ChannelOpen{}));
        client.expect<ChannelOpenOk>();
    }
};

TEST_P(TopologyRun, is_answered_in_the_order_of_the_requests) {
    Frames frames;
    frames.add(QueueDeclare{.queue = "a", .durable = true});
    frames.add(QueueDeclare{.queue = "b"});
    frames.add(QueueBind{.queue = "a", .exchange = "amq.topic", .routing_key = "k"});
    frames.add(ExchangeDeclare{.exchange = "x", .type = "fanout"}, 2);
    frames.add(QueueDeclare{.queue = "a", .durable = true});
    frames.add(QueueUnbind{.queue = "a", .exchange = "amq.topic", .routing_key = "k"});
    frames.add(QueueDelete{.queue = "b"});
    frames.add(QueueDelete{.queue = "a"}, 2);
    frames.add(QueueDelete{.queue = "missing"});
    send(frames);
    EXPECT_EQ(client.expect<QueueDeclareOk>().queue, "a");
    EXPECT_EQ(client.expect<QueueDeclareOk>().queue, "b");
    client.expect<QueueBindOk>();
    client.expect<ExchangeDeclareOk>();
    EXPECT_EQ(client.expect<QueueDeclareOk>().queue, "a");
    client.expect<QueueUnbindOk>();
    client.expect<QueueDeleteOk>();
    client.expect<QueueDeleteOk>();
    client.expect<QueueDeleteOk>();
    EXPECT_TRUE(client.idle());
    EXPECT_FALSE(exists("a") || exists("b"));
}

TEST_P(TopologyRun, what_follows_finds_what_was_made) {
    Frames frames;
    frames.add(QueueDeclare{.queue = "q"});
    frames.add(QueueBind{.queue = "", .exchange = "amq.direct", .routing_key = "q"});
    frames.add_publish("q", "hello");
    frames.add(QueueDeclare{.queue = "q", .passive = true});
    frames.add(BasicGet{.queue = "q", .no_ack = true});
    send(frames);
    client.expect<QueueDeclareOk>();
    client.expect<QueueBindOk>();
    EXPECT_EQ(client.expect<QueueDeclareOk>().message_count, 1u);
    client.expect<BasicGetOk>();
    EXPECT_EQ(client.expect_body(), "hello");
}

TEST_P(TopologyRun, counts_of_a_queue_declared_again_come_in_their_place) {
    send(Frames().add(QueueDeclare{.queue = "full"}).add_publish("full", "m"));
    client.expect<QueueDeclareOk>();
    Frames frames;
    for (const char* queue : {"full", "new", "full", "newer", "full"})
        frames.add(QueueDeclare{.queue = queue});
    send(frames);
    for (const char* queue : {"full", "new", "full", "newer", "full"}) {
        const auto declared = client.expect<QueueDeclareOk>();
        EXPECT_EQ(declared.queue, queue);
        EXPECT_EQ(declared.message_count, std::string_view(queue) == "full" ? 1u : 0u);
    }
}

TEST_P(TopologyRun, a_refusal_stops_what_its_channel_asked_for_behind_it) {
    Frames frames;
    frames.add(QueueDeclare{.queue = "before"});
    frames.add(QueueBind{.queue = "before", .exchange = "nowhere"});
    frames.add(QueueDeclare{.queue = "behind"});
    frames.add(QueueDeclare{.queue = "beside"}, 2);
    frames.add(QueueBind{.queue = "before", .exchange = "amq.fanout"});
    frames.add(QueueBind{.queue = "before", .exchange = "amq.fanout"}, 2);
    send(frames);
    EXPECT_EQ(client.expect<QueueDeclareOk>().queue, "before");
    const auto close = client.expect<ChannelClose>();
    EXPECT_EQ(close.reply_code, 404);
    EXPECT_EQ(close.class_id, class_part(QueueBind::id));
    EXPECT_EQ(close.method_id, method_part(QueueBind::id));
    EXPECT_EQ(client.expect<QueueDeclareOk>().queue, "beside");
    client.expect<QueueBindOk>();
    EXPECT_TRUE(client.idle());
    EXPECT_TRUE(exists("beside"));
    EXPECT_FALSE(exists("behind"));
    EXPECT_EQ(bindings(), 1u);
    reopen_channel();
}

TEST_P(TopologyRun, an_error_that_needs_no_shard_is_told_behind_the_answers_before_it) {
    Frames frames;
    frames.add(QueueDeclare{.queue = "q"});
    frames.add(QueueDeclare{.queue = "amq.mine"});
    frames.add(QueueDeclare{.queue = "behind"});
    send(frames);
    client.expect<QueueDeclareOk>();
    const auto close = client.expect<ChannelClose>();
    EXPECT_EQ(close.reply_code, 403);
    EXPECT_EQ(close.method_id, method_part(QueueDeclare::id));
    EXPECT_TRUE(client.idle());
    EXPECT_FALSE(exists("behind"));
}

TEST_P(TopologyRun, a_refused_redeclare_is_blamed_on_itself) {
    Frames frames;
    frames.add(QueueDeclare{.queue = "q", .durable = true});
    frames.add(QueueDeclare{.queue = "q", .durable = false});
    frames.add(QueueBind{.queue = "q", .exchange = "amq.fanout"});
    send(frames);
    client.expect<QueueDeclareOk>();
    const auto close = client.expect<ChannelClose>();
    EXPECT_EQ(close.reply_code, 406);
    EXPECT_EQ(close.method_id, method_part(QueueDeclare::id));
    EXPECT_TRUE(client.idle());
    EXPECT_EQ(bindings(), 0u);
}

TEST_P(TopologyRun, a_queue_can_be_made_again_behind_its_deletion) {
    send(Frames().add(QueueDeclare{.queue = "q"}).add_publish("q", "old"));
    client.expect<QueueDeclareOk>();
    Frames frames;
    frames.add(QueueDelete{.queue = "q"});
    frames.add(QueueDeclare{.queue = "q", .auto_delete = true});
    frames.add(QueueDelete{.queue = "q"});
    frames.add(QueueDelete{.queue = "q"});
    send(frames);
    EXPECT_EQ(client.expect<QueueDeleteOk>().message_count, 1u);
    client.expect<QueueDeclareOk>();
    EXPECT_EQ(client.expect<QueueDeleteOk>().message_count, 0u);
    client.expect<QueueDeleteOk>();
    EXPECT_FALSE(exists("q"));
}

TEST_P(TopologyRun, a_refused_deletion_keeps_the_queues_behind_it) {
    send(Frames().add(QueueDeclare{.queue = "full"}).add_publish("full", "m"));
    client.expect<QueueDeclareOk>();
    send(Frames().add(QueueDeclare{.queue = "other"}));
    client.expect<QueueDeclareOk>();
    Frames frames;
    frames.add(QueueDelete{.queue = "full", .if_empty = true});
    frames.add(QueueDelete{.queue = "other"});
    send(frames);
    EXPECT_EQ(client.expect<ChannelClose>().reply_code, 406);
    EXPECT_TRUE(client.idle());
    EXPECT_TRUE(exists("full") && exists("other"));
}

TEST_P(TopologyRun, an_exchange_changes_its_type_behind_its_deletion) {
    Frames frames;
    frames.add(ExchangeDeclare{.exchange = "x", .type = "direct"});
    frames.add(ExchangeDelete{.exchange = "x"});
    frames.add(ExchangeDeclare{.exchange = "x", .type = "topic"});
    frames.add(QueueDeclare{.queue = "q"});
    frames.add(QueueBind{.queue = "q", .exchange = "x", .routing_key = "a.#"});
    send(frames);
    client.expect<ExchangeDeclareOk>();
    client.expect<ExchangeDeleteOk>();
    client.expect<ExchangeDeclareOk>();
    client.expect<QueueDeclareOk>();
    client.expect<QueueBindOk>();
    EXPECT_EQ(bindings(), 1u);
}

TEST_P(TopologyRun, longer_than_its_bound_is_answered_whole) {
    const std::size_t count = limits::run_questions_max * 3 + 7;
    Frames declares;
    Frames deletes;
    for (std::size_t n = 0; n < count; ++n) {
        declares.add(QueueDeclare{.queue = "q" + std::to_string(n)});
        deletes.add(QueueDelete{.queue = "q" + std::to_string(n)});
    }
    send(declares);
    for (std::size_t n = 0; n < count; ++n)
        EXPECT_EQ(client.expect<QueueDeclareOk>().queue, "q" + std::to_string(n));
    send(deletes);
    for (std::size_t n = 0; n < count; ++n)
        client.expect<QueueDeleteOk>();
    EXPECT_TRUE(client.idle());
    EXPECT_EQ(node.shard(0).shard->topology().queue_count(), 0u);
}

TEST_P(TopologyRun, of_requests_without_answers_is_in_force_for_what_follows) {
    Frames frames;
    for (const char* queue : {"a", "b"}) {
        frames.add(QueueDeclare{.queue = queue, .nowait = true});
        frames.add(QueueBind{.queue = queue, .exchange = "amq.fanout", .nowait = true});
    }
    frames.add(QueueDeclare{.queue = "b", .passive = true});
    frames.add(QueueDelete{.queue = "a", .nowait = true});
    send(frames);
    EXPECT_EQ(client.expect<QueueDeclareOk>().queue, "b");
    EXPECT_TRUE(client.idle());
    EXPECT_EQ(bindings(), 1u);
}

TEST_P(TopologyRun, survives_its_connection_and_exclusive_queues_do_not) {
    Frames frames;
    frames.add(QueueDeclare{.queue = "kept"});
    for (std::size_t n = 0; n < limits::changes_per_turn * 2; ++n)
        frames.add(QueueDeclare{.queue = "mine" + std::to_string(n), .exclusive = true});
    {
        TestClient killed(node, 0);
        killed.open();
        killed.write(frames.bytes());
        EXPECT_GT(node.shard(0).shard->topology().queue_count(), limits::changes_per_turn * 2);
        killed.drop();
    }
    node.settle();
    EXPECT_TRUE(exists("kept"));
    for (std::size_t shard = 0; shard < node.shard_count(); ++shard)
        EXPECT_EQ(node.shard(shard).shard->topology().queue_count(), 1u);
}

TEST_P(TopologyRun, means_the_same_however_it_is_cut) {
    Frames frames;
    frames.add(QueueDeclare{.queue = "q"});
    frames.add(QueueBind{.queue = "q", .exchange = "amq.fanout"});
    frames.add(QueueDelete{.queue = "q"});
    for (std::size_t cut = 0; cut <= frames.bytes().size(); ++cut) {
        client.write(std::string_view(frames.bytes()).substr(0, cut));
        client.write(std::string_view(frames.bytes()).substr(cut));
        client.expect<QueueDeclareOk>();
        client.expect<QueueBindOk>();
        client.expect<QueueDeleteOk>();
    }
    EXPECT_EQ(bindings(), 0u);
}

INSTANTIATE_TEST_SUITE_P(shards, TopologyRun, ::testing::Values(1, 3));

}  // namespace
}  // namespace warren::test
