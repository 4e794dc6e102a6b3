#include "http/definitions/definitions_writer.h"

#include <gtest/gtest.h>

#include "http/definitions/definitions.h"

namespace warren::http {
namespace {

struct Nobody final : broker::TopologyObserver {};

struct Node {
    template <typename Body>
    void make(Body body) {
        Nobody nobody;
        const auto answer = topology.apply({std::move(body)}, nobody);
        EXPECT_TRUE(answer) << answer.error().text;
    }
    void import(std::string_view text) {
        const auto definitions = parse_definitions("d.json", text, {topology, users});
        ASSERT_TRUE(definitions) << definitions.error().message();
        apply(*definitions);
    }
    void apply(const Definitions& definitions) {
        for (const auto& [label, command] : definitions.commands) {
            if (const auto* change = std::get_if<broker::TopologyCommand>(&command))
                make(change->body);
            else
                EXPECT_TRUE(users.apply(std::get<auth::UserCommand>(command))) << label;
        }
    }
    std::string exported() const {
        return export_definitions(topology, users, {"WarrenMQ", "1.0", "4.3.6", "c"});
    }
    std::string exported(std::string_view vhost) const {
        return export_vhost_definitions(*topology.find_vhost(vhost),
                                        {"WarrenMQ", "1.0", "4.3.6", "c"});
    }

    broker::Topology topology;
    auth::UserTable users;
};

// One of everything.
void furnish(Node& node) {
    node.make(broker::CreateVhost{"v", "text", {"a", "b"}, "quorum", {}});
    node.make(broker::UpdateVhost{.name = "v", .limits = broker::VhostLimits{50, {}}});
    node.make(broker::SetGlobalParameter{"g", amqp091::FieldTable{{"a", 1.5}}});
    node.make(broker::SetPolicy{.vhost = "v",
                                .name = "p",
                                .pattern = "^c",
                                .apply_to = broker::ApplyTo::classic_queues,
                                .priority = 3,
                                .definition = {{"max-length", std::int64_t{9}}}});
    node.make(broker::SetPolicy{.vhost = "v",
                                .kind = broker::PolicyKind::of_operator,
                                .name = "o",
                                .definition = {{"max-length", std::int64_t{7}}}});
    node.make(broker::DeclareExchange{.vhost = "v", .name = "x", .type = "topic", .durable = true});
    node.make(broker::DeclareQueue{
        .vhost = "v", .name = "c", .durable = true, .arguments = {{"x-queue-type", "classic"}}});
    node.make(broker::DeclareQueue{.vhost = "v", .name = "mine", .owner = {7}});
    for (const char* queue : {"c", "mine"})
        node.make(broker::Bind{.vhost = "v",
                               .source = "x",
                               .destination = queue,
                               .routing_key = "k",
                               .connection = {7}});
    EXPECT_TRUE(node.users.apply(auth::PutUser{
        "u", auth::PasswordHash{auth::HashingAlgorithm::sha512, "salt"}, {{"monitoring"}}, false}));
    EXPECT_TRUE(node.users.apply(auth::SetUserLimits{"u", {5, {}}}));
    EXPECT_TRUE(node.users.apply(auth::SetPermissions{"u", "v", {"a", "b", "c"}}));
    EXPECT_TRUE(node.users.apply(auth::SetTopicPermissions{"u", "v", "amq.topic", {"w", "r"}}));
}

// Members and order as RabbitMQ 4.3 gives them.
TEST(DefinitionsWriter, writes_what_rabbitmq_writes) {
    Node node;
    furnish(node);
    EXPECT_EQ(
        node.exported(),
        R"({"permissions":[{"configure":"a","read":"c","user":"u","vhost":"v","write":"b"}],)"
        R"("rabbitmq_version":"4.3.6","product_name":"WarrenMQ","product_version":"1.0",)"
        R"("rabbit_version":"4.3.6",)"
        R"("exchanges":[{"arguments":{},"auto_delete":false,"durable":true,"name":"x",)"
        R"("type":"topic","vhost":"v"}],)"
        R"("vhosts":[{"limits":{"max-queues":50},"metadata":{"description":"text",)"
        R"("tags":["a","b"],"default_queue_type":"quorum"},"name":"v"}],)"
        R"("users":[{"hashing_algorithm":"rabbit_password_hashing_sha512",)"
        R"("limits":{"max-connections":5},"name":"u","password_hash":"c2FsdA==",)"
        R"("tags":["monitoring"]}],)"
        R"("global_parameters":[{"name":"g","value":{"a":1.5E0}}],)"
        R"("parameters":[{"component":"operator_policy","name":"o","value":{"apply-to":"all",)"
        R"("definition":{"max-length":7},"pattern":"","priority":0},"vhost":"v"},)"
        R"({"component":"vhost-limits","name":"limits","value":{"max-queues":50},"vhost":"v"}],)"
        R"("policies":[{"apply-to":"classic_queues","definition":{"max-length":9},"name":"p",)"
        R"("pattern":"^c","priority":3,"vhost":"v"}],)"
        R"("topic_permissions":[{"exchange":"amq.topic","read":"r","user":"u","vhost":"v",)"
        R"("write":"w"}],"explanation":"Definitions of cluster 'c'",)"
        R"("rabbitmq_definition_format":"cluster","original_cluster_name":"c",)"
        R"("queues":[{"arguments":{"x-queue-type":"classic"},"auto_delete":false,"durable":true,)"
        R"("name":"c","type":"classic","vhost":"v"}],)"
        R"("bindings":[{"arguments":{},"destination":"c","destination_type":"queue",)"
        R"("routing_key":"k","source":"x","vhost":"v"}]})");
}

TEST(DefinitionsWriter, writes_one_vhost_without_its_name) {
    Node node;
    furnish(node);
    EXPECT_EQ(node.exported("v"),
              R"({"description":"text","metadata":{"description":"text","tags":["a","b"],)"
              R"("default_queue_type":"quorum"},"rabbitmq_version":"4.3.6",)"
              R"("product_name":"WarrenMQ","product_version":"1.0","rabbit_version":"4.3.6",)"
              R"("limits":{"max-queues":50},)"
              R"("exchanges":[{"arguments":{},"auto_delete":false,"durable":true,"name":"x",)"
              R"("type":"topic"}],)"
              R"("parameters":[{"component":"operator_policy","name":"o","value":{)"
              R"("apply-to":"all","definition":{"max-length":7},"pattern":"","priority":0}},)"
              R"({"component":"vhost-limits","name":"limits","value":{"max-queues":50}}],)"
              R"("policies":[{"apply-to":"classic_queues","definition":{"max-length":9},)"
              R"("name":"p","pattern":"^c","priority":3}],)"
              R"("explanation":"Definitions of virtual host 'v'","original_vhost_name":"v",)"
              R"("rabbitmq_definition_format":"single_virtual_host",)"
              R"("queues":[{"arguments":{"x-queue-type":"classic"},"auto_delete":false,)"
              R"("durable":true,"name":"c","type":"classic"}],)"
              R"("bindings":[{"arguments":{},"destination":"c","destination_type":"queue",)"
              R"("routing_key":"k","source":"x"}]})");
}

TEST(DefinitionsWriter, what_it_writes_makes_the_same_elsewhere) {
    Node node;
    furnish(node);
    Node other;
    other.import(node.exported());
    EXPECT_EQ(other.exported(), node.exported());
}

TEST(DefinitionsWriter, one_vhost_goes_into_another) {
    Node node;
    furnish(node);
    Node other;
    other.make(broker::CreateVhost{"v", "text", {"a", "b"}, "quorum", {}});
    const auto definitions =
        parse_vhost_definitions("d.json", node.exported("v"), "v", {other.topology, other.users});
    ASSERT_TRUE(definitions) << definitions.error().message();
    other.apply(*definitions);
    EXPECT_EQ(other.exported("v"), node.exported("v"));
}

TEST(DefinitionsWriter, internal_exchanges_are_not_lost) {
    Node node;
    node.make(broker::CreateVhost{.name = "v"});
    node.make(broker::DeclareExchange{
        .vhost = "v", .name = "i", .type = "fanout", .durable = true, .internal = true});
    node.make(broker::Bind{.vhost = "v",
                           .source = "amq.fanout",
                           .destination_kind = broker::DestinationKind::exchange,
                           .destination = "i",
                           .routing_key = ""});
    Node other;
    other.import(node.exported());
    EXPECT_TRUE(other.topology.find_vhost("v")->find_exchange("i")->internal);
    EXPECT_EQ(other.exported(), node.exported());
}

TEST(DefinitionsWriter, names_that_are_no_text_do_not_spoil_the_file) {
    Node node;
    node.make(broker::CreateVhost{.name = "v"});
    node.make(broker::DeclareQueue{.vhost = "v", .name = "\xff\"q"});
    EXPECT_TRUE(node.exported().contains("\"name\":\"\xEF\xBF\xBD\\\"q\""));
}

}  // namespace
}  // namespace warren::http
