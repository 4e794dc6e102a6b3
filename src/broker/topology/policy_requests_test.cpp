// Texts are those of RabbitMQ 4.3, which was asked; those about ha-mode are 3.13's.
#include "broker/topology/policy_requests.h"

#include <gtest/gtest.h>

#include "base/pattern.h"

namespace warren::broker {
namespace {

using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;

const FieldValue any_definition(FieldTable{{"message-ttl", std::int64_t{1}}});

std::string fault_of(const PolicyRequest& request) {
    const auto checked = checked_policy(request);
    if (checked) return "accepted";
    constexpr std::string_view start = "Validation failed\n\n";
    EXPECT_TRUE(checked.error().starts_with(start));
    EXPECT_TRUE(checked.error().ends_with('\n'));
    return checked.error().substr(start.size(), checked.error().size() - start.size() - 1);
}

std::string fault_in(FieldTable definition, PolicyKind kind = PolicyKind::user) {
    return fault_of({.vhost = "/",
                     .kind = kind,
                     .name = "p",
                     .pattern = ".*",
                     .definition = std::move(definition)});
}

std::string fault_at(const char* key, FieldValue value) {
    return fault_in({{key, std::move(value)}});
}

TEST(CheckedPolicy, is_the_command_with_its_defaults) {
    const auto policy = checked_policy(
        {.vhost = "v",
         .name = "p",
         .pattern = "^a",
         .definition = FieldTable{{"expires", std::int64_t{2}}, {"alternate-exchange", "x"}}});
    ASSERT_TRUE(policy.has_value()) << policy.error();
    EXPECT_EQ(
        *policy,
        (SetPolicy{.vhost = "v",
                   .name = "p",
                   .pattern = "^a",
                   .definition = {{"alternate-exchange", "x"}, {"expires", std::int64_t{2}}}}));
}

TEST(CheckedPolicy, names_values_that_are_none) {
    EXPECT_EQ(fault_at("message-ttl", "x"), "<<\"x\">> is not a valid message TTL");
    EXPECT_EQ(fault_at("message-ttl", std::int64_t{-1}), "-1 is not a valid message TTL");
    EXPECT_EQ(fault_at("message-ttl", 1.5), "1.5 is not a valid message TTL");
    EXPECT_EQ(fault_at("message-ttl", true), "true is not a valid message TTL");
    EXPECT_EQ(fault_at("message-ttl", {}), "null is not a valid message TTL");
    EXPECT_EQ(fault_at("message-ttl", FieldTable{{"a", std::int64_t{1}}}),
              "#{<<\"a\">> => 1} is not a valid message TTL");
    EXPECT_EQ(fault_at("message-ttl", FieldArray{std::int64_t{1}, "a"}),
              "[1,<<\"a\">>] is not a valid message TTL");
    EXPECT_EQ(fault_at("expires", std::int64_t{0}), "0 is not a valid queue expiry");
    EXPECT_EQ(fault_at("max-age", "bad"), "<<\"bad\">> is not a valid max age");
    EXPECT_EQ(fault_at("stream-filter-size-bytes", std::int64_t{15}),
              "15 is not a valid filter size. Valid range is 16-255");
    EXPECT_EQ(fault_at("stream-max-segment-size-bytes", std::int64_t{3'000'000'001}),
              "3000000001 is not a valid segment size");
    EXPECT_EQ(fault_at("queue-leader-locator", "min-masters"),
              "<<\"min-masters\">> is not a valid queue leader locator value");
    EXPECT_EQ(fault_at("delayed-retry-type", "bad"),
              "<<\"bad\">> is not a valid delayed retry type. Must be one of: all, failed, "
              "returned, disabled");
}

TEST(CheckedPolicy, takes_what_is_allowed_at_the_edges) {
    EXPECT_EQ(fault_at("message-ttl", std::int64_t{0}), "accepted");
    EXPECT_EQ(fault_at("delivery-limit", std::int64_t{-1}), "accepted");
    EXPECT_EQ(fault_at("expires", std::int64_t{1}), "accepted");
    EXPECT_EQ(fault_at("dead-letter-exchange", ""), "accepted");
    EXPECT_EQ(fault_at("stream-filter-size-bytes", std::int64_t{255}), "accepted");
    EXPECT_EQ(fault_at("queue-master-locator", "min-masters"), "accepted");
}

TEST(CheckedPolicy, looks_at_delayed_retries_as_a_whole) {
    EXPECT_EQ(fault_in({{"delayed-retry-type", "all"}}),
              "delayed-retry-min is required when delayed-retry-type is all");
    EXPECT_EQ(
        fault_in({{"delayed-retry-min", std::int64_t{10}}, {"delayed-retry-max", std::int64_t{5}}}),
        "delayed-retry-max (5) must not be smaller than delayed-retry-min (10)");
    EXPECT_EQ(fault_in({{"delayed-retry-type", "disabled"}}), "accepted");
}

TEST(CheckedPolicy, takes_the_keys_of_mirrored_queues_as_old_versions_did) {
    EXPECT_EQ(fault_in({{"ha-mode", "all"}}), "accepted");
    EXPECT_EQ(fault_in({{"ha-mode", "exactly"},
                        {"ha-params", std::int64_t{2}},
                        {"ha-sync-mode", "automatic"},
                        {"queue-master-locator", "min-masters"},
                        {"queue-mode", "lazy"}}),
              "accepted");
    EXPECT_EQ(fault_in({{"ha-mode", "nodes"}, {"ha-params", FieldArray{"rabbit@a"}}}), "accepted");
    EXPECT_EQ(fault_in({{"ha-mode", "some"}}), "<<\"some\">> is not a valid ha-mode value");
    EXPECT_EQ(fault_in({{"ha-params", std::int64_t{2}}}),
              "ha-mode must be specified to specify ha-params, ha-sync-mode or "
              "ha-promote-on-shutdown");
    EXPECT_EQ(fault_in({{"ha-mode", "all"}, {"ha-params", std::int64_t{2}}}),
              "ha-mode=\"all\" does not take parameters");
    EXPECT_EQ(fault_in({{"ha-mode", "exactly"}, {"ha-params", "2"}}),
              "ha-mode=\"exactly\" takes an integer, <<\"2\">> given");
    EXPECT_EQ(fault_in({{"ha-mode", "nodes"}, {"ha-params", FieldArray{}}}),
              "ha-mode=\"nodes\" list must be non-empty");
    EXPECT_EQ(fault_in({{"ha-mode", "nodes"}, {"ha-params", FieldArray{"a", std::int64_t{1}}}}),
              "ha-mode=\"nodes\" takes a list of strings, [1] was not a string");
    EXPECT_EQ(fault_in({{"ha-mode", "all"}, {"ha-sync-mode", "x"}}),
              "ha-sync-mode must be \"manual\" or \"automatic\", got <<\"x\">>");
    EXPECT_EQ(fault_in({{"ha-mode", "all"}, {"ha-sync-batch-size", std::int64_t{0}}}),
              "ha-sync-batch-size takes an integer greater than 0, 0 given");
    EXPECT_EQ(fault_in({{"ha-mode", "all"}, {"ha-promote-on-failure", "x"}}),
              "ha-promote-on-failure must be \"always\" or \"when-synced\", got <<\"x\">>");
}

TEST(CheckedPolicy, takes_the_keys_of_federation_and_sharding) {
    EXPECT_EQ(fault_at("federation-upstream-set", "all"), "accepted");
    EXPECT_EQ(fault_in({{"federation-upstream", "a"}, {"federation-upstream-set", "all"}}),
              "cannot specify federation-upstream, federation-upstream-set or "
              "federation-upstream-pattern together");
    EXPECT_EQ(fault_in({{"shards-per-node", std::int64_t{2}}, {"routing-key", "k"}}), "accepted");
    EXPECT_EQ(fault_at("routing-key", "k"), "shards-per-node must be specified");
    EXPECT_EQ(fault_at("shards-per-node", "2"),
              "shards-per-node should be a number, actually was <<\"2\">>");
    EXPECT_EQ(fault_at("shards-per-node", std::int64_t{-2}),
              "shards-per-node should be greater than 0, actually was -2");
}

TEST(CheckedPolicy, names_keys_that_are_not_known_in_their_order) {
    EXPECT_EQ(fault_in({{"foo", std::int64_t{1}}, {"bar", FieldTable{{"a", true}}}}),
              "[{<<\"bar\">>,#{<<\"a\">> => true}},{<<\"foo\">>,1}] are not recognised policy "
              "settings");
    EXPECT_EQ(fault_in({{"foo", std::int64_t{1}}, {"message-ttl", "a"}}),
              "<<\"a\">> is not a valid message TTL");
}

TEST(CheckedPolicy, of_an_operator_knows_limits_only) {
    EXPECT_EQ(fault_in({{"max-length", std::int64_t{1}}, {"overflow", "drop-head"}},
                       PolicyKind::of_operator),
              "accepted");
    EXPECT_EQ(fault_in({{"queue-mode", "lazy"}}, PolicyKind::of_operator),
              "[{<<\"queue-mode\">>,<<\"lazy\">>}] are not recognised policy settings");
}

TEST(CheckedPolicy, must_say_something) {
    EXPECT_EQ(fault_in({}), "no policy provided");
    EXPECT_EQ(fault_of({.pattern = "", .definition = FieldArray{}}), "no policy provided");
    EXPECT_EQ(fault_of({.pattern = "", .definition = FieldArray{std::int64_t{1}}}),
              "definition must be a dictionary: [1]");
}

TEST(CheckedPolicy, shows_where_a_pattern_is_wrong) {
    EXPECT_EQ(fault_of({.pattern = "(", .definition = any_definition}),
              "pattern should be regular expression but is invalid: {\"missing closing "
              "parenthesis\",\n"
              "                                                      1}");
    EXPECT_EQ(fault_of({.pattern = std::int64_t{5}, .definition = any_definition}),
              "pattern should be a binary but was 5");
    EXPECT_EQ(fault_of({.pattern = std::string(Pattern::text_bytes_max + 1, 'a'),
                        .definition = any_definition}),
              "pattern must not exceed 16384 bytes");
}

TEST(CheckedPolicy, knows_what_policies_are_for) {
    for (const char* name :
         {"all", "queues", "classic_queues", "quorum_queues", "streams", "exchanges"}) {
        const auto policy =
            checked_policy({.pattern = "", .definition = any_definition, .apply_to = name});
        ASSERT_TRUE(policy.has_value());
        EXPECT_EQ(name_of(policy->apply_to), name);
    }
    EXPECT_EQ(fault_of({.pattern = "", .definition = any_definition, .apply_to = "foo"}),
              "apply-to 'foo' unrecognised; should be one of: 'queues', 'classic_queues',  "
              "'quorum_queues', 'streams', 'exchanges', or 'all'");
}

TEST(CheckedPolicy, has_a_whole_number_as_priority) {
    const auto priority = [](FieldValue value) {
        const auto policy =
            checked_policy({.pattern = "", .definition = any_definition, .priority = value});
        return policy ? std::to_string(policy->priority) : policy.error();
    };
    EXPECT_EQ(priority(std::int64_t{-5}), "-5");
    EXPECT_EQ(priority(3.0), "3");
    EXPECT_EQ(priority("1"),
              "Validation failed\n\npriority should be a number, actually was <<\"1\">>\n");
    EXPECT_EQ(priority(1e300),
              "Validation failed\n\npriority should be a number, actually was 1.0e300\n");
}

TEST(CheckedPolicy, names_all_that_is_wrong_at_once) {
    EXPECT_EQ(fault_of({.pattern = std::int64_t{5},
                        .definition = FieldTable{{"message-ttl", "a"}},
                        .apply_to = "foo",
                        .priority = "x"}),
              "<<\"a\">> is not a valid message TTL\n"
              "apply-to 'foo' unrecognised; should be one of: 'queues', 'classic_queues',  "
              "'quorum_queues', 'streams', 'exchanges', or 'all'\n"
              "pattern should be a binary but was 5\n"
              "priority should be a number, actually was <<\"x\">>");
}

// ---- parameters ----

std::string parameter_fault(const std::string& component, const std::string& name,
                            FieldValue value) {
    const auto checked = checked_parameter("/", component, name, value);
    return checked ? "accepted" : checked.error();
}

TEST(CheckedParameter, sets_limits_of_a_vhost) {
    const auto checked = checked_parameter(
        "v", "vhost-limits", "limits",
        FieldTable{{"max-queues", std::int64_t{5}}, {"max-connections", std::int64_t{-1}}});
    ASSERT_TRUE(checked.has_value()) << checked.error();
    EXPECT_EQ(std::get<UpdateVhost>(*checked),
              (UpdateVhost{.name = "v", .limits = VhostLimits{5, -1}}));
    EXPECT_EQ(parameter_fault("vhost-limits", "limits", FieldArray{}), "accepted");
    EXPECT_EQ(parameter_fault("vhost-limits", "limits", FieldTable{{"max-queues", "5"}}),
              "Validation failed\n\nmax-queues should be a number, actually was <<\"5\">>\n");
    EXPECT_EQ(parameter_fault("vhost-limits", "limits", FieldTable{{"max", std::int64_t{5}}}),
              "Validation failed\n\nUnrecognised terms [{<<\"max\">>,5}] in limits\n");
}

TEST(CheckedParameter, may_be_an_operators_policy) {
    const auto checked =
        checked_parameter("v", "operator_policy", "p",
                          FieldTable{{"pattern", ".*"},
                                     {"apply-to", "queues"},
                                     {"priority", std::int64_t{2}},
                                     {"definition", FieldTable{{"max-length", std::int64_t{5}}}}});
    ASSERT_TRUE(checked.has_value()) << checked.error();
    EXPECT_EQ(std::get<SetPolicy>(*checked),
              (SetPolicy{.vhost = "v",
                         .kind = PolicyKind::of_operator,
                         .name = "p",
                         .pattern = ".*",
                         .apply_to = ApplyTo::queues,
                         .priority = 2,
                         .definition = {{"max-length", std::int64_t{5}}}}));
    EXPECT_EQ(parameter_fault("operator_policy", "p", FieldTable{}),
              "Validation failed\n\nKey \"definition\" not found in p\nKey \"pattern\" not found "
              "in p\n");
    EXPECT_EQ(parameter_fault("policy", "p", FieldTable{}),
              "policies may not be set using this method");
}

TEST(CheckedParameter, of_a_shovel_is_kept_as_it_is) {
    const FieldTable value{{"src-uri", "amqp://"}, {"dest-uri", "amqp://"}};
    const auto checked = checked_parameter("v", "shovel", "s", value);
    ASSERT_TRUE(checked.has_value()) << checked.error();
    EXPECT_EQ(std::get<SetParameter>(*checked), (SetParameter{"v", "shovel", "s", value}));
}

TEST(CheckedParameter, of_an_unknown_component_is_refused) {
    EXPECT_EQ(parameter_fault("foo", "p", "x"), "Validation failed\n\ncomponent foo not found\n");
}

}  // namespace
}  // namespace warren::broker
