#pragma once
// The changes that can be made to what exists, as plain values: what sessions submit, what the
// metadata log orders, and what every replica applies with the same result. A command says all that
// its outcome depends on; ids come from a counter inside the state.
//
// Commands are kept for years (command_codec.h): a changed meaning gets a new command or version.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "amqp091/field_table.h"
#include "amqp091/reply_code.h"
#include "base/ids.h"
#include "broker/topology/binding.h"

namespace warren::broker {

// Values that clients of the management write as JSON (policies, parameters) are field values here:
// null, flags, 64-bit integers, doubles, texts, lists and tables are all that JSON has, they have a
// byte form and an equality already, and RabbitMQ keeps them as the same terms as arguments, so
// that a policy is merged with an argument like with like. Keys of tables stand in their order.

// Limits of a virtual host; absent or negative means none.
struct VhostLimits {
    std::optional<std::int64_t> queues_max{};
    std::optional<std::int64_t> connections_max{};

    friend bool operator==(const VhostLimits&, const VhostLimits&) = default;
};

struct CreateVhost {
    std::string name{};
    std::string description{};
    std::vector<std::string> tags{};
    std::string default_queue_type{};  // empty: the node's default, classic
    VhostLimits limits{};

    friend bool operator==(const CreateVhost&, const CreateVhost&) = default;
};
struct DeleteVhost {
    std::string name{};

    friend bool operator==(const DeleteVhost&, const DeleteVhost&) = default;
};
// Changes what is given and leaves the rest.
struct UpdateVhost {
    std::string name{};
    std::optional<std::string> description{};
    std::optional<std::vector<std::string>> tags{};
    std::optional<std::string> default_queue_type{};
    std::optional<VhostLimits> limits{};

    friend bool operator==(const UpdateVhost&, const UpdateVhost&) = default;
};
struct DeclareExchange {
    std::string vhost{};
    std::string name{};
    std::string type{};
    bool durable = false;
    bool auto_delete = false;
    bool internal = false;
    amqp091::FieldTable arguments{};
    std::string user{};  // shown in listings

    friend bool operator==(const DeclareExchange&, const DeclareExchange&) = default;
};
struct DeleteExchange {
    std::string vhost{};
    std::string name{};
    bool if_unused = false;

    friend bool operator==(const DeleteExchange&, const DeleteExchange&) = default;
};
struct DeclareQueue {
    std::string vhost{};
    std::string name{};  // never empty: the session makes up amq.gen- names
    bool durable = false;
    bool auto_delete = false;
    ConnectionId owner{};  // of an exclusive queue; else none
    ShardId shard{};       // where a new queue is to live
    amqp091::FieldTable arguments{};
    std::string user{};

    friend bool operator==(const DeclareQueue&, const DeclareQueue&) = default;
};
struct DeleteQueue {
    QueueId queue{};

    friend bool operator==(const DeleteQueue&, const DeleteQueue&) = default;
};
// The exclusive queues of a connection that has closed.
struct DeleteQueuesOf {
    ConnectionId connection{};

    friend bool operator==(const DeleteQueuesOf&, const DeleteQueuesOf&) = default;
};
struct Bind {
    std::string vhost{};
    std::string source{};
    DestinationKind destination_kind = DestinationKind::queue;
    std::string destination{};
    std::string routing_key{};
    amqp091::FieldTable arguments{};
    ConnectionId connection{};  // who asks: exclusive queues are closed to others

    friend bool operator==(const Bind&, const Bind&) = default;
};
struct Unbind {
    std::string vhost{};
    std::string source{};
    DestinationKind destination_kind = DestinationKind::queue;
    std::string destination{};
    std::string routing_key{};
    amqp091::FieldTable arguments{};
    ConnectionId connection{};

    friend bool operator==(const Unbind&, const Unbind&) = default;
};

enum class PolicyKind : std::uint8_t {
    user,
    of_operator,  // RabbitMQ's operator policies: limits that users' policies cannot lift
};
enum class ApplyTo : std::uint8_t {
    all,
    queues,
    classic_queues,
    quorum_queues,
    streams,
    exchanges
};
// Creates or replaces. What RabbitMQ refuses in a policy is found before (policy_rules.h): a
// replica takes any, and a pattern that does not compile matches nothing.
struct SetPolicy {
    std::string vhost{};
    PolicyKind kind = PolicyKind::user;
    std::string name{};
    std::string pattern{};
    ApplyTo apply_to = ApplyTo::all;
    std::int64_t priority = 0;
    amqp091::FieldTable definition{};

    friend bool operator==(const SetPolicy&, const SetPolicy&) = default;
};
struct DeletePolicy {
    std::string vhost{};
    PolicyKind kind = PolicyKind::user;
    std::string name{};

    friend bool operator==(const DeletePolicy&, const DeletePolicy&) = default;
};
// Runtime parameters of components that have no command of their own (shovels, federation).
struct SetParameter {
    std::string vhost{};
    std::string component{};
    std::string name{};
    amqp091::FieldValue value{};

    friend bool operator==(const SetParameter&, const SetParameter&) = default;
};
struct DeleteParameter {
    std::string vhost{};
    std::string component{};
    std::string name{};

    friend bool operator==(const DeleteParameter&, const DeleteParameter&) = default;
};
struct SetGlobalParameter {
    std::string name{};
    amqp091::FieldValue value{};

    friend bool operator==(const SetGlobalParameter&, const SetGlobalParameter&) = default;
};
struct DeleteGlobalParameter {
    std::string name{};

    friend bool operator==(const DeleteGlobalParameter&, const DeleteGlobalParameter&) = default;
};
// A protected vhost cannot be deleted.
struct ProtectVhost {
    std::string name{};
    bool is_protected = true;

    friend bool operator==(const ProtectVhost&, const ProtectVhost&) = default;
};
// Messages of this vhost are copied to its exchange amq.rabbitmq.trace, until the node stops.
struct TraceVhost {
    std::string name{};
    bool is_on = true;

    friend bool operator==(const TraceVhost&, const TraceVhost&) = default;
};

// The node has started: what does not outlive a restart goes, tracing, exclusive and other
// transient queues and transient exchanges, with their bindings and the auto-delete exchanges that
// these kept alive.
struct ForgetTransient {
    friend bool operator==(const ForgetTransient&, const ForgetTransient&) = default;
};
// The next queue or exchange gets the number `next`, those between are never given out: how a
// shortened history gives everything the number it had.
struct ReserveNumbers {
    std::uint64_t next = 0;

    friend bool operator==(const ReserveNumbers&, const ReserveNumbers&) = default;
};

using TopologyCommandBody =
    std::variant<CreateVhost, DeleteVhost, UpdateVhost, DeclareExchange, DeleteExchange,
                 DeclareQueue, DeleteQueue, DeleteQueuesOf, Bind, Unbind, ForgetTransient,
                 ReserveNumbers, SetPolicy, DeletePolicy, SetParameter, DeleteParameter,
                 SetGlobalParameter, DeleteGlobalParameter, ProtectVhost, TraceVhost>;
struct TopologyCommand {
    TopologyCommandBody body;

    friend bool operator==(const TopologyCommand&, const TopologyCommand&) = default;
};

// What an accepted command has come to.
enum class Outcome : std::uint8_t {
    changed,    // created, deleted, bound, updated
    unchanged,  // it was so before: declared alike, bound already, nothing there to delete
};
struct TopologyResult {
    Outcome outcome = Outcome::changed;
    // DeclareQueue: the queue of that name, new or old.
    QueueId queue{};
    ShardId shard{};

    friend bool operator==(const TopologyResult&, const TopologyResult&) = default;
};

}  // namespace warren::broker
