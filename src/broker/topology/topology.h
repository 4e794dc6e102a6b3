#pragma once
// What exists: vhosts, exchanges, queues, bindings, policies and parameters. A state machine: the
// same commands in the same order make equal replicas and give equal answers, with no clock, no
// chance and no addresses involved. Each shard holds a replica, applies every command to it, and
// reads it freely between two commands.
//
// An exchange of type x-delayed-message has a queue in which messages wait (topology_delays.cpp).
// It has the number of its exchange, comes and goes with it, and no command is about it: whatever
// lists what must be made again leaves it out.
//
// Errors are RabbitMQ's, in code and text. What can be judged by the request alone (names, argument
// types) is also offered as free functions in topology_checks.h, for sessions that must answer in
// RabbitMQ's order.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "amqp091/reply_code.h"
#include "base/result.h"
#include "broker/topology/argument_pool.h"
#include "broker/topology/topology_command.h"
#include "broker/topology/topology_observer.h"
#include "broker/topology/vhost.h"

namespace warren::broker {

class Topology {
public:
    using Answer = Result<TopologyResult, amqp091::AmqpError>;
    using GlobalParameters = std::map<std::string, amqp091::FieldValue, std::less<>>;

    // The shards are those that queues of delayed exchanges are spread over.
    explicit Topology(std::size_t shard_count = 1) : shard_count_(shard_count) {}
    Topology(const Topology&) = delete;
    Topology& operator=(const Topology&) = delete;

    // All or nothing: an error leaves the state as it was.
    Answer apply(const TopologyCommand& command, TopologyObserver& observer);

    const Vhost* find_vhost(std::string_view name) const;
    const QueueRecord* find_queue(QueueId id) const;
    // Exclusive queues of a connection.
    const std::set<QueueId>& queues_of(ConnectionId owner) const;
    const NamedSet<Vhost>& vhosts() const { return vhosts_; }
    const GlobalParameters& global_parameters() const { return global_parameters_; }
    std::size_t queue_count() const { return queues_.size(); }
    // Vhosts whose messages are traced: most often none, and then nobody needs to look further.
    std::size_t traced_vhosts() const { return traced_vhosts_; }
    // The newest id of a queue or an exchange.
    std::uint64_t last_number() const { return last_number_; }
    // Rises with every change.
    std::uint64_t version() const { return version_; }

    // A number that no routing on this replica has used before: destinations reached are marked by
    // it.
    std::uint64_t next_route_epoch() const { return ++route_epoch_; }

private:
    Answer perform(const CreateVhost& command, TopologyObserver& observer);
    Answer perform(const DeleteVhost& command, TopologyObserver& observer);
    Answer perform(const UpdateVhost& command, TopologyObserver& observer);
    Answer perform(const DeclareExchange& command, TopologyObserver& observer);
    Answer perform(const DeleteExchange& command, TopologyObserver& observer);
    Answer perform(const DeclareQueue& command, TopologyObserver& observer);
    Answer perform(const DeleteQueue& command, TopologyObserver& observer);
    Answer perform(const DeleteQueuesOf& command, TopologyObserver& observer);
    Answer perform(const Bind& command, TopologyObserver& observer);
    Answer perform(const Unbind& command, TopologyObserver& observer);
    Answer perform(const ForgetTransient& command, TopologyObserver& observer);
    Answer perform(const ReserveNumbers& command, TopologyObserver& observer);
    Answer perform(const SetPolicy& command, TopologyObserver& observer);
    Answer perform(const DeletePolicy& command, TopologyObserver& observer);
    Answer perform(const SetParameter& command, TopologyObserver& observer);
    Answer perform(const DeleteParameter& command, TopologyObserver& observer);
    Answer perform(const SetGlobalParameter& command, TopologyObserver& observer);
    Answer perform(const DeleteGlobalParameter& command, TopologyObserver& observer);
    Answer perform(const ProtectVhost& command, TopologyObserver& observer);
    Answer perform(const TraceVhost& command, TopologyObserver& observer);

    Vhost* vhost_named(std::string_view name);
    // The binding that a Bind or Unbind is about; all null where something is missing.
    struct Endpoints {
        Vhost* vhost = nullptr;
        ExchangeRecord* source = nullptr;
        Destination* destination = nullptr;
    };
    template <typename Command>
    Endpoints endpoints_of(const Command& command);

    Answer policies_changed(Vhost& vhost, TopologyObserver& observer);
    void routing_changed(Vhost& vhost) { vhost.routing_version = ++version_; }
    const std::string* user_named(const std::string& user);
    void predeclare_exchanges(Vhost& vhost, TopologyObserver& observer);
    ExchangeRecord& add_exchange(Vhost& vhost, const DeclareExchange& command,
                                 TopologyObserver& observer);
    void add_binding(const Endpoints& ends, const std::string& key, SharedArguments arguments,
                     TopologyObserver& observer);
    void remove_binding(Binding& binding, TopologyObserver& observer);
    void remove_inbound(Destination& destination, TopologyObserver& observer);
    void remove_exchange(ExchangeRecord& exchange, TopologyObserver& observer);
    void add_delay_queue(ExchangeRecord& exchange, TopologyObserver& observer);
    void remove_queue(QueueRecord& queue, TopologyObserver& observer);
    void remove_doomed_exchanges(TopologyObserver& observer);
    // Each says whether there were any.
    bool stop_tracing();
    bool forget_transient_exchanges(Vhost& vhost, TopologyObserver& observer);

    const std::size_t shard_count_;
    NamedSet<Vhost> vhosts_;
    GlobalParameters global_parameters_;
    std::unordered_map<QueueId, QueueRecord*> queues_;
    // Exclusive queues by owner, in the order in which they were declared.
    std::unordered_map<ConnectionId, std::set<QueueId>> owned_;
    // Auto-delete exchanges that have lost their last binding as a source; empty between commands.
    // A list and not a recursion, because exchanges can be chained without end.
    std::vector<ExchangeRecord*> doomed_;
    ArgumentPool arguments_;
    std::unordered_set<std::string> users_;  // names that records point to
    std::uint64_t last_number_ = 0;          // ids given out to queues and exchanges
    std::uint64_t version_ = 0;
    std::size_t traced_vhosts_ = 0;
    mutable std::uint64_t route_epoch_ = 0;
};

}  // namespace warren::broker
