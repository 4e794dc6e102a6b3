#pragma once
// The changes that can be made to what exists, as plain values: what sessions submit, what the
// metadata log orders, and what every replica applies with the same result. A command says all that
// its outcome depends on; ids come from a counter inside the state.
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
};
struct DeleteVhost {
    std::string name{};
};
// Changes what is given and leaves the rest.
struct UpdateVhost {
    std::string name{};
    std::optional<std::string> description{};
    std::optional<std::vector<std::string>> tags{};
    std::optional<std::string> default_queue_type{};
    std::optional<VhostLimits> limits{};
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
};
struct DeleteExchange {
    std::string vhost{};
    std::string name{};
    bool if_unused = false;
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
};
struct DeleteQueue {
    QueueId queue{};
};
// The exclusive queues of a connection that has closed.
struct DeleteQueuesOf {
    ConnectionId connection{};
};
struct Bind {
    std::string vhost{};
    std::string source{};
    DestinationKind destination_kind = DestinationKind::queue;
    std::string destination{};
    std::string routing_key{};
    amqp091::FieldTable arguments{};
    ConnectionId connection{};  // who asks: exclusive queues are closed to others
};
struct Unbind {
    std::string vhost{};
    std::string source{};
    DestinationKind destination_kind = DestinationKind::queue;
    std::string destination{};
    std::string routing_key{};
    amqp091::FieldTable arguments{};
    ConnectionId connection{};
};

using TopologyCommandBody =
    std::variant<CreateVhost, DeleteVhost, UpdateVhost, DeclareExchange, DeleteExchange,
                 DeclareQueue, DeleteQueue, DeleteQueuesOf, Bind, Unbind>;
struct TopologyCommand {
    TopologyCommandBody body;
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
