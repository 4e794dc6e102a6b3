// What management and metrics show of a shard's sessions.
#include <gtest/gtest.h>

#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;

class SessionTraffic : public ::testing::Test {
protected:
    void SetUp() override {
        client.open();
        client.send(QueueDeclare{.queue = "q"});
        client.expect<QueueDeclareOk>();
    }
    void publish_some(int count, std::string_view key) {
        std::string frames;
        for (int n = 0; n < count; ++n)
            frames += publish_frames({.routing_key = key}, "m");
        client.write(frames);
    }
    session::PublishCounters published() { return node.shard(0).sessions.published(); }
    const session::SessionTraffic& traffic() { return node.shard(0).sessions.traffic(); }

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
              (session::PublishCounters{
                  .routed = 10, .unrouted = 5, .returned = 1, .unnumbered = 15, .confirmed = 0}));
    EXPECT_EQ(published().dropped(), 4u);
}

TEST_F(SessionTraffic, counts_confirms_from_when_they_were_asked_for) {
    publish_some(2, "q");
    client.send(ConfirmSelect{});
    client.expect<ConfirmSelectOk>();
    publish_some(3, "q");
    publish_some(1, "nowhere");
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 3u);
    EXPECT_EQ(client.expect<BasicAck>().delivery_tag, 4u);
    EXPECT_EQ(published().received(), 6u);
    EXPECT_EQ(published().received_confirm(), 4u);
    EXPECT_EQ(published().confirmed, 4u);
}

TEST_F(SessionTraffic, remembers_channels_and_connections_that_are_closed) {
    publish_some(7, "q");
    EXPECT_EQ(traffic().connections_opened, 1u);
    EXPECT_EQ(traffic().channels_opened, 1u);
    EXPECT_EQ(traffic().channels_closed, 0u);
    client.send(ChannelClose{.reply_code = 200});
    client.expect<ChannelCloseOk>();
    EXPECT_EQ(traffic().channels_closed, 1u);
    EXPECT_EQ(published().routed, 7u);
    {
        TestClient other{node, 0};
        other.open();
        other.publish("", "q", "m");
        EXPECT_EQ(traffic().connections_opened, 2u);
    }
    EXPECT_EQ(traffic().connections_closed, 1u);
    EXPECT_EQ(traffic().channels_closed, 2u);
    EXPECT_EQ(published().routed, 8u);
}

}  // namespace
}  // namespace warren::test
