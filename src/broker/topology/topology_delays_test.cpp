// The queues of delayed exchanges come and go with them, and belong to nobody else.
#include <gtest/gtest.h>

#include <vector>

#include "broker/topology/effective_settings.h"
#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

class TopologyDelaysTest : public ::testing::Test, protected TopologyFixture {
protected:
    struct Recorder final : TopologyObserver {
        void queue_created(const QueueRecord& queue) override {
            seen.push_back("+" + queue.name + " #" + std::to_string(queue.number));
        }
        void queue_deleted(const QueueRecord& queue) override { seen.push_back("-" + queue.name); }
        void exchange_created(const ExchangeRecord& exchange) override {
            if (!exchange.name.starts_with("amq.") && !exchange.is_default())
                seen.push_back("+" + exchange.name + " #" + std::to_string(exchange.number));
        }
        void exchange_deleted(const ExchangeRecord& exchange) override {
            if (!exchange.name.starts_with("amq.") && !exchange.is_default())
                seen.push_back("-" + exchange.name);
        }
        std::vector<std::string> seen;
    };

    void SetUp() override { observer = &recorder; }
    void delayed(std::string name, bool durable = true, bool auto_delete = false) {
        must(DeclareExchange{.vhost = "/",
                             .name = std::move(name),
                             .type = "x-delayed-message",
                             .durable = durable,
                             .auto_delete = auto_delete,
                             .arguments = {{"x-delayed-type", "direct"}}});
    }
    std::vector<std::string> seen() { return std::exchange(recorder.seen, {}); }

    Recorder recorder;
};

using Seen = std::vector<std::string>;

TEST_F(TopologyDelaysTest, a_delayed_exchange_has_a_queue_under_its_own_number) {
    delayed("x");
    queue("next");
    EXPECT_EQ(seen(), (Seen{"+x #8", "+amq.delayed.x #8", "+next #9"}));
    const QueueRecord& hidden = *vhost().find_queue("amq.delayed.x");
    EXPECT_EQ(vhost().find_exchange("x")->delay_queue, &hidden);
    EXPECT_EQ(topology.find_queue(hidden.id()), &hidden);
    EXPECT_TRUE(hidden.durable);
    const QueueSettings settings = effective_settings(hidden);
    EXPECT_EQ(settings.delayed_exchange, "x");
    EXPECT_TRUE(settings.durable);
}

TEST_F(TopologyDelaysTest, the_queue_goes_with_the_exchange) {
    delayed("x");
    must(DeleteExchange{.vhost = "/", .name = "x"});
    EXPECT_EQ(seen(), (Seen{"+x #8", "+amq.delayed.x #8", "-amq.delayed.x", "-x"}));
    EXPECT_EQ(topology.queue_count(), 0u);
    delayed("x");
    EXPECT_EQ(seen(), (Seen{"+x #9", "+amq.delayed.x #9"}));
}

TEST_F(TopologyDelaysTest, other_exchanges_have_none) {
    exchange("x", "fanout");
    EXPECT_EQ(seen(), (Seen{"+x #8"}));
}

TEST_F(TopologyDelaysTest, the_queue_goes_when_its_exchange_deletes_itself) {
    delayed("x", true, true);
    queue("q");
    bind("x", "q", "k");
    seen();
    unbind("x", "q", "k");
    EXPECT_EQ(seen(), (Seen{"-amq.delayed.x", "-x"}));
}

TEST_F(TopologyDelaysTest, a_restart_forgets_the_queue_of_a_transient_exchange) {
    delayed("kept");
    delayed("forgotten", false);
    seen();
    must(ForgetTransient{});
    EXPECT_EQ(seen(), (Seen{"-amq.delayed.forgotten", "-forgotten"}));
    EXPECT_NE(vhost().find_exchange("kept")->delay_queue, nullptr);
}

TEST_F(TopologyDelaysTest, a_vhost_takes_the_queues_along) {
    delayed("x");
    delayed("y");
    must(DeleteVhost{"/"});
    EXPECT_EQ(topology.queue_count(), 0u);
}

TEST_F(TopologyDelaysTest, nobody_binds_or_deletes_the_queue) {
    delayed("x");
    const QueueId hidden = vhost().find_queue("amq.delayed.x")->id();
    const std::string text =
        "403 operation not permitted on queue 'amq.delayed.x' in vhost '/', which is a part of "
        "exchange 'x' in vhost '/'";
    EXPECT_EQ(refusal(DeleteQueue{hidden}), text);
    EXPECT_EQ(refusal(Bind{.vhost = "/", .source = "amq.topic", .destination = "amq.delayed.x"}),
              text);
    EXPECT_NE(topology.find_queue(hidden), nullptr);
}

TEST_F(TopologyDelaysTest, the_queue_does_not_count_against_the_limit_of_the_vhost) {
    delayed("x");
    must(UpdateVhost{.name = "/", .limits = VhostLimits{.queues_max = 1}});
    queue("one");
    EXPECT_NE(refusal(DeclareQueue{.vhost = "/", .name = "two"}), "accepted");
    delayed("y");
    must(DeleteExchange{.vhost = "/", .name = "x"});
    must(DeleteExchange{.vhost = "/", .name = "y"});
    EXPECT_NE(refusal(DeclareQueue{.vhost = "/", .name = "two"}), "accepted");
    EXPECT_EQ(vhost().delay_queues, 0u);
}

TEST_F(TopologyDelaysTest, the_queue_gets_another_name_if_its_own_is_taken_or_too_long) {
    queue("amq.delayed.x");
    delayed("x");
    EXPECT_EQ(vhost().find_exchange("x")->delay_queue->name, "amq.delayed.x#9");
    const std::string longest(255, 'x');
    delayed(longest);
    EXPECT_EQ(vhost().find_exchange(longest)->delay_queue->name, "amq.delayed.#10");
}

TEST(TopologyDelays, queues_are_spread_over_the_shards) {
    Topology topology(4);
    NullObserver nobody;
    EXPECT_TRUE(topology.apply({CreateVhost{.name = "/"}}, nobody).has_value());
    std::set<std::uint16_t> shards;
    for (const char* name : {"a", "b", "c", "d"}) {
        DeclareExchange declare{.vhost = "/", .name = name, .type = "x-delayed-message"};
        declare.arguments = {{"x-delayed-type", "fanout"}};
        EXPECT_TRUE(topology.apply({declare}, nobody).has_value());
        shards.insert(topology.find_vhost("/")->find_exchange(name)->delay_queue->shard.value);
    }
    EXPECT_EQ(shards, (std::set<std::uint16_t>{0, 1, 2, 3}));
}

}  // namespace
}  // namespace warren::broker
