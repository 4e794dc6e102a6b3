#pragma once
// A connection that publishes and one that consumes from the queue "q" without acknowledging, on
// the first and the last shard: whoever runs a test with one shard and with more has both ways.
#include <string_view>

#include "tests/integration/test_client.h"

namespace warren::test {

class PublisherAndConsumer : public ::testing::TestWithParam<std::size_t> {
protected:
    TestNode node{GetParam()};
    TestClient publisher{node, 0};
    TestClient consumer{node, GetParam() - 1};

    void SetUp() override {
        publisher.open();
        consumer.open();
        declare("q");
        consumer.send(amqp091::BasicConsume{.queue = "q", .consumer_tag = "c", .no_ack = true});
        consumer.expect<amqp091::BasicConsumeOk>();
    }
    void declare(std::string_view queue) {
        consumer.send(amqp091::QueueDeclare{.queue = queue});
        consumer.expect<amqp091::QueueDeclareOk>();
    }
    void expect_delivery(std::string_view body) {
        EXPECT_EQ(consumer.expect<amqp091::BasicDeliver>().routing_key, "q");
        EXPECT_TRUE(consumer.expect_body() == body) << body.substr(0, 100);
    }
};

}  // namespace warren::test
