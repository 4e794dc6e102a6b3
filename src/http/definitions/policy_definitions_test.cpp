// Policies and parameters in definitions files, and files about one vhost.
#include <gtest/gtest.h>

#include "http/definitions/definitions.h"

namespace warren::http {
namespace {

using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;

class PolicyDefinitionsTest : public testing::Test {
protected:
    PolicyDefinitionsTest() { apply({broker::TopologyCommand{broker::CreateVhost{.name = "/"}}}); }

    void apply(const std::vector<broker::TopologyCommand>& commands) {
        struct Nobody final : broker::TopologyObserver {
        } nobody;
        for (const auto& command : commands)
            EXPECT_TRUE(topology_.apply(command, nobody));
    }
    // The topology commands of a file with this section.
    std::vector<broker::TopologyCommand> commands_of(const std::string& section) {
        return commands_in(parse_definitions("d.json", "{" + section + "}", {topology_, users_}));
    }
    std::vector<broker::TopologyCommand> commands_in(
        const Result<Definitions, DefinitionsError>& definitions) {
        EXPECT_TRUE(definitions) << definitions.error().message();
        std::vector<broker::TopologyCommand> commands;
        if (definitions)
            for (const auto& definition : definitions->commands)
                commands.push_back(std::get<broker::TopologyCommand>(definition.command));
        return commands;
    }
    std::string error_in(const std::string& section) {
        const auto definitions =
            parse_definitions("d.json", "{" + section + "}", {topology_, users_});
        return definitions ? "no error" : definitions.error().message();
    }
    std::string policy_error(const std::string& members) {
        return error_in(R"("policies":[{"vhost":"/","name":"p",)" + members + "}]");
    }

    broker::Topology topology_;
    auth::UserTable users_;
};

TEST_F(PolicyDefinitionsTest, a_policy_has_defaults) {
    const auto commands = commands_of(
        R"("policies":[{"vhost":"/","name":"p","pattern":"^a","definition":{"ha-mode":"all"}}])");
    ASSERT_EQ(commands.size(), 1u);
    EXPECT_EQ(commands[0].body,
              broker::TopologyCommandBody(broker::SetPolicy{
                  .vhost = "/", .name = "p", .pattern = "^a", .definition = {{"ha-mode", "all"}}}));
}

TEST_F(PolicyDefinitionsTest, what_is_wrong_in_a_policy_is_named_with_its_place) {
    EXPECT_EQ(policy_error(R"("pattern":"","definition":{"max-length":1,"message-ttl":"x"})"),
              "d.json:1: policies[0].definition.message-ttl: <<\"x\">> is not a valid message TTL");
    EXPECT_EQ(policy_error(R"("pattern":"","definition":{"foo":1})"),
              "d.json:1: policies[0].definition.foo: [{<<\"foo\">>,1}] are not recognised policy "
              "settings");
    EXPECT_EQ(policy_error(R"("pattern":"","definition":{"ha-params":1})"),
              "d.json:1: policies[0].definition: ha-mode must be specified to specify ha-params, "
              "ha-sync-mode or ha-promote-on-shutdown");
    EXPECT_EQ(policy_error(R"("pattern":"a","definition":{"max-length":1},"priority":"x")"),
              "d.json:1: policies[0].priority: priority should be a number, actually was "
              "<<\"x\">>");
    EXPECT_EQ(policy_error(R"("pattern":"a")"),
              "d.json:1: policies[0].definition: no policy provided");
}

TEST_F(PolicyDefinitionsTest, a_policy_for_no_vhost_is_refused) {
    EXPECT_EQ(error_in(R"("policies":[{"vhost":"v","name":"p","pattern":"",
                           "definition":{"max-length":1}}])"),
              "d.json:1: policies[0].vhost: there is no virtual host 'v'");
}

TEST_F(PolicyDefinitionsTest, values_of_parameters_may_be_anything) {
    const auto commands = commands_of(
        R"("global_parameters":[{"name":"g","value":[null,1,"x",{"a":true}]}],
           "parameters":[{"vhost":"/","component":"shovel","name":"s","value":{"src-uri":"u"}}])");
    ASSERT_EQ(commands.size(), 2u);
    EXPECT_EQ(commands[0].body, broker::TopologyCommandBody(broker::SetGlobalParameter{
                                    "g", FieldValue(FieldArray{FieldValue(), std::int64_t{1}, "x",
                                                               FieldTable{{"a", true}}})}));
    EXPECT_EQ(commands[1].body, broker::TopologyCommandBody(broker::SetParameter{
                                    "/", "shovel", "s", FieldTable{{"src-uri", "u"}}}));
}

TEST_F(PolicyDefinitionsTest, a_parameter_of_an_unknown_component_is_refused) {
    EXPECT_EQ(error_in(R"("parameters":[{"vhost":"/","component":"foo","name":"s","value":1}])"),
              "d.json:1: parameters[0].component: component foo not found");
}

TEST_F(PolicyDefinitionsTest, an_empty_list_of_limits_lifts_them) {
    const auto commands = commands_of(
        R"("parameters":[{"vhost":"/","component":"vhost-limits","name":"limits","value":[]}])");
    ASSERT_EQ(commands.size(), 1u);
    EXPECT_EQ(commands[0].body, broker::TopologyCommandBody(broker::UpdateVhost{
                                    .name = "/", .limits = broker::VhostLimits{}}));
}

TEST_F(PolicyDefinitionsTest, a_vhost_may_be_protected) {
    const auto commands =
        commands_of(R"("vhosts":[{"name":"v","metadata":{"protected_from_deletion":true}}])");
    ASSERT_EQ(commands.size(), 2u);
    EXPECT_EQ(commands[1].body, broker::TopologyCommandBody(broker::ProtectVhost{"v", true}));
}

TEST_F(PolicyDefinitionsTest, a_file_about_one_vhost_goes_into_the_one_that_is_asked_for) {
    constexpr std::string_view text =
        R"({"rabbitmq_definition_format":"single_virtual_host","limits":{},"metadata":{},
            "users":[{"name":"u","tags":""}],
            "policies":[{"name":"p","pattern":"","definition":{"max-length":1}}],
            "queues":[{"name":"q","durable":true,"arguments":{}}],
            "bindings":[{"source":"amq.topic","destination":"q","destination_type":"queue",
                         "routing_key":"k","arguments":{}}]})";
    const auto definitions = parse_vhost_definitions("d.json", text, "/", {topology_, users_});
    const auto commands = commands_in(definitions);
    ASSERT_EQ(commands.size(), 3u);
    EXPECT_EQ(std::get<broker::SetPolicy>(commands[0].body).vhost, "/");
    EXPECT_EQ(std::get<broker::DeclareQueue>(commands[1].body).vhost, "/");
    EXPECT_EQ(std::get<broker::Bind>(commands[2].body).vhost, "/");
    EXPECT_EQ(
        definitions->warnings,
        std::vector<std::string>{"Section users is not about virtual host '/' and was ignored."});
}

TEST_F(PolicyDefinitionsTest, what_is_there_already_is_told_apart) {
    constexpr std::string_view queues =
        R"({"queues":[{"vhost":"/","name":"q","durable":true,"arguments":{}}]})";
    apply(commands_in(parse_definitions("d.json", queues, {topology_, users_})));
    const auto again = parse_definitions("d.json", queues, {topology_, users_});
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->commands.empty());
    EXPECT_EQ(again->kept, std::vector<std::string>{"queue 'q' in vhost '/'"});
}

TEST_F(PolicyDefinitionsTest, bindings_of_internal_exchanges_that_rabbitmq_left_out_are_left_out) {
    const std::string binding =
        R"("bindings":[{"source":"amq.topic","vhost":"/","destination":"internal",
                        "destination_type":"exchange","routing_key":"k","arguments":{}}])";
    EXPECT_TRUE(commands_of(R"("rabbitmq_version":"4.3.6",)" + binding).empty());
    EXPECT_EQ(error_in(R"("rabbitmq_version":"3.13.7",)" + binding),
              "d.json:1: bindings[0].destination: there is no exchange 'internal' in vhost '/'");
}

}  // namespace
}  // namespace warren::http
