#pragma once
// Tells the event exchange what has changed: RabbitMQ's events of queues, exchanges, bindings,
// vhosts, users, permissions, policies and parameters. On shard 0.
#include <string>

#include "broker/shard_services.h"
#include "cluster/change_watcher.h"

namespace warren::cluster {

class EventRecorder final : public ChangeWatcher {
public:
    // `shard` outlives it.
    EventRecorder(broker::ShardServices& shard, std::string node_name)
        : shard_(shard), node_name_(std::move(node_name)) {}

    void about_to_change(const MetadataCommand& command, const State& before,
                         const broker::Actor* actor) override;
    void changed(const MetadataCommand& command, const State& after) override;

    void exchange_created(const broker::ExchangeRecord& exchange) override;
    void exchange_deleted(const broker::ExchangeRecord& exchange) override;
    void queue_created(const broker::QueueRecord& queue) override;
    void queue_deleted(const broker::QueueRecord& queue) override;
    void binding_created(const broker::Binding& binding) override;
    void binding_deleted(const broker::Binding& binding) override;

private:
    // One overload a command that has events of its own; no event for all others.
    struct Changed;

    std::string connection_of(ConnectionId owner) const;
    void emit(std::string key, amqp091::FieldTable headers);

    broker::ShardServices& shard_;
    const std::string node_name_;
    bool wanted_ = false;  // of the change under way, as all below
    bool user_is_new_ = false;
    std::string who_;
};

}  // namespace warren::cluster
