// What shards tell one another for a message: a number of batches that follows the batches of the
// publisher, not its messages and not the number of shards. With it goes what two processors
// contend for: a batch is one slot of a ring and one flag, and at most one wake-up.
#include <gtest/gtest.h>

#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;

constexpr std::size_t publisher_shard = 3;
constexpr std::uint16_t queue_shard = 1;
constexpr std::size_t consumer_shard = 2;
constexpr std::uint64_t rounds = 20;
constexpr std::uint64_t batch_messages = 100;

std::string publishes(std::string_view queue, std::uint64_t count) {
    std::string frames;
    for (std::uint64_t n = 0; n < count; ++n)
        frames += publish_frames({.routing_key = queue}, "small");
    return frames;
}

class shard_crossing : public ::testing::TestWithParam<std::size_t> {
protected:
    void SetUp() override {
        publisher.open();
        consumer.open();
        // Where a queue lives follows from its name.
        for (int n = 0; shard_of(queue) != queue_shard; ++n) {
            queue = "q" + std::to_string(n);
            publisher.send(QueueDeclare{.queue = queue, .arguments = {}});
            publisher.expect<QueueDeclareOk>();
        }
    }
    std::uint16_t shard_of(const std::string& name) {
        const auto& topology = node.shard(0).shard->topology();
        const auto* record = topology.find_vhost("/")->find_queue(name);
        return record == nullptr ? UINT16_MAX : record->shard.value;
    }
    void consume(bool auto_ack, std::uint16_t prefetch) {
        consumer.send(BasicQos{.prefetch_count = prefetch});
        consumer.expect<BasicQosOk>();
        consumer.send(
            BasicConsume{.queue = queue, .consumer_tag = "c", .no_ack = auto_ack, .arguments = {}});
        consumer.expect<BasicConsumeOk>();
    }
    void deliveries(std::uint64_t count) {
        for (std::uint64_t n = 0; n < count; ++n) {
            consumer.expect<BasicDeliver>();
            consumer.expect_body();
        }
    }
    void forget_batches() {
        for (std::size_t from = 0; from < node.shard_count(); ++from)
            node.shard(from).batches_to.assign(node.shard_count(), 0);
    }
    std::uint64_t batches(std::size_t from, std::size_t to) {
        return node.shard(from).batches_to[to];
    }
    static bool is_other(std::size_t shard) {
        return shard != publisher_shard && shard != queue_shard && shard != consumer_shard;
    }
    // To and from those that have nothing to do with the queue.
    std::uint64_t batches_of_others() {
        std::uint64_t sum = 0;
        for (std::size_t from = 0; from < node.shard_count(); ++from)
            for (std::size_t to = 0; to < node.shard_count(); ++to)
                if (is_other(from) || is_other(to)) sum += batches(from, to);
        return sum;
    }

    TestNode node{GetParam()};
    TestClient publisher{node, publisher_shard};
    TestClient consumer{node, consumer_shard};
    std::string queue;
};

TEST_P(shard_crossing, a_batch_of_messages_is_a_batch_to_the_queue_and_one_to_the_consumer) {
    consume(true, 0);
    const std::string frames = publishes(queue, batch_messages);
    forget_batches();
    for (std::uint64_t round = 0; round < rounds; ++round) {
        publisher.write(frames);
        deliveries(batch_messages);
    }
    EXPECT_EQ(batches(publisher_shard, queue_shard), rounds);
    EXPECT_EQ(batches(queue_shard, consumer_shard), rounds);
    EXPECT_LE(batches(consumer_shard, queue_shard), rounds);  // credit
    EXPECT_EQ(batches(queue_shard, publisher_shard), 0u);
    EXPECT_EQ(batches_of_others(), 0u);
}

TEST_P(shard_crossing, confirms_and_acknowledgements_are_one_batch_each_more) {
    consume(false, 1000);
    publisher.send(ConfirmSelect{});
    publisher.expect<ConfirmSelectOk>();
    const std::string frames = publishes(queue, batch_messages);
    forget_batches();
    for (std::uint64_t round = 1; round <= rounds; ++round) {
        publisher.write(frames);
        deliveries(batch_messages);
        consumer.send(BasicAck{round * batch_messages, true});
        EXPECT_EQ(publisher.expect<BasicAck>().delivery_tag, round * batch_messages);
    }
    EXPECT_EQ(batches(publisher_shard, queue_shard), rounds);
    EXPECT_EQ(batches(queue_shard, publisher_shard), rounds);
    EXPECT_EQ(batches(queue_shard, consumer_shard), rounds);
    EXPECT_LE(batches(consumer_shard, queue_shard), 2 * rounds);
    EXPECT_EQ(batches_of_others(), 0u);
}

TEST_P(shard_crossing, of_a_crowded_queue_only_publishers_are_told) {
    consume(false, 1);
    forget_batches();
    EXPECT_FALSE(node.shard(queue_shard).shard->crowds_have_grown());
    for (std::uint64_t sent = 0; sent < 2 * limits::crowded_messages_high; sent += batch_messages)
        publisher.write(publishes(queue, batch_messages));
    EXPECT_EQ(publisher.connection().crowding(), broker::Crowding::crowded);
    EXPECT_TRUE(node.shard(queue_shard).shard->crowds_have_grown());
    EXPECT_FALSE(node.shard(queue_shard).shard->crowds_have_grown());
    EXPECT_FALSE(node.shard(consumer_shard).shard->crowds_have_grown());
    EXPECT_EQ(batches(queue_shard, publisher_shard), 1u);
    EXPECT_EQ(batches_of_others(), 0u);
}

INSTANTIATE_TEST_SUITE_P(shards, shard_crossing, ::testing::Values(4, 8, 64));

}  // namespace
}  // namespace warren::test
