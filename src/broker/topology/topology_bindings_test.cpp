#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/topology/topology.h"
#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;

// Writes down what it is told.
struct Journal final : TopologyObserver {
    void exchange_deleted(const ExchangeRecord& exchange) override {
        lines.push_back("-x " + exchange.name);
    }
    void queue_created(const QueueRecord& queue) override { lines.push_back("+q " + queue.name); }
    void queue_deleted(const QueueRecord& queue) override { lines.push_back("-q " + queue.name); }
    void binding_created(const Binding& binding) override {
        lines.push_back("+b " + binding.source->name + ">" + binding.destination->name);
    }
    void binding_deleted(const Binding& binding) override {
        lines.push_back("-b " + binding.source->name + ">" + binding.destination->name);
    }

    std::vector<std::string> lines;
};

class TopologyBindingsTest : public ::testing::Test, protected TopologyFixture {
protected:
    void auto_delete_exchange(std::string name) {
        must(DeclareExchange{
            .vhost = "/", .name = std::move(name), .type = "fanout", .auto_delete = true});
    }
};

TEST_F(TopologyBindingsTest, binding_twice_is_binding_once) {
    queue("q");
    const Bind command{
        .vhost = "/", .source = "amq.direct", .destination = "q", .routing_key = "k"};
    EXPECT_EQ(must(command).outcome, Outcome::changed);
    EXPECT_EQ(must(command).outcome, Outcome::unchanged);
    EXPECT_EQ(vhost().bindings.size(), 1u);
}

TEST_F(TopologyBindingsTest, the_order_of_arguments_does_not_matter) {
    queue("q");
    bind("amq.headers", "q", "", {{"b", std::int32_t{1}}, {"a", std::int32_t{2}}});
    bind("amq.headers", "q", "", {{"a", std::int32_t{2}}, {"b", std::int32_t{1}}});
    EXPECT_EQ(vhost().bindings.size(), 1u);
    bind("amq.headers", "q", "", {{"a", std::int32_t{2}}, {"b", std::int64_t{1}}});
    EXPECT_EQ(vhost().bindings.size(), 2u);
    unbind("amq.headers", "q", "", {{"b", std::int32_t{1}}, {"a", std::int32_t{2}}});
    EXPECT_EQ(vhost().bindings.size(), 1u);
}

TEST_F(TopologyBindingsTest, missing_ends_are_named_source_first) {
    const auto text = [&](std::string source, DestinationKind kind, std::string destination) {
        return refusal(Bind{.vhost = "/",
                            .source = std::move(source),
                            .destination_kind = kind,
                            .destination = std::move(destination)});
    };
    EXPECT_EQ(text("nx", DestinationKind::queue, "nq"), "404 no exchange 'nx' in vhost '/'");
    EXPECT_EQ(text("amq.topic", DestinationKind::queue, "nq"), "404 no queue 'nq' in vhost '/'");
    EXPECT_EQ(text("amq.topic", DestinationKind::exchange, "nx"),
              "404 no exchange 'nx' in vhost '/'");
    EXPECT_EQ(text("", DestinationKind::queue, "nq"),
              "403 operation not permitted on the default exchange");
    EXPECT_EQ(text("amq.topic", DestinationKind::exchange, ""),
              "403 operation not permitted on the default exchange");
}

TEST_F(TopologyBindingsTest, unbinding_what_is_not_bound_changes_nothing) {
    queue("q");
    const auto outcome = [&](std::string source, std::string destination, std::string key) {
        return must(Unbind{.vhost = "/",
                           .source = std::move(source),
                           .destination = std::move(destination),
                           .routing_key = std::move(key)})
            .outcome;
    };
    bind("amq.direct", "q", "k");
    EXPECT_EQ(outcome("nx", "q", "k"), Outcome::unchanged);
    EXPECT_EQ(outcome("amq.direct", "nq", "k"), Outcome::unchanged);
    EXPECT_EQ(outcome("amq.direct", "q", "other"), Outcome::unchanged);
    EXPECT_EQ(refusal(Unbind{.vhost = "/", .source = "", .destination = "q"}),
              "403 operation not permitted on the default exchange");
    EXPECT_EQ(outcome("amq.direct", "q", "k"), Outcome::changed);
}

TEST_F(TopologyBindingsTest, others_cannot_bind_or_unbind_an_exclusive_queue) {
    const ConnectionId owner{1};
    must(DeclareQueue{.vhost = "/", .name = "q", .owner = owner});
    Bind bind_command{
        .vhost = "/", .source = "amq.fanout", .destination = "q", .connection = ConnectionId{2}};
    EXPECT_TRUE(refusal(bind_command).starts_with("405 cannot obtain exclusive access"));
    bind_command.connection = owner;
    must(bind_command);
    Unbind unbind_command{
        .vhost = "/", .source = "amq.fanout", .destination = "q", .connection = ConnectionId{2}};
    EXPECT_TRUE(refusal(unbind_command).starts_with("405 cannot obtain exclusive access"));
    unbind_command.connection = owner;
    must(unbind_command);
}

TEST_F(TopologyBindingsTest, bindings_go_with_their_queue) {
    queue("q");
    bind("amq.direct", "q", "a");
    bind("amq.topic", "q", "a.#");
    delete_queue("q");
    EXPECT_TRUE(vhost().bindings.empty());
    EXPECT_TRUE(vhost().find_exchange("amq.direct")->outbound.empty());
}

TEST_F(TopologyBindingsTest, bindings_go_with_either_exchange) {
    exchange("x", "fanout");
    exchange("y", "fanout");
    queue("q");
    bind_exchange("x", "y", "");
    bind_exchange("y", "y", "");
    bind("y", "q", "");
    must(DeleteExchange{.vhost = "/", .name = "y"});
    EXPECT_TRUE(vhost().bindings.empty());
    EXPECT_TRUE(vhost().find_exchange("x")->outbound.empty());
    EXPECT_EQ(vhost().find_exchange("x")->exchange_destinations, 0u);
    EXPECT_TRUE(vhost().find_queue("q")->inbound.empty());
}

TEST_F(TopologyBindingsTest, an_auto_delete_exchange_goes_with_its_last_binding) {
    auto_delete_exchange("x");
    queue("q");
    queue("r");
    EXPECT_NE(vhost().find_exchange("x"), nullptr);
    bind("x", "q", "");
    bind("x", "r", "");
    unbind("x", "q", "");
    EXPECT_NE(vhost().find_exchange("x"), nullptr);
    delete_queue("r");
    EXPECT_EQ(vhost().find_exchange("x"), nullptr);
}

TEST_F(TopologyBindingsTest, being_bound_to_does_not_keep_an_auto_delete_exchange) {
    auto_delete_exchange("x");
    queue("q");
    bind("x", "q", "");
    bind_exchange("amq.fanout", "x", "");
    unbind("x", "q", "");
    EXPECT_EQ(vhost().find_exchange("x"), nullptr);
    EXPECT_TRUE(vhost().bindings.empty());
}

TEST_F(TopologyBindingsTest, a_chain_of_auto_delete_exchanges_falls_to_its_start) {
    constexpr int length = 50'000;  // a recursion this deep would end the process
    queue("q");
    for (int i = 0; i < length; ++i)
        auto_delete_exchange("x" + std::to_string(i));
    for (int i = 1; i < length; ++i)
        bind_exchange("x" + std::to_string(i - 1), "x" + std::to_string(i), "");
    bind("x" + std::to_string(length - 1), "q", "");
    delete_queue("q");
    EXPECT_EQ(vhost().exchanges.size(), 7u);
    EXPECT_TRUE(vhost().bindings.empty());
}

TEST_F(TopologyBindingsTest, the_observer_hears_of_bindings_before_what_they_lead_to) {
    Journal journal;
    observer = &journal;
    auto_delete_exchange("x");
    queue("q");
    bind("x", "q", "");
    delete_queue("q");
    EXPECT_EQ(journal.lines,
              (std::vector<std::string>{"+q q", "+b x>q", "-b x>q", "-q q", "-x x"}));
}

// Counts instead of timing: every list operation of a removal is constant, so what is left to check
// is that a removal visits only the bindings that go.
TEST_F(TopologyBindingsTest, deleting_one_queue_visits_only_its_own_bindings) {
    struct Counter final : TopologyObserver {
        void binding_deleted(const Binding&) override { ++count; }
        int count = 0;
    } counter;
    constexpr int binding_count = 100'000;
    queue("many");
    queue("few");
    for (int i = 0; i < binding_count; ++i) {
        bind("amq.direct", "many", std::to_string(i));
        bind("amq.topic", "many", "a." + std::to_string(i) + ".#");
    }
    bind("amq.direct", "few", "1");
    bind("amq.topic", "few", "a.1.#");
    observer = &counter;
    delete_queue("few");
    EXPECT_EQ(counter.count, 2);
    delete_queue("many");
    EXPECT_EQ(counter.count, 2 + 2 * binding_count);
    EXPECT_TRUE(vhost().bindings.empty());
}

}  // namespace
}  // namespace warren::broker
