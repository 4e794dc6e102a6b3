#include "broker/topology/policies.h"

#include <gtest/gtest.h>

#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;

const FieldTable one_key{{"message-ttl", std::int64_t{1}}};

class PoliciesTest : public testing::Test, protected TopologyFixture {
protected:
    void set(std::string name, std::string pattern, std::int64_t priority = 0,
             FieldTable definition = one_key, ApplyTo apply_to = ApplyTo::all,
             PolicyKind kind = PolicyKind::user) {
        must(SetPolicy{.vhost = "/",
                       .kind = kind,
                       .name = std::move(name),
                       .pattern = std::move(pattern),
                       .apply_to = apply_to,
                       .priority = priority,
                       .definition = std::move(definition)});
    }
    void declare(std::string name, const char* type) {
        queue(std::move(name), {{"x-queue-type", type}});
    }
    const EffectivePolicy* effective(std::string_view queue_name) const {
        return vhost().policies.effective(*vhost().find_queue(queue_name));
    }
    std::string policy_of(std::string_view queue_name) const {
        const auto* found = effective(queue_name);
        return found == nullptr || found->user == nullptr ? "none" : found->user->name;
    }
    std::string policy_of_exchange(std::string_view name) const {
        const auto* found = vhost().policies.effective(*vhost().find_exchange(name));
        return found == nullptr || found->user == nullptr ? "none" : found->user->name;
    }
};

TEST_F(PoliciesTest, patterns_match_names_as_openstack_writes_them) {
    set("ha", R"(^(?!(amq\.)|(.*_fanout_)|(reply_)).*)", 0, {{"ha-mode", "all"}});
    for (const char* name : {"notifications.info", "reply_7", "compute_fanout_1", "amq.gen-1"})
        queue(name);
    EXPECT_EQ(policy_of("notifications.info"), "ha");
    EXPECT_EQ(policy_of("reply_7"), "none");
    EXPECT_EQ(policy_of("compute_fanout_1"), "none");
    EXPECT_EQ(policy_of("amq.gen-1"), "none");
    EXPECT_EQ(policy_of_exchange("amq.topic"), "none");
}

TEST_F(PoliciesTest, the_highest_priority_counts_and_of_equals_the_first_by_name) {
    queue("q");
    set("c", "q", 1);
    set("a", "q", 1);
    set("b", "q", 1);
    EXPECT_EQ(policy_of("q"), "a");
    set("z", "q", 2);
    EXPECT_EQ(policy_of("q"), "z");
    set("z", "other", 2);
    EXPECT_EQ(policy_of("q"), "a");
    must(DeletePolicy{.vhost = "/", .name = "a"});
    EXPECT_EQ(policy_of("q"), "b");
}

TEST_F(PoliciesTest, a_pattern_matches_anywhere_and_an_empty_one_everything) {
    queue("orders");
    set("p", "rder");
    EXPECT_EQ(policy_of("orders"), "p");
    set("p", "^rder");
    EXPECT_EQ(policy_of("orders"), "none");
    set("p", "");
    EXPECT_EQ(policy_of("orders"), "p");
}

TEST_F(PoliciesTest, a_pattern_that_does_not_compile_matches_nothing) {
    queue("q");
    set("p", "(q");
    EXPECT_EQ(policy_of("q"), "none");
}

TEST_F(PoliciesTest, apply_to_says_for_what_a_policy_is) {
    declare("c", "classic");
    declare("q", "quorum");
    declare("s", "stream");
    const FieldTable for_all{{"max-length-bytes", std::int64_t{1}}};
    const auto matched = [&](ApplyTo apply_to) {
        set("p", "", 0, for_all, apply_to);
        std::string names;
        for (const char* name : {"c", "q", "s"})
            if (policy_of(name) == "p") names += name;
        return names + (policy_of_exchange("amq.direct") == "p" ? "x" : "");
    };
    EXPECT_EQ(matched(ApplyTo::all), "cqsx");
    EXPECT_EQ(matched(ApplyTo::queues), "cqs");
    EXPECT_EQ(matched(ApplyTo::classic_queues), "c");
    EXPECT_EQ(matched(ApplyTo::quorum_queues), "q");
    EXPECT_EQ(matched(ApplyTo::streams), "s");
    EXPECT_EQ(matched(ApplyTo::exchanges), "x");
}

// RabbitMQ passes a policy over, and takes the next, where one of its keys is not for the type.
TEST_F(PoliciesTest, counts_only_where_all_its_keys_are_known) {
    declare("c", "classic");
    declare("q", "quorum");
    declare("s", "stream");
    set("low", "", 0, {{"max-length-bytes", std::int64_t{1}}});
    set("high", "", 1, {{"delivery-limit", std::int64_t{1}}, {"max-length", std::int64_t{1}}});
    EXPECT_EQ(policy_of("c"), "low");
    EXPECT_EQ(policy_of("q"), "high");
    EXPECT_EQ(policy_of("s"), "low");
    EXPECT_EQ(policy_of_exchange("amq.direct"), "high");
}

TEST_F(PoliciesTest, the_queue_of_a_delayed_exchange_has_none) {
    exchange("x", "x-delayed-message", {{"x-delayed-type", "direct"}});
    set("p", "");
    const auto* delays = vhost().find_exchange("x");
    EXPECT_EQ(vhost().policies.effective(*delays->delay_queue), nullptr);
}

TEST_F(PoliciesTest, an_operators_policy_is_found_beside_a_users) {
    queue("q");
    set("mine", "q", 0, {{"max-length", std::int64_t{10}}, {"expires", std::int64_t{5}}});
    set("theirs", "q", 0, {{"max-length", std::int64_t{3}}, {"message-ttl", std::int64_t{7}}},
        ApplyTo::queues, PolicyKind::of_operator);
    const auto* both = effective("q");
    ASSERT_NE(both, nullptr);
    EXPECT_EQ(both->user->name, "mine");
    EXPECT_EQ(both->of_operator->name, "theirs");
    EXPECT_EQ(both->definition, (FieldTable{{"expires", std::int64_t{5}},
                                            {"max-length", std::int64_t{3}},
                                            {"message-ttl", std::int64_t{7}}}));
    must(DeletePolicy{.vhost = "/", .name = "mine"});
    const auto* one = effective("q");
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(one->user, nullptr);
    EXPECT_EQ(one->definition, one->of_operator->definition);
}

TEST_F(PoliciesTest, queues_with_the_same_policies_share_what_they_amount_to) {
    queue("q1");
    queue("q2");
    set("p", "q");
    EXPECT_EQ(effective("q1"), effective("q2"));
}

FieldValue merged(const char* key, FieldValue of_user, FieldValue of_operator) {
    return *merge_definitions({{key, std::move(of_user)}}, {{key, std::move(of_operator)}})
                .find(key);
}

TEST(MergeDefinitions, take_the_lower_limit_whoever_set_it) {
    for (const char* key : {"message-ttl", "expires", "max-length", "max-length-bytes",
                            "max-in-memory-length", "max-in-memory-bytes", "delayed-retry-max"}) {
        EXPECT_EQ(merged(key, std::int64_t{1}, std::int64_t{2}), FieldValue(std::int64_t{1}));
        EXPECT_EQ(merged(key, std::int64_t{2}, std::int64_t{1}), FieldValue(std::int64_t{1}));
    }
}

TEST(MergeDefinitions, take_the_greater_where_more_is_safer) {
    for (const char* key : {"target-group-size", "delayed-retry-min"}) {
        EXPECT_EQ(merged(key, std::int64_t{1}, std::int64_t{2}), FieldValue(std::int64_t{2}));
        EXPECT_EQ(merged(key, std::int64_t{2}, std::int64_t{1}), FieldValue(std::int64_t{2}));
    }
}

TEST(MergeDefinitions, take_any_delivery_limit_before_none) {
    const auto limit = [](std::int64_t of_user, std::int64_t of_operator) {
        return merged("delivery-limit", of_user, of_operator).as_integer().value();
    };
    EXPECT_EQ(limit(5, 3), 3);
    EXPECT_EQ(limit(-1, 3), 3);
    EXPECT_EQ(limit(5, -1), 5);
    EXPECT_EQ(limit(-1, -7), -1);
}

TEST(MergeDefinitions, take_the_operators_word_where_nothing_is_greater) {
    EXPECT_EQ(merged("overflow", "drop-head", "reject-publish"), FieldValue("reject-publish"));
    EXPECT_EQ(merged("queue-version", std::int64_t{2}, std::int64_t{1}),
              FieldValue(std::int64_t{1}));
    EXPECT_EQ(merged("delayed-retry-type", "all", "failed"), FieldValue("failed"));
    EXPECT_EQ(merged("max-length", "odd", std::int64_t{1}), FieldValue(std::int64_t{1}));
}

TEST(MergeDefinitions, take_the_wider_mirroring) {
    EXPECT_EQ(merged("ha-mode", "all", "exactly"), FieldValue("all"));
    EXPECT_EQ(merged("ha-mode", "nodes", "exactly"), FieldValue("exactly"));
    EXPECT_EQ(merged("ha-mode", "exactly", "nodes"), FieldValue("exactly"));
    const FieldValue two(FieldArray{"a", "b"});
    const FieldValue one(FieldArray{"a"});
    EXPECT_EQ(merged("ha-params", std::int64_t{2}, std::int64_t{3}), FieldValue(std::int64_t{3}));
    EXPECT_EQ(merged("ha-params", two, std::int64_t{1}), FieldValue(std::int64_t{1}));
    EXPECT_EQ(merged("ha-params", std::int64_t{1}, two), FieldValue(std::int64_t{1}));
    EXPECT_EQ(merged("ha-params", two, one), two);
    EXPECT_EQ(merged("ha-params", one, two), two);
}

}  // namespace
}  // namespace warren::broker
