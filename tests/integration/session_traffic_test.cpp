// What management and metrics show of a shard's sessions.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

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
    session::ChannelReport report() {
        std::vector<session::ChannelReport> reports;
        client.use_connection([&](session::Connection& connection) {
            connection.report_channels(reports, session::Details::yes);
        });
        EXPECT_EQ(reports.size(), 1u);
        return std::move(reports.front());
    }
    void declare_exchange(std::string_view name) {
        client.send(ExchangeDeclare{.exchange = name, .type = "direct"});
        client.expect<ExchangeDeclareOk>();
    }
    // What the shard counts of all exchanges but the channel's own.
    PublishCounters sum_of_exchanges() {
        PublishCounters sum;
        const auto& exchanges = node.shard(0).sessions.exchanges();
        for (const auto& [id, exchange] : exchanges.known())
            sum += exchange->counters;
        return sum;
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

TEST_F(SessionTraffic, a_channel_tells_exchanges_and_queues_apart) {
    declare_exchange("e");
    client.send(QueueBind{.queue = "q", .exchange = "e", .routing_key = "k"});
    client.expect<QueueBindOk>();
    client.send(ConfirmSelect{});
    client.expect<ConfirmSelectOk>();
    publish_some(4, "q");
    client.expect<BasicAck>();
    for (int count = 0; count < 2; ++count) {
        client.publish("e", "k", "m");
        client.expect<BasicAck>();
    }
    client.publish("e", "nowhere", "m");
    client.expect<BasicAck>();
    client.send(BasicGet{.queue = "q", .no_ack = true});
    client.expect<BasicGetOk>();
    client.expect_body();

    const auto shown = report();
    ASSERT_EQ(shown.flows.size(), 2u);
    EXPECT_EQ(shown.flows[0].counters,
              (PublishCounters{.received = 4, .received_confirm = 4, .copies = 4, .confirmed = 4}));
    EXPECT_EQ(
        shown.flows[1].counters,
        (PublishCounters{
            .received = 3, .received_confirm = 3, .copies = 2, .dropped = 1, .confirmed = 3}));
    ASSERT_EQ(shown.flows[0].copies.size(), 1u);
    ASSERT_EQ(shown.flows[1].copies.size(), 1u);
    EXPECT_EQ(shown.flows[0].copies[0].second, 4u);
    EXPECT_EQ(shown.flows[1].copies[0].second, 2u);
    EXPECT_EQ(shown.flows[0].copies[0].first, shown.flows[1].copies[0].first);
    ASSERT_EQ(shown.deliveries.size(), 1u);
    EXPECT_EQ(shown.deliveries[0].second, (DeliveryCounters{.got_auto_ack = 1}));
    EXPECT_EQ(sum_of_exchanges(), published());
}

TEST_F(SessionTraffic, exchanges_beyond_a_number_are_counted_together) {
    constexpr std::size_t exchanges = 300;
    for (std::size_t n = 0; n < exchanges; ++n) {
        declare_exchange("e" + std::to_string(n));
        client.publish("e" + std::to_string(n), "k", "m");
    }
    const auto shown = report();
    EXPECT_EQ(shown.flows.size(), 256u);
    EXPECT_EQ(shown.published->received, exchanges);
    EXPECT_EQ(shown.published->dropped, exchanges);
}

TEST_F(SessionTraffic, queues_that_have_gone_make_room_for_others) {
    constexpr std::size_t queues = 3000;
    for (std::size_t n = 0; n < queues; ++n) {
        const std::string name = "short-lived-" + std::to_string(n);
        declare(name);
        publish_some(1, name);
        client.send(QueueDelete{.queue = name});
        client.expect<QueueDeleteOk>();
    }
    publish_some(1, "q");
    const auto shown = report();
    ASSERT_EQ(shown.flows.size(), 1u);
    EXPECT_LE(shown.flows[0].copies.size(), 1024u);
    EXPECT_EQ(shown.flows[0].counters.copies, queues + 1);
    EXPECT_EQ(shown.flows[0].copies.back().second, 1u);
    const auto& exchanges = node.shard(0).sessions.exchanges();
    for (const auto& [id, exchange] : exchanges.known())
        EXPECT_LE(exchange->copies.size(), 2048u);
}

TEST_F(SessionTraffic, exchanges_that_have_gone_still_count_for_their_vhost) {
    constexpr std::size_t exchanges = 1100;
    for (std::size_t n = 0; n < exchanges; ++n) {
        const std::string name = "short-lived-" + std::to_string(n);
        declare_exchange(name);
        client.write(publish_frames({.exchange = name, .routing_key = "nowhere"}, "m"));
        client.send(ExchangeDelete{.exchange = name});
        client.expect<ExchangeDeleteOk>();
        // A channel tells 256 exchanges apart.
        if (n % 256 != 255) continue;
        client.send(ChannelClose{});
        client.expect<ChannelCloseOk>();
        client.send(ChannelOpen{});
        client.expect<ChannelOpenOk>();
    }
    const auto& table = node.shard(0).sessions.exchanges();
    PublishCounters sum;
    for (const auto& [id, exchange] : table.known())
        sum += exchange->counters;
    EXPECT_LT(sum.received, exchanges);  // some are forgotten
    ASSERT_EQ(table.forgotten().size(), 1u);
    sum += table.forgotten().begin()->second;
    EXPECT_EQ(sum.received, exchanges);
}

TEST_F(SessionTraffic, an_exchange_that_was_deleted_is_forgotten_in_time) {
    for (int n = 0; n < 3000; ++n) {
        declare_exchange("e");
        client.publish("e", "k", "m");
        client.send(ExchangeDelete{.exchange = "e"});
        client.expect<ExchangeDeleteOk>();
    }
    EXPECT_LE(node.shard(0).sessions.exchanges().known().size(), 1025u);
    EXPECT_EQ(published().received, 3000u);
}

TEST_F(SessionTraffic, sizes_of_messages_are_counted_by_their_bounds) {
    for (const std::size_t size : {0u, 100u, 101u, 101u, 101u, 101u, 5000u})
        client.publish("", "q", std::string(size, 'x'));
    const session::MessageSizes& sizes = traffic().sizes;
    EXPECT_EQ(sizes.counts[0], 2u);
    EXPECT_EQ(sizes.counts[1], 4u);
    EXPECT_EQ(sizes.counts[2], 1u);
    EXPECT_EQ(sizes.bytes, 5504u);
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
