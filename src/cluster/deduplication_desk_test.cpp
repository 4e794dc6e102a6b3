#include "cluster/deduplication_desk.h"

#include <gtest/gtest.h>

#include "broker/queue/queue_disk_model.h"
#include "broker/routing/routing_fixture.h"
#include "cluster/fake_shard.h"

namespace warren::cluster {
namespace {

using broker::DeduplicatedPublish;

class DeduplicationDeskTest : public ::testing::Test,
                              protected broker::RoutingFixture,
                              private DeduplicationDesk::Events {
protected:
    DeduplicationDeskTest() {
        shard.time.wall.ms = 1'000'000;
        make("x", "q");
    }
    // An exchange that is at home here, with a queue.
    void make(const std::string& name, const std::string& queue_name) {
        exchange(name, "x-message-deduplication", {{"x-cache-size", std::int32_t{10}}});
        queue(queue_name);
        bind(name, queue_name, "");
        desk.add(*vhost().find_exchange(name), nullptr);
    }
    // As the message of that number, which is its key unless another is given.
    void publish(std::uint64_t number, std::string_view key = {}, const std::string& to = "x",
                 ConnectionId by = client, bool mandatory = false) {
        amqp091::FieldTable headers;
        if (!key.empty()) headers.set("x-deduplication-header", key);
        const std::string header = amqp091::HeaderEdit().set_headers(headers).encode(0);
        DeduplicatedPublish message;
        message.vhost = "/";
        message.exchange = to;
        message.message =
            broker::Message::make("e", "k", as_bytes(header), {}, {.has_headers = true});
        message.ticket = {by, {1}, number};
        message.publisher = {by, {1}, 1};
        message.mandatory = mandatory;
        desk.publish(std::move(message));
        pass_on();
    }
    // The queue that got the message as the n-th of all answers.
    void confirm(std::size_t n, bool accepted = true) {
        const broker::ConfirmTicket ticket = shard.published.at(n - 1).ticket;
        publisher.settle({ticket, ticket.sequence, accepted});
        pass_on();
    }
    void pass_on() {
        publisher.tell_done([this](const ShardPublisher::Source& source, auto outcome) {
            EXPECT_EQ(source.queue, DeduplicationDesk::source_number);
            desk.done(source.position, outcome);
        });
    }
    std::vector<std::string> take_said() { return std::exchange(said_, {}); }
    using Said = std::vector<std::string>;

    static constexpr ConnectionId client = ConnectionId::make({2}, 7);
    test::FakeShard shard{topology};
    ShardPublisher publisher{shard, ShardId{0}};
    DeduplicationDesk desk{shard, publisher, *this};

private:
    void published(const broker::ConfirmTicket& ticket, bool accepted) override {
        said_.push_back(std::to_string(ticket.sequence) + (accepted ? " ack" : " nack"));
    }
    void unroutable(const DeduplicatedPublish::Publisher& to, const broker::MessageRef&) override {
        EXPECT_EQ(to.connection, client);
        said_.push_back("return");
    }

    Said said_;
};

TEST_F(DeduplicationDeskTest, one_confirm_stands_for_all_queues) {
    queue("q2");
    bind("x", "q2", "");
    publish(1, "a");
    EXPECT_EQ(shard.published.size(), 2u);
    confirm(1);
    EXPECT_EQ(take_said(), Said{});
    confirm(2);
    EXPECT_EQ(take_said(), Said{"1 ack"});
    EXPECT_EQ(desk.waiting(), 0u);
}

TEST_F(DeduplicationDeskTest, a_duplicate_is_confirmed_when_its_original_is) {
    publish(1, "a");
    publish(2, "a");
    publish(3, "a");
    EXPECT_EQ(shard.published.size(), 1u);
    EXPECT_EQ(take_said(), Said{});
    confirm(1);
    EXPECT_EQ(take_said(), (Said{"1 ack", "2 ack", "3 ack"}));
    publish(4, "a");
    EXPECT_EQ(take_said(), Said{"4 ack"});
}

TEST_F(DeduplicationDeskTest, a_duplicate_is_refused_when_its_original_is) {
    publish(1, "a");
    publish(2, "a");
    confirm(1, false);
    EXPECT_EQ(take_said(), (Said{"1 nack", "2 nack"}));
    // Nobody has it: the next one is an original.
    publish(3, "a");
    confirm(2);
    EXPECT_EQ(take_said(), Said{"3 ack"});
    EXPECT_EQ(desk.waiting(), 0u);
}

// 2 is the original of one exchange and waits as a duplicate in another, 3 waits for 2.
TEST_F(DeduplicationDeskTest, those_who_wait_for_one_another_end_together) {
    make("y", "qy");
    exchange("both", "fanout");
    bind_exchange("both", "x", "");
    bind_exchange("both", "y", "");
    publish(1, "a", "x");
    publish(2, "a", "both");
    publish(3, "a", "y");
    ASSERT_EQ(shard.published.size(), 2u);
    confirm(2);
    EXPECT_EQ(take_said(), Said{});
    confirm(1);
    EXPECT_EQ(take_said(), (Said{"1 ack", "2 ack", "3 ack"}));
}

TEST_F(DeduplicationDeskTest, clients_hear_that_unroutable_messages_are_done) {
    unbind("x", "q", "");
    publish(1, "a", "x", client, true);
    EXPECT_EQ(take_said(), (Said{"return", "1 ack"}));
    publish(2);
    EXPECT_EQ(take_said(), Said{"2 ack"});
    publish(3, "a", "nowhere", client, true);
    EXPECT_EQ(take_said(), (Said{"return", "3 ack"}));
}

// It has the message itself, and may do better with it. With a duplicate there is nothing to do.
TEST_F(DeduplicationDeskTest, the_node_hears_that_they_have_reached_nobody) {
    const ConnectionId node = ConnectionId::of_node({2});
    publish(1, "a", "x", node);
    confirm(1);
    publish(2, "a", "x", node);
    unbind("x", "q", "");
    publish(3, "b", "x", node);
    EXPECT_EQ(take_said(), (Said{"1 ack", "2 ack", "3 nack"}));
}

TEST_F(DeduplicationDeskTest, who_wants_no_confirm_gets_none) {
    publish(0, "a");
    publish(0, "a");
    confirm(1);
    EXPECT_EQ(take_said(), Said{});
    EXPECT_EQ(desk.waiting(), 0u);
}

TEST_F(DeduplicationDeskTest, an_exchange_may_go_while_its_messages_are_under_way) {
    publish(1, "a");
    publish(2, "a");
    desk.remove(vhost().find_exchange("x")->id());
    confirm(1);
    EXPECT_EQ(take_said(), (Said{"1 ack", "2 ack"}));
}

TEST_F(DeduplicationDeskTest, keys_go_to_disk_when_their_messages_are_safe) {
    broker::testing::QueueDisk disk;
    exchange("kept", "x-message-deduplication",
             {{"x-cache-size", std::int32_t{10}}, {"x-cache-ttl", "5000"}});
    bind("kept", "q", "");
    desk.add(*vhost().find_exchange("kept"), [&](auto& owner, auto& restore, auto& restored) {
        return disk.open(owner, restore, {}, restored);
    });
    publish(1, "a", "kept");
    publish(2, "b", "kept");
    publish(3, "c", "kept");
    EXPECT_EQ(disk.entries().size(), 0u);
    confirm(1);
    confirm(2, false);
    ASSERT_EQ(disk.entries().size(), 1u);
    EXPECT_EQ(disk.entries().begin()->second.head.deadline_ms, 1'005'000);
    desk.remove(vhost().find_exchange("kept")->id());
    EXPECT_TRUE(disk.removed());
}

}  // namespace
}  // namespace warren::cluster
