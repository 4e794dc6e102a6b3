#include <gtest/gtest.h>

#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

struct CountingObserver final : TopologyObserver {
    void policies_changed(const Vhost&) override { ++changes; }
    int changes = 0;
};

class TopologyPoliciesTest : public testing::Test, protected TopologyFixture {
protected:
    TopologyPoliciesTest() { observer = &counting; }

    static SetPolicy policy(std::int64_t ttl) {
        return {.vhost = "/", .name = "p", .definition = {{"message-ttl", ttl}}};
    }

    CountingObserver counting;
};

TEST_F(TopologyPoliciesTest, only_what_makes_a_difference_is_a_change) {
    EXPECT_EQ(must(policy(1)).outcome, Outcome::changed);
    EXPECT_EQ(must(policy(1)).outcome, Outcome::unchanged);
    EXPECT_EQ(must(policy(2)).outcome, Outcome::changed);
    EXPECT_EQ(must(DeletePolicy{.vhost = "/", .name = "p"}).outcome, Outcome::changed);
    EXPECT_EQ(must(DeletePolicy{.vhost = "/", .name = "p"}).outcome, Outcome::unchanged);
    EXPECT_EQ(counting.changes, 3);
}

TEST_F(TopologyPoliciesTest, a_users_policy_and_an_operators_may_have_one_name) {
    must(policy(1));
    SetPolicy theirs = policy(2);
    theirs.kind = PolicyKind::of_operator;
    must(theirs);
    EXPECT_NE(vhost().policies.find(PolicyKind::user, "p"), nullptr);
    must(DeletePolicy{.vhost = "/", .kind = PolicyKind::of_operator, .name = "p"});
    EXPECT_NE(vhost().policies.find(PolicyKind::user, "p"), nullptr);
    EXPECT_EQ(vhost().policies.find(PolicyKind::of_operator, "p"), nullptr);
}

TEST_F(TopologyPoliciesTest, a_vhost_that_is_not_there_has_none) {
    SetPolicy elsewhere = policy(1);
    elsewhere.vhost = "nowhere";
    EXPECT_EQ(refusal(elsewhere), "404 no vhost 'nowhere'");
    EXPECT_EQ(refusal(DeletePolicy{.vhost = "nowhere", .name = "p"}), "404 no vhost 'nowhere'");
    EXPECT_EQ(refusal(SetParameter{.vhost = "nowhere"}), "404 no vhost 'nowhere'");
}

TEST_F(TopologyPoliciesTest, parameters_are_kept_by_component_and_name) {
    const FieldValue value(FieldTable{{"uri", "amqp://"}});
    EXPECT_EQ(must(SetParameter{"/", "shovel", "a", value}).outcome, Outcome::changed);
    EXPECT_EQ(must(SetParameter{"/", "shovel", "a", value}).outcome, Outcome::unchanged);
    must(SetParameter{"/", "shovel", "b", FieldValue("text")});
    EXPECT_EQ(vhost().parameters.at({"shovel", "a"}), value);
    EXPECT_EQ(must(DeleteParameter{"/", "shovel", "a"}).outcome, Outcome::changed);
    EXPECT_EQ(must(DeleteParameter{"/", "shovel", "a"}).outcome, Outcome::unchanged);
    EXPECT_EQ(vhost().parameters.size(), 1u);
}

TEST_F(TopologyPoliciesTest, global_parameters_belong_to_no_vhost) {
    EXPECT_EQ(must(SetGlobalParameter{"cluster_name", "x"}).outcome, Outcome::changed);
    EXPECT_EQ(must(SetGlobalParameter{"cluster_name", "x"}).outcome, Outcome::unchanged);
    must(DeleteVhost{"/"});
    EXPECT_EQ(topology.global_parameters().at("cluster_name"), FieldValue("x"));
    EXPECT_EQ(must(DeleteGlobalParameter{"cluster_name"}).outcome, Outcome::changed);
    EXPECT_EQ(must(DeleteGlobalParameter{"cluster_name"}).outcome, Outcome::unchanged);
}

TEST_F(TopologyPoliciesTest, a_protected_vhost_is_not_deleted) {
    must(ProtectVhost{"/", true});
    EXPECT_EQ(refusal(DeleteVhost{"/"}),
              "406 Refusing to delete virtual host '/' because it is protected from deletion");
    must(ProtectVhost{"/", false});
    EXPECT_EQ(refusal(DeleteVhost{"/"}), "accepted");
}

TEST_F(TopologyPoliciesTest, traced_vhosts_are_counted) {
    must(CreateVhost{.name = "v"});
    EXPECT_EQ(must(TraceVhost{"v", true}).outcome, Outcome::changed);
    EXPECT_EQ(must(TraceVhost{"v", true}).outcome, Outcome::unchanged);
    EXPECT_EQ(topology.traced_vhosts(), 1u);
    EXPECT_FALSE(vhost().is_traced);
    EXPECT_EQ(refusal(TraceVhost{"none", true}), "404 no vhost 'none'");
    must(DeleteVhost{"v"});
    EXPECT_EQ(topology.traced_vhosts(), 0u);
}

}  // namespace
}  // namespace warren::broker
