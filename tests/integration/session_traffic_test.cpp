// What management and metrics show of a shard's sessions.
#include <gtest/gtest.h>

#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;
using broker::QueueType;
using session::DeliveryCounters;
using session::PublishCounters;

class SessionTraffic : public ::testing::Test {
protected:
    void SetUp() override {
        client.open();
        declare("q");
    }
    void declare(std::string_view name) {
        client.send(QueueDeclare{.queue = name});
        client.expect<QueueDeclareOk>();
    }
    void publish_some(int count, std::string_view key) {
        std::string frames;
        for (int n = 0; n < count; ++n)
            frames += publish_frames({.routing_key = key}, "m");
        client.write(frames);
    }
    const session::SessionTraffic& traffic() { return node.shard(0).sessions.traffic(); }
    const PublishCounters& published() { return traffic().published; }
    const DeliveryCounters& delivered() { return traffic().delivered_from(QueueType::classic); }

    TestNode node{1};
    TestClient client{node, 0};
};

TEST_F(SessionTraffic, counts_where_messages_have_gone) {
    publish_some(10, "q");
    publish_some(4, "nowhere");
    client.publish("", "nowhere", "m", true);
    client.expect<BasicReturn>();
    client.expect_body();
    EXPECT_EQ(published(),
              (PublishCounters{.received = 15, .copies = 10, .dropped = 4, .returned = 1}));
}

TEST_F(SessionTraffic, counts_a_message_for_each_queue_that_it_goes_to) {
    declare("r");
    for (std::string_view queue : {"q", "r"}) {
        client.send(QueueBind{.queue = queue, .exchange = "amq.fanout"});
        client.expect<QueueBindOk>();
    }
    std::string frames;
    for (int n = 0; n < 5; ++n)
        frames += publish_frames({.exchange = "amq.fanout"}, "m");
    client.write(frames);
    EXPECT_EQ(published(), (PublishCounters{.received = 5, .copies = 10}));
}

TEST_F(SessionTraffic, counts_confirms_from_when_they_were_asked_for) {
    publish_some(2, "q");
    client.send(ConfirmSelect{});
    client.expect<ConfirmSelectOk>();
    publish_some(3, "q");
    publish_some(1, "nowhere");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 3u);
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 4u);
    EXPECT_EQ(published().received, 6u);
    EXPECT_EQ(published().received_confirm, 4u);
    EXPECT_EQ(published().confirmed, 4u);
}

TEST_F(SessionTraffic, counts_deliveries_and_acknowledgements) {
    publish_some(5, "q");
    client.send(BasicConsume{.queue = "q"});
    client.expect<BasicConsumeOk>();
    for (int n = 0; n < 5; ++n) {
        client.expect<BasicDeliver>();
        client.expect_body();
    }
    client.send(BasicAck{.delivery_tag = 3, .multiple = true});
    client.send(BasicReject{.delivery_tag = 4, .requeue = false});
    client.send(BasicNack{.delivery_tag = 5, .requeue = true});
    client.expect<BasicDeliver>();
    client.expect_body();
    EXPECT_EQ(delivered(), (DeliveryCounters{.delivered = 6, .redelivered = 1, .acked = 3}));
}

TEST_F(SessionTraffic, tells_gets_by_how_they_ended) {
    publish_some(2, "q");
    for (const bool no_ack : {false, true}) {
        client.send(BasicGet{.queue = "q", .no_ack = no_ack});
        client.expect<BasicGetOk>();
        client.expect_body();
    }
    client.send(BasicGet{.queue = "q"});
    client.expect<BasicGetEmpty>();
    EXPECT_EQ(delivered(), (DeliveryCounters{.got = 1, .got_auto_ack = 1, .got_empty = 1}));
}

TEST_F(SessionTraffic, counts_declarations_that_are_not_passive) {
    declare("q");
    client.send(QueueDeclare{.queue = "q", .passive = true});
    client.expect<QueueDeclareOk>();
    EXPECT_EQ(traffic().queues_declared, 2u);
}

TEST_F(SessionTraffic, remembers_channels_and_connections_that_are_closed) {
    publish_some(7, "q");
    EXPECT_EQ(traffic().connections_opened, 1u);
    EXPECT_EQ(traffic().channels_opened, 1u);
    EXPECT_EQ(traffic().channels_open(), 1u);
    client.send(ChannelClose{.reply_code = 200});
    client.expect<ChannelCloseOk>();
    EXPECT_EQ(traffic().channels_closed, 1u);
    EXPECT_EQ(published().received, 7u);
    {
        TestClient other{node, 0};
        other.open();
        other.publish("", "q", "m");
        EXPECT_EQ(traffic().connections_open(), 2u);
    }
    EXPECT_EQ(traffic().connections_closed, 1u);
    EXPECT_EQ(traffic().channels_closed, 2u);
    EXPECT_EQ(published().received, 8u);
}

}  // namespace
}  // namespace warren::test
