#include "cluster/shard_publisher.h"

#include <gtest/gtest.h>

#include "broker/queue/queue_test_messages.h"
#include "broker/routing/routing_fixture.h"
#include "cluster/fake_shard.h"

namespace warren::cluster {
namespace {

using broker::LetterOutcome;

class shard_publisher : public ::testing::Test, protected broker::RoutingFixture {
protected:
    shard_publisher() {
        exchange("dlx", "fanout");
        for (const char* name : {"a", "b", "c"})
            queue(name);
    }
    void bind_all(const std::vector<std::string>& names) {
        for (const std::string& name : names)
            bind("dlx", name, "");
    }
    void post(std::uint64_t position, std::string to = "dlx",
              std::vector<std::string> excluded = {}) {
        publisher.post({.vhost = "/",
                        .exchange = std::move(to),
                        .message = broker::testing::text_message(std::to_string(position), {}),
                        .extra_keys = {},
                        .excluded_queues = std::move(excluded),
                        .source = {source, position}});
    }
    void confirm(std::uint64_t first, std::uint64_t last, bool accepted = true) {
        publisher.settle({{publisher.connection(), {}, first}, last, accepted});
    }
    // "position outcome" of what is known by now.
    std::vector<std::string> told() {
        std::vector<std::string> all;
        publisher.tell_done([&](const ShardPublisher::Source& from, LetterOutcome outcome) {
            EXPECT_EQ(from.queue, source);
            const char* words[] = {"safe", "refused", "unroutable"};
            all.push_back(std::to_string(from.position) + " " +
                          words[static_cast<std::size_t>(outcome)]);
        });
        return all;
    }
    using Told = std::vector<std::string>;

    const QueueId source{77};
    test::FakeShard shard{topology};
    ShardPublisher publisher{shard, ShardId{3}};
};

TEST_F(shard_publisher, publishes_when_its_turn_comes_and_not_before) {
    bind_all({"a"});
    post(1);
    EXPECT_TRUE(shard.published.empty());
    EXPECT_TRUE(publisher.has_work());
    publisher.publish_posted();
    ASSERT_EQ(shard.published.size(), 1u);
    EXPECT_EQ(shard.published[0].body, "1");
    EXPECT_FALSE(publisher.has_work());
}

TEST_F(shard_publisher, asks_for_confirms_under_a_number_that_no_client_has) {
    bind_all({"a"});
    post(1);
    publisher.publish_posted();
    const broker::ConfirmTicket& ticket = shard.published.at(0).ticket;
    EXPECT_EQ(ticket.connection, publisher.connection());
    EXPECT_EQ(ticket.connection.shard(), ShardId{3});
    EXPECT_EQ(ticket.connection.counter(), 0xffff'ffff'ffffULL);
    EXPECT_EQ(ticket.sequence, 1u);
}

TEST_F(shard_publisher, waits_for_every_queue) {
    bind_all({"a", "b", "c"});
    post(5);
    post(6);
    publisher.publish_posted();
    EXPECT_EQ(shard.published.size(), 6u);
    confirm(1, 2);
    confirm(1, 1);
    EXPECT_EQ(told(), Told{});
    EXPECT_EQ(publisher.waiting(), 2u);
    confirm(1, 2);
    EXPECT_EQ(told(), (Told{"5 safe"}));
    confirm(2, 2);
    EXPECT_EQ(told(), (Told{"6 safe"}));
    EXPECT_EQ(publisher.waiting(), 0u);
}

TEST_F(shard_publisher, tells_of_a_refusal_only_when_all_have_answered) {
    bind_all({"a", "b"});
    post(5);
    publisher.publish_posted();
    confirm(1, 1, false);
    EXPECT_EQ(told(), Told{});
    confirm(1, 1, true);
    EXPECT_TRUE(publisher.has_work());
    EXPECT_EQ(told(), (Told{"5 refused"}));
    EXPECT_FALSE(publisher.has_work());
}

TEST_F(shard_publisher, tells_what_reaches_no_queue) {
    post(5);
    post(6, "no such exchange");
    publisher.publish_posted();
    EXPECT_EQ(told(), (Told{"5 unroutable", "6 unroutable"}));
    EXPECT_EQ(publisher.waiting(), 0u);
}

TEST_F(shard_publisher, passes_over_excluded_queues) {
    bind_all({"a", "b"});
    post(5, "dlx", {"a"});
    post(6, "dlx", {"a", "b"});
    publisher.publish_posted();
    ASSERT_EQ(shard.published.size(), 1u);
    EXPECT_EQ(shard.published[0].queue, vhost().find_queue("b")->id());
    EXPECT_EQ(told(), (Told{"6 unroutable"}));
}

TEST_F(shard_publisher, asks_for_no_confirm_if_nobody_wants_to_hear) {
    bind_all({"a"});
    post(0);
    publisher.publish_posted();
    ASSERT_EQ(shard.published.size(), 1u);
    EXPECT_FALSE(shard.published[0].ticket);
    EXPECT_EQ(publisher.waiting(), 0u);
    EXPECT_EQ(told(), Told{});
}

TEST_F(shard_publisher, ignores_confirms_that_it_does_not_wait_for) {
    bind_all({"a"});
    post(5);
    publisher.publish_posted();
    confirm(1, 9);
    confirm(1, 9);
    EXPECT_EQ(told(), (Told{"5 safe"}));
}

TEST_F(shard_publisher, what_is_posted_by_a_queue_that_is_published_to_waits_for_the_next_round) {
    bind_all({"a"});
    shard.on_publish = [this] { post(2); };
    post(1);
    publisher.publish_posted();
    EXPECT_EQ(shard.published.size(), 1u);
    publisher.publish_posted();
    EXPECT_EQ(shard.published.size(), 2u);
    confirm(1, 2);
    EXPECT_EQ(told(), (Told{"1 safe", "2 safe"}));
}

TEST_F(shard_publisher, one_that_is_never_confirmed_does_not_hold_up_others) {
    bind_all({"a"});
    post(1);
    publisher.publish_posted();
    for (std::uint64_t position = 2; position <= 100'000; ++position) {
        post(position);
        publisher.publish_posted();
        confirm(position, position);
        ASSERT_EQ(told().size(), 1u);
    }
    EXPECT_EQ(publisher.waiting(), 1u);
    confirm(1, 1);
    EXPECT_EQ(told(), (Told{"1 safe"}));
}

TEST_F(shard_publisher, passes_on_what_must_be_looked_through_for_duplicates) {
    exchange("x", "x-message-deduplication", {{"x-cache-size", std::int32_t{10}}});
    exchange("front", "fanout");
    bind_exchange("front", "x", "");
    post(5, "front", {"a"});
    publisher.publish_posted();
    ASSERT_EQ(shard.passed.size(), 1u);
    const broker::DeduplicatedPublish& passed = shard.passed[0];
    EXPECT_EQ(passed.exchange, "front");
    EXPECT_EQ(passed.vhost, "/");
    EXPECT_EQ(passed.exchange_number, vhost().find_exchange("front")->number);
    EXPECT_EQ(passed.excluded_queues, std::vector<std::string>{"a"});
    EXPECT_FALSE(passed.mandatory);
    EXPECT_TRUE(shard.published.empty());
    EXPECT_EQ(passed.ticket.connection, publisher.connection());
    confirm(passed.ticket.sequence, passed.ticket.sequence, false);
    EXPECT_EQ(told(), Told{"5 refused"});
}

}  // namespace
}  // namespace warren::cluster
