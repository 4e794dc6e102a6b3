// What is left of a topology after a restart, and numbers that a shortened history reserves.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "broker/topology/topology.h"
#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

class RestartTest : public ::testing::Test, protected TopologyFixture {
protected:
    void declare_queue(std::string name, bool durable, ConnectionId owner = {}) {
        must(DeclareQueue{
            .vhost = "/", .name = std::move(name), .durable = durable, .owner = owner});
    }
    void declare_exchange(std::string name, bool durable, bool auto_delete = false) {
        must(DeclareExchange{.vhost = "/",
                             .name = std::move(name),
                             .type = "fanout",
                             .durable = durable,
                             .auto_delete = auto_delete});
    }
    // Names of queues and of exchanges that were declared here.
    std::set<std::string> names() const {
        std::set<std::string> all;
        for (const auto& queue : vhost().queues)
            all.insert(queue->name);
        for (const auto& exchange : vhost().exchanges)
            if (!exchange->is_default() && !exchange->name.starts_with("amq."))
                all.insert(exchange->name);
        return all;
    }
    using Names = std::set<std::string>;
};

TEST_F(RestartTest, durable_objects_and_their_bindings_stay) {
    declare_queue("q", true);
    declare_exchange("x", true);
    bind("x", "q", "k");
    EXPECT_EQ(must(ForgetTransient{}).outcome, Outcome::unchanged);
    EXPECT_EQ(names(), (Names{"q", "x"}));
    EXPECT_EQ(vhost().bindings.size(), 1u);
}

TEST_F(RestartTest, nothing_is_traced_any_more) {
    must(TraceVhost{"/", true});
    const std::uint64_t before = topology.version();
    EXPECT_EQ(must(ForgetTransient{}).outcome, Outcome::changed);
    EXPECT_FALSE(vhost().is_traced);
    EXPECT_EQ(topology.traced_vhosts(), 0u);
    EXPECT_GT(topology.version(), before);
    EXPECT_EQ(must(ForgetTransient{}).outcome, Outcome::unchanged);
}

TEST_F(RestartTest, transient_and_exclusive_queues_go_with_their_bindings) {
    declare_queue("durable", true);
    declare_queue("transient", false);
    declare_queue("exclusive", true, {7});
    declare_exchange("x", true);
    bind("x", "durable", "");
    bind("x", "transient", "");
    must(Bind{.vhost = "/", .source = "x", .destination = "exclusive", .connection = {7}});
    EXPECT_EQ(must(ForgetTransient{}).outcome, Outcome::changed);
    EXPECT_EQ(names(), (Names{"durable", "x"}));
    EXPECT_EQ(vhost().bindings.size(), 1u);
    EXPECT_EQ(must(DeleteQueuesOf{{7}}).outcome, Outcome::unchanged);
}

TEST_F(RestartTest, transient_exchanges_go_with_bindings_of_both_sides) {
    declare_queue("q", true);
    declare_exchange("durable", true);
    declare_exchange("transient", false);
    bind_exchange("durable", "transient", "");
    bind("transient", "q", "");
    must(ForgetTransient{});
    EXPECT_EQ(names(), (Names{"durable", "q"}));
    EXPECT_TRUE(vhost().bindings.empty());
}

TEST_F(RestartTest, auto_delete_exchanges_go_with_their_last_binding) {
    declare_queue("transient", false);
    declare_queue("durable", true);
    declare_exchange("lonely", true, true);
    declare_exchange("kept", true, true);
    declare_exchange("never_bound", true, true);
    declare_exchange("chained", true, true);
    bind("lonely", "transient", "");
    bind("kept", "transient", "");
    bind("kept", "durable", "");
    bind_exchange("chained", "lonely", "");
    must(ForgetTransient{});
    EXPECT_EQ(names(), (Names{"durable", "kept", "never_bound"}));
}

// A transient exchange that is on its way out by one rule must not be removed again by the other.
TEST_F(RestartTest, transient_auto_delete_exchanges_go_once) {
    declare_queue("transient", false);
    for (const char* name : {"a", "b", "c"})
        declare_exchange(name, false, true);
    bind("c", "transient", "");
    bind_exchange("b", "c", "");
    bind_exchange("a", "b", "");
    must(ForgetTransient{});
    EXPECT_TRUE(names().empty());
    EXPECT_TRUE(vhost().bindings.empty());
}

TEST_F(RestartTest, every_vhost_forgets) {
    must(CreateVhost{.name = "other"});
    must(DeclareQueue{.vhost = "other", .name = "q"});
    must(DeclareExchange{.vhost = "other", .name = "x", .type = "fanout"});
    must(ForgetTransient{});
    EXPECT_TRUE(topology.find_vhost("other")->queues.empty());
    EXPECT_EQ(topology.find_vhost("other")->find_exchange("x"), nullptr);
}

TEST_F(RestartTest, reserved_numbers_are_not_given_out) {
    EXPECT_EQ(must(ReserveNumbers{100}).outcome, Outcome::changed);
    EXPECT_EQ(queue("q").queue.value, 100u);
    EXPECT_EQ(must(ReserveNumbers{101}).outcome, Outcome::unchanged);
    EXPECT_EQ(queue("r").queue.value, 101u);
}

TEST_F(RestartTest, numbers_in_use_cannot_be_next) {
    queue("q");
    const std::uint64_t used = topology.last_number();
    EXPECT_EQ(refusal(ReserveNumbers{used}),
              "406 number " + std::to_string(used) +
                  " cannot be the next one: " + std::to_string(used) + " is in use");
    EXPECT_NE(refusal(ReserveNumbers{0}), "accepted");
    EXPECT_NE(refusal(ReserveNumbers{UINT64_MAX}), "accepted");
    EXPECT_EQ(queue("r").queue.value, used + 1);
}

}  // namespace
}  // namespace warren::broker
