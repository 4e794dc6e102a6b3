// What connections and channels tell about themselves, and how they are gone over.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "tests/integration/test_client.h"

namespace warren::test {
namespace {

using namespace amqp091;
using session::ChannelReport;
using session::ConnectionState;

class SessionReports : public ::testing::Test {
protected:
    session::SessionTable& table() { return node.shard(0).sessions; }
    // Visits of a walk by connection, `looks` at a time; between() comes after each piece.
    template <typename Between>
    std::map<ConnectionId, int> walk(std::size_t looks, Between&& between) {
        std::map<ConnectionId, int> visits;
        std::size_t place = 0;
        const auto visit = [&](const session::Connection& connection) {
            ++visits[connection.id()];
            return std::size_t{1};
        };
        while (table().walk(place, looks, visit))
            between();
        return visits;
    }
    std::vector<ChannelReport> channels_of(TestClient& client) {
        std::vector<ChannelReport> reports;
        client.use_connection([&](session::Connection& connection) {
            connection.report_channels(reports, session::Details::yes);
        });
        return reports;
    }

    TestNode node{1};
};

TEST_F(SessionReports, a_walk_visits_once_who_stays_while_others_come_and_go) {
    std::vector<std::unique_ptr<TestClient>> clients;
    for (int n = 0; n < 20; ++n)
        clients.push_back(std::make_unique<TestClient>(node, 0));
    std::vector<ConnectionId> staying;
    for (std::size_t n = 0; n < clients.size(); n += 2)
        staying.push_back(clients[n]->connection().id());
    std::size_t next = 1;
    const auto visits = walk(3, [&] {
        if (next < 20) clients[next].reset();
        next += 2;
        clients.push_back(std::make_unique<TestClient>(node, 0));
    });
    for (const auto id : staying)
        EXPECT_EQ(visits.at(id), 1);
    for (const auto& [id, count] : visits)
        EXPECT_EQ(count, 1);
}

TEST_F(SessionReports, a_walk_takes_no_more_looks_than_it_is_given) {
    std::vector<std::unique_ptr<TestClient>> clients;
    for (int n = 0; n < 5; ++n)
        clients.push_back(std::make_unique<TestClient>(node, 0));
    std::size_t place = 0;
    int visits = 0;
    const auto expensive = [&](const session::Connection&) {
        ++visits;
        return std::size_t{10};
    };
    EXPECT_TRUE(table().walk(place, 10, expensive));
    EXPECT_EQ(visits, 1);
}

TEST_F(SessionReports, a_connection_has_nothing_to_tell_before_it_is_open) {
    TestClient client(node, 0);
    EXPECT_FALSE(client.connection().report());
    client.open();
    const auto report = client.connection().report();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->state, ConnectionState::running);
    EXPECT_EQ(report->channels, 1u);
    EXPECT_EQ(report->facts->user, "guest");
    EXPECT_EQ(report->facts->vhost, "/");
    EXPECT_EQ(report->facts->mechanism, "PLAIN");
}

TEST_F(SessionReports, facts_outlive_their_connection) {
    session::ConnectionFactsRef facts;
    {
        TestClient client(node, 0);
        client.open();
        facts = client.connection().report()->facts;
    }
    EXPECT_EQ(facts->endpoints.name(), "127.0.0.1:40000 -> 127.0.0.1:5672");
}

TEST_F(SessionReports, an_alarm_blocks_who_publishes_and_threatens_the_others) {
    TestClient publisher(node, 0);
    TestClient other(node, 0);
    for (TestClient* client : {&publisher, &other})
        client->open();
    node.set_alarm("memory");
    publisher.publish("", "nowhere", "m");
    EXPECT_EQ(publisher.connection().report()->state, ConnectionState::blocked);
    EXPECT_EQ(other.connection().report()->state, ConnectionState::blocking);
    node.set_alarm("");
    EXPECT_EQ(publisher.connection().report()->state, ConnectionState::running);
}

TEST_F(SessionReports, a_channel_tells_how_long_its_oldest_delivery_has_been_away) {
    TestClient client(node, 0);
    client.open();
    client.send(QueueDeclare{.queue = "q"});
    client.expect<QueueDeclareOk>();
    client.publish("", "q", "old");
    client.publish("", "q", "new");
    for (int n = 0; n < 2; ++n) {
        client.send(BasicGet{.queue = "q"});
        client.expect<BasicGetOk>();
        client.expect_body();
        node.advance_ms(30'000);
    }
    EXPECT_EQ(channels_of(client).at(0).unacked, 2u);
    EXPECT_EQ(channels_of(client).at(0).oldest_unacked_ms, 60'000);
    client.send(BasicAck{.delivery_tag = 1});
    EXPECT_EQ(channels_of(client).at(0).oldest_unacked_ms, 30'000);
    client.send(BasicAck{.delivery_tag = 2});
    EXPECT_EQ(channels_of(client).at(0).oldest_unacked_ms, 0);
}

TEST_F(SessionReports, a_channel_tells_what_waits_for_a_commit) {
    TestClient client(node, 0);
    client.open();
    client.send(TxSelect{});
    client.expect<TxSelectOk>();
    client.publish("", "nowhere", "m");
    const auto report = channels_of(client).at(0);
    EXPECT_TRUE(report.transactional);
    EXPECT_FALSE(report.confirms);
    EXPECT_EQ(report.uncommitted_messages, 1u);
    EXPECT_FALSE(report.published);
}

}  // namespace
}  // namespace warren::test
