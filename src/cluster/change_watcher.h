#pragma once
// Who wants to know, on shard 0, what changes and by whom: events and the audit log. All changes
// pass there in one order.
//
// What the topology tells its observers comes between about_to_change() and changed(). A change
// that is refused, or changes nothing, ends without changed().
#include "auth/users.h"
#include "broker/actor.h"
#include "broker/topology/topology.h"
#include "cluster/metadata_command.h"

namespace warren::cluster {

class ChangeWatcher : public broker::TopologyObserver {
public:
    struct State {
        const broker::Topology& topology;
        const auth::UserTable& users;
    };

    // `actor` is null where the node itself has asked.
    virtual void about_to_change(const MetadataCommand& command, const State& before,
                                 const broker::Actor* actor) = 0;
    virtual void changed(const MetadataCommand& command, const State& after) = 0;

protected:
    ~ChangeWatcher() = default;
};

// Tells both.
class TwoObservers final : public broker::TopologyObserver {
public:
    TwoObservers(broker::TopologyObserver& first, broker::TopologyObserver& second)
        : first_(first), second_(second) {}

    void vhost_created(const broker::Vhost& vhost) override {
        first_.vhost_created(vhost);
        second_.vhost_created(vhost);
    }
    void vhost_changed(const broker::Vhost& vhost) override {
        first_.vhost_changed(vhost);
        second_.vhost_changed(vhost);
    }
    void policies_changed(const broker::Vhost& vhost) override {
        first_.policies_changed(vhost);
        second_.policies_changed(vhost);
    }
    void vhost_deleted(const broker::Vhost& vhost) override {
        first_.vhost_deleted(vhost);
        second_.vhost_deleted(vhost);
    }
    void exchange_created(const broker::ExchangeRecord& exchange) override {
        first_.exchange_created(exchange);
        second_.exchange_created(exchange);
    }
    void exchange_deleted(const broker::ExchangeRecord& exchange) override {
        first_.exchange_deleted(exchange);
        second_.exchange_deleted(exchange);
    }
    void queue_created(const broker::QueueRecord& queue) override {
        first_.queue_created(queue);
        second_.queue_created(queue);
    }
    void queue_deleted(const broker::QueueRecord& queue) override {
        first_.queue_deleted(queue);
        second_.queue_deleted(queue);
    }
    void binding_created(const broker::Binding& binding) override {
        first_.binding_created(binding);
        second_.binding_created(binding);
    }
    void binding_deleted(const broker::Binding& binding) override {
        first_.binding_deleted(binding);
        second_.binding_deleted(binding);
    }

private:
    broker::TopologyObserver& first_;
    broker::TopologyObserver& second_;
};

}  // namespace warren::cluster
