#include "broker/topology/topology.h"

#include <gtest/gtest.h>

#include <vector>

#include "broker/topology/topology_checks.h"
#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

class TopologyTest : public ::testing::Test, protected TopologyFixture {
protected:
    static constexpr ConnectionId alice{1};
    static constexpr ConnectionId bob{2};

    DeclareQueue queue_command() { return {.vhost = "/", .name = "q", .durable = true}; }
    DeclareExchange exchange_command() { return {.vhost = "/", .name = "x", .type = "direct"}; }
};

constexpr const char* locked_text =
    "405 cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be originally "
    "declared on another connection or the exclusive property value does not match that of the "
    "original declaration.";

TEST_F(TopologyTest, a_new_vhost_has_the_predeclared_exchanges) {
    const auto check = [&](std::string_view name, std::string_view type, bool internal) {
        const ExchangeRecord* exchange = vhost().find_exchange(name);
        ASSERT_NE(exchange, nullptr) << name;
        EXPECT_EQ(exchange->type->name, type);
        EXPECT_TRUE(exchange->durable);
        EXPECT_FALSE(exchange->auto_delete);
        EXPECT_EQ(exchange->internal, internal);
    };
    check("", "direct", false);
    check("amq.direct", "direct", false);
    check("amq.fanout", "fanout", false);
    check("amq.topic", "topic", false);
    check("amq.headers", "headers", false);
    check("amq.match", "headers", false);
    check("amq.rabbitmq.trace", "topic", true);
    EXPECT_EQ(vhost().exchanges.size(), 7u);
}

TEST_F(TopologyTest, creating_a_vhost_again_changes_nothing) {
    queue("q");
    EXPECT_EQ(must(CreateVhost{.name = "/"}).outcome, Outcome::unchanged);
    EXPECT_NE(vhost().find_queue("q"), nullptr);
}

TEST_F(TopologyTest, a_deleted_vhost_takes_everything_with_it) {
    const auto declared = queue("q");
    exchange("x", "topic");
    bind("x", "q", "a.*");
    must(DeleteVhost{"/"});
    EXPECT_EQ(topology.find_vhost("/"), nullptr);
    EXPECT_EQ(topology.find_queue(declared.queue), nullptr);
    EXPECT_EQ(topology.queue_count(), 0u);
    EXPECT_EQ(refusal(queue_command()), "404 no vhost '/'");
    must(CreateVhost{.name = "/"});
    EXPECT_TRUE(vhost().bindings.empty());
}

TEST_F(TopologyTest, a_vhost_created_again_does_not_repeat_versions) {
    const auto before = vhost().version();
    must(DeleteVhost{"/"});
    must(CreateVhost{.name = "/"});
    EXPECT_GT(vhost().version(), before);
}

TEST_F(TopologyTest, declaring_a_queue_twice_gives_the_same_queue) {
    const auto first = must(queue_command());
    EXPECT_EQ(first.outcome, Outcome::changed);
    const auto second = must(queue_command());
    EXPECT_EQ(second.outcome, Outcome::unchanged);
    EXPECT_EQ(second.queue, first.queue);
    EXPECT_EQ(topology.find_queue(first.queue)->name, "q");
}

TEST_F(TopologyTest, an_existing_queue_keeps_its_shard) {
    auto command = queue_command();
    command.shard = {3};
    must(command);
    command.shard = {1};
    EXPECT_EQ(must(command).shard, ShardId{3});
}

TEST_F(TopologyTest, a_declared_queue_lists_its_type) {
    queue("q", {{"x-max-length", std::int32_t{5}}, {"a", "b"}});
    const FieldTable expected{
        {"a", "b"}, {"x-max-length", std::int32_t{5}}, {"x-queue-type", "classic"}};
    EXPECT_EQ(*vhost().find_queue("q")->arguments, expected);
}

TEST_F(TopologyTest, equal_arguments_are_stored_once) {
    queue("a", {{"x-max-length", std::int32_t{5}}});
    queue("b", {{"x-max-length", std::int32_t{5}}});
    EXPECT_EQ(vhost().find_queue("a")->arguments, vhost().find_queue("b")->arguments);
}

TEST_F(TopologyTest, queue_properties_must_be_declared_alike) {
    must(queue_command());
    auto transient = queue_command();
    transient.durable = false;
    EXPECT_EQ(refusal(transient),
              "406 inequivalent arg 'durable' for queue 'q' in vhost '/': received 'false' but "
              "current is 'true'");
    auto auto_delete = queue_command();
    auto_delete.auto_delete = true;
    EXPECT_EQ(refusal(auto_delete),
              "406 inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received 'true' but "
              "current is 'false'");
}

TEST_F(TopologyTest, queue_arguments_must_be_declared_alike) {
    auto command = queue_command();
    command.arguments = {{"x-message-ttl", std::int32_t{5}}};
    must(command);
    command.arguments = {{"x-message-ttl", std::int64_t{5}}, {"unknown", true}};
    EXPECT_EQ(must(command).outcome, Outcome::unchanged);
    command.arguments = {{"x-message-ttl", std::int32_t{6}}};
    EXPECT_EQ(refusal(command),
              "406 inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received '6' but "
              "current is '5'");
    command.arguments = {};
    EXPECT_EQ(refusal(command),
              "406 inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received none but "
              "current is the value '5' of type 'signedint'");
    command.arguments = {{"x-message-ttl", std::int32_t{5}}, {"x-queue-type", "quorum"}};
    EXPECT_EQ(refusal(command),
              "406 inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'quorum' "
              "but current is 'classic'");
}

TEST_F(TopologyTest, an_empty_queue_type_is_none_but_differs_from_classic) {
    auto command = queue_command();
    command.arguments = {{"x-queue-type", ""}};
    must(command);
    command.arguments = {};
    EXPECT_EQ(refusal(command),
              "406 inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'classic' "
              "but current is ''");
}

TEST_F(TopologyTest, an_exclusive_queue_is_locked_to_others) {
    auto command = queue_command();
    command.owner = alice;
    must(command);
    EXPECT_EQ(must(command).outcome, Outcome::unchanged);
    command.owner = bob;
    EXPECT_EQ(refusal(command), locked_text);
    command.owner = {};
    EXPECT_EQ(refusal(command), locked_text);
}

TEST_F(TopologyTest, a_shared_queue_cannot_be_declared_exclusive) {
    must(queue_command());
    auto command = queue_command();
    command.owner = alice;
    EXPECT_EQ(refusal(command), locked_text);
}

TEST_F(TopologyTest, an_exclusive_queue_is_never_durable) {
    auto command = queue_command();
    command.owner = alice;
    must(command);
    EXPECT_FALSE(vhost().find_queue("q")->durable);
    EXPECT_TRUE(vhost().find_queue("q")->exclusive());
}

TEST_F(TopologyTest, exclusive_queues_go_with_their_connection) {
    for (const auto& [name, owner] :
         {std::pair{"a1", alice}, {"a2", alice}, {"b", bob}, {"shared", ConnectionId{}}})
        must(DeclareQueue{.vhost = "/", .name = name, .owner = owner});
    must(DeleteQueue{vhost().find_queue("a1")->id()});
    must(DeleteQueuesOf{alice});
    EXPECT_EQ(vhost().queues.size(), 2u);
    EXPECT_NE(vhost().find_queue("b"), nullptr);
    EXPECT_NE(vhost().find_queue("shared"), nullptr);
    EXPECT_EQ(must(DeleteQueuesOf{alice}).outcome, Outcome::unchanged);
}

TEST_F(TopologyTest, the_queue_limit_of_a_vhost_stops_new_queues_only) {
    must(UpdateVhost{.name = "/", .limits = VhostLimits{.queues_max = 1}});
    must(queue_command());
    EXPECT_EQ(must(queue_command()).outcome, Outcome::unchanged);
    EXPECT_EQ(refusal(DeclareQueue{.vhost = "/", .name = "q2"}),
              "406 cannot declare queue 'q2': queue limit in vhost '/' (1) is reached");
    must(UpdateVhost{.name = "/", .limits = VhostLimits{.queues_max = -1}});
    queue("q2");
}

TEST_F(TopologyTest, the_vhosts_default_queue_type_counts_where_it_can) {
    must(UpdateVhost{.name = "/", .default_queue_type = "quorum"});
    queue("durable");
    must(DeclareQueue{.vhost = "/", .name = "transient"});
    queue("asked", {{"x-queue-type", "classic"}});
    EXPECT_EQ(vhost().find_queue("durable")->type, QueueType::quorum);
    EXPECT_EQ(vhost().find_queue("transient")->type, QueueType::classic);
    EXPECT_EQ(vhost().find_queue("asked")->type, QueueType::classic);
}

TEST_F(TopologyTest, quorum_queues_are_durable_and_of_nobody) {
    EXPECT_EQ(refusal(DeclareQueue{.vhost = "/",
                                   .name = "q",
                                   .durable = true,
                                   .owner = ConnectionId{1},
                                   .arguments = {{"x-queue-type", "quorum"}}}),
              "406 invalid property 'exclusive-owner' for queue 'q' in vhost '/'");
    EXPECT_EQ(
        refusal(DeclareQueue{.vhost = "/", .name = "q", .arguments = {{"x-queue-type", "quorum"}}}),
        "406 invalid property 'non-durable' for queue 'q' in vhost '/'");
}

TEST_F(TopologyTest, deleting_a_queue_that_is_gone_changes_nothing) {
    EXPECT_EQ(must(DeleteQueue{QueueId{99}}).outcome, Outcome::unchanged);
}

TEST_F(TopologyTest, a_queue_declared_again_gets_a_new_id) {
    const auto first = queue("q");
    delete_queue("q");
    EXPECT_NE(queue("q").queue, first.queue);
}

TEST_F(TopologyTest, exchange_properties_must_be_declared_alike) {
    must(exchange_command());
    EXPECT_EQ(must(exchange_command()).outcome, Outcome::unchanged);
    auto other = exchange_command();
    other.type = "fanout";
    EXPECT_EQ(refusal(other),
              "406 inequivalent arg 'type' for exchange 'x' in vhost '/': received 'fanout' but "
              "current is 'direct'");
    other = exchange_command();
    other.durable = true;
    EXPECT_EQ(refusal(other),
              "406 inequivalent arg 'durable' for exchange 'x' in vhost '/': received 'true' but "
              "current is 'false'");
    other = exchange_command();
    other.auto_delete = true;
    EXPECT_EQ(refusal(other),
              "406 inequivalent arg 'auto_delete' for exchange 'x' in vhost '/': received 'true' "
              "but current is 'false'");
    other = exchange_command();
    other.internal = true;
    EXPECT_EQ(refusal(other),
              "406 inequivalent arg 'internal' for exchange 'x' in vhost '/': received 'true' but "
              "current is 'false'");
    other = exchange_command();
    other.arguments = {{"unknown", "b"}};
    EXPECT_EQ(must(other).outcome, Outcome::unchanged);
    other.arguments = {{"alternate-exchange", "b"}};
    EXPECT_EQ(refusal(other),
              "406 inequivalent arg 'alternate-exchange' for exchange 'x' in vhost '/': received "
              "the value 'b' of type 'longstr' but current is none");
}

TEST_F(TopologyTest, exchanges_are_refused_for_what_they_are) {
    auto command = exchange_command();
    command.type = "x-no-such";
    EXPECT_EQ(refusal(command), "406 unknown exchange type 'x-no-such'");
    command.type = "";
    EXPECT_EQ(refusal(command), "406 invalid exchange type ''");
    command.type = "true";
    EXPECT_EQ(refusal(command), "406 invalid exchange type 'true'");
    command = exchange_command();
    command.name = "";
    EXPECT_EQ(refusal(command), "403 operation not permitted on the default exchange");
    command = exchange_command();
    command.arguments = {{"alternate-exchange", std::int32_t{5}}};
    EXPECT_EQ(refusal(command),
              "406 invalid type 'signedint' for arg 'alternate-exchange' in exchange 'x' in vhost "
              "'/'");
    EXPECT_EQ(vhost().find_exchange("x"), nullptr);
}

TEST_F(TopologyTest, system_exchanges_cannot_be_deleted) {
    EXPECT_EQ(refusal(DeleteExchange{.vhost = "/", .name = "amq.direct"}),
              "403 deletion of system exchange 'amq.direct' in vhost '/' not allowed");
    EXPECT_EQ(refusal(DeleteExchange{.vhost = "/", .name = ""}),
              "403 operation not permitted on the default exchange");
}

TEST_F(TopologyTest, a_missing_exchange_counts_as_deleted) {
    EXPECT_EQ(must(DeleteExchange{.vhost = "/", .name = "nope"}).outcome, Outcome::unchanged);
}

TEST_F(TopologyTest, an_exchange_with_bindings_is_in_use) {
    exchange("x", "fanout");
    queue("q");
    bind("x", "q", "");
    const DeleteExchange command{.vhost = "/", .name = "x", .if_unused = true};
    EXPECT_EQ(refusal(command), "406 exchange 'x' in vhost '/' in use");
    unbind("x", "q", "");
    EXPECT_EQ(must(command).outcome, Outcome::changed);
}

TEST_F(TopologyTest, reserved_names_are_refused_by_the_sessions_checks) {
    EXPECT_TRUE(check_new_queue_name("q"));
    EXPECT_EQ(check_new_queue_name("amq.foo").error().text,
              "queue name 'amq.foo' contains reserved prefix 'amq.*'");
    EXPECT_EQ(check_new_exchange_name("amq.foo").error().text,
              "exchange name 'amq.foo' contains reserved prefix 'amq.*'");
    EXPECT_EQ(check_new_queue_name("amq.foo").error().code, amqp091::ReplyCode::access_refused);
    EXPECT_EQ(without_line_breaks("a\r\nb"), "ab");
}

TEST_F(TopologyTest, refused_commands_leave_the_version_alone) {
    const auto version = topology.version();
    EXPECT_FALSE(apply(Bind{.vhost = "/", .source = "x", .destination = "q"}));
    EXPECT_EQ(must(DeleteExchange{.vhost = "/", .name = "nope"}).outcome, Outcome::unchanged);
    EXPECT_EQ(topology.version(), version);
    queue("q");
    EXPECT_GT(topology.version(), version);
    EXPECT_EQ(vhost().version(), topology.version());
}

}  // namespace
}  // namespace warren::broker
