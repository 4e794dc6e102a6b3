// Queues that nobody uses come to rest, and nobody notices: what clients see of them, on one shard
// and on three, with a log and across the end of the process.
#include <gtest/gtest.h>

#include "tests/integration/test_client.h"
#include "tests/sim/simulated_disk.h"

namespace warren::test {
namespace {

using namespace amqp091;

class queue_rest : public ::testing::TestWithParam<std::size_t> {
protected:
    void SetUp() override { start(); }
    // A process that ran is killed.
    void start(std::span<const cluster::MetadataCommand> metadata = {}) {
        client.reset();
        node.reset();
        disk.restart(sim::Crash::process_kill);
        node = std::make_unique<TestNode>(GetParam(), &storage, metadata);
        client = std::make_unique<TestClient>(*node, GetParam() - 1);
        client->open();
    }
    std::uint32_t declare(std::string_view queue, bool passive = false) {
        client->send(
            QueueDeclare{.queue = queue, .passive = passive, .durable = true, .arguments = {}});
        return client->expect<QueueDeclareOk>().message_count;
    }
    void publish(std::string_view queue, std::string_view body) {
        client->write(
            publish_frames({.routing_key = queue}, body, HeaderEdit().set_delivery_mode(2)));
    }
    // Takes the next message, for good.
    std::string take(std::string_view queue) {
        client->send(BasicGet{.queue = queue, .no_ack = false});
        const auto got = client->expect<BasicGetOk>();
        std::string body = client->expect_body();
        client->send(BasicAck{.delivery_tag = got.delivery_tag, .multiple = false});
        return body;
    }
    std::size_t awake() {
        std::size_t count = 0;
        for (std::size_t shard = 0; shard < node->shard_count(); ++shard)
            count += node->shard(shard).shard->queues().awake_count();
        return count;
    }
    // Nothing happens for a while.
    void let_rest() {
        for (int looks = 0; looks < 10; ++looks) {
            node->advance_ms(cluster::QueueTable::rest_after_ms);
            for (std::size_t shard = 0; shard < node->shard_count(); ++shard)
                node->on(node->shard(shard), [&] { node->shard(shard).shard->rest_queues(); });
        }
    }

    sim::SimulatedDisk disk{1};
    TestStorage storage{disk, "data"};
    std::unique_ptr<TestNode> node;
    std::unique_ptr<TestClient> client;
};

TEST_P(queue_rest, a_declared_queue_wakes_with_its_first_message) {
    declare("q");
    EXPECT_EQ(awake(), 0u);
    EXPECT_EQ(declare("q", true), 0u);
    EXPECT_EQ(awake(), 0u);
    publish("q", "1");
    EXPECT_EQ(declare("q", true), 1u);
    EXPECT_EQ(awake(), 1u);
    let_rest();
    EXPECT_EQ(awake(), 1u);
    EXPECT_EQ(take("q"), "1");
}

TEST_P(queue_rest, an_empty_queue_rests_and_works_again) {
    declare("q");
    for (int round = 0; round < 3; ++round) {
        publish("q", "first");
        publish("q", "second");
        EXPECT_EQ(take("q"), "first");
        EXPECT_EQ(take("q"), "second");
        let_rest();
        EXPECT_EQ(awake(), 0u);
    }
    EXPECT_EQ(declare("q", true), 0u);
}

TEST_P(queue_rest, a_consumer_that_waits_keeps_it_awake_until_it_leaves) {
    declare("q");
    client->send(BasicConsume{.queue = "q", .consumer_tag = "c", .no_ack = true, .arguments = {}});
    client->expect<BasicConsumeOk>();
    let_rest();
    EXPECT_EQ(awake(), 1u);
    client->send(BasicCancel{.consumer_tag = "c"});
    client->expect<BasicCancelOk>();
    let_rest();
    EXPECT_EQ(awake(), 0u);
}

TEST_P(queue_rest, a_queue_at_rest_can_be_deleted) {
    declare("q");
    publish("q", "1");
    EXPECT_EQ(take("q"), "1");
    let_rest();
    client->send(QueueDelete{.queue = "q"});
    EXPECT_EQ(client->expect<QueueDeleteOk>().message_count, 0u);
    EXPECT_EQ(awake(), 0u);
    EXPECT_EQ(declare("q"), 0u);
}

// Positions in the log are not used twice: what was settled in the life before the rest would
// settle what came after it.
TEST_P(queue_rest, what_comes_after_a_rest_survives_the_end_of_the_process) {
    const cluster::MetadataCommand known[] = {broker::TopologyCommand{
        broker::DeclareQueue{.vhost = "/", .name = "q", .durable = true, .user = "guest"}}};
    start(known);
    for (const std::string body : {"1", "2", "3"}) {
        publish("q", body);
        EXPECT_EQ(take("q"), body);
        let_rest();
        ASSERT_EQ(awake(), 0u);
        const std::string left = body + " is left";
        publish("q", left);
        node->advance_ms(1000);
        start(known);
        EXPECT_EQ(awake(), 1u);
        EXPECT_EQ(take("q"), left);
        let_rest();
        EXPECT_EQ(awake(), 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(shards, queue_rest, ::testing::Values(1, 3));

}  // namespace
}  // namespace warren::test
