#pragma once
// Who wants to know, on shard 0, what changes and by whom: events and the audit log. All changes
// pass there in one order.
//
// What the topology tells its observers comes between about_to_change() and changed(). A change
// that is refused, or changes nothing, ends without changed().
#include <vector>

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

// All of them, behind the one whom the change is made for: each is told in this order.
class ChangeWatchers final : public broker::TopologyObserver {
public:
    explicit ChangeWatchers(broker::TopologyObserver& first) : observers_{&first} {}
    void add(ChangeWatcher& watcher) {
        watchers_.push_back(&watcher);
        observers_.push_back(&watcher);
    }
    bool empty() const { return watchers_.empty(); }

    void about_to_change(const MetadataCommand& command, const ChangeWatcher::State& before,
                         const broker::Actor* actor) {
        for (ChangeWatcher* watcher : watchers_)
            watcher->about_to_change(command, before, actor);
    }
    void changed(const MetadataCommand& command, const ChangeWatcher::State& after) {
        for (ChangeWatcher* watcher : watchers_)
            watcher->changed(command, after);
    }

    void vhost_created(const broker::Vhost& vhost) override {
        tell(&Observer::vhost_created, vhost);
    }
    void vhost_changed(const broker::Vhost& vhost) override {
        tell(&Observer::vhost_changed, vhost);
    }
    void policies_changed(const broker::Vhost& vhost) override {
        tell(&Observer::policies_changed, vhost);
    }
    void vhost_deleted(const broker::Vhost& vhost) override {
        tell(&Observer::vhost_deleted, vhost);
    }
    void exchange_created(const broker::ExchangeRecord& exchange) override {
        tell(&Observer::exchange_created, exchange);
    }
    void exchange_deleted(const broker::ExchangeRecord& exchange) override {
        tell(&Observer::exchange_deleted, exchange);
    }
    void queue_created(const broker::QueueRecord& queue) override {
        tell(&Observer::queue_created, queue);
    }
    void queue_deleted(const broker::QueueRecord& queue) override {
        tell(&Observer::queue_deleted, queue);
    }
    void binding_created(const broker::Binding& binding) override {
        tell(&Observer::binding_created, binding);
    }
    void binding_deleted(const broker::Binding& binding) override {
        tell(&Observer::binding_deleted, binding);
    }

private:
    using Observer = broker::TopologyObserver;

    template <typename Object>
    void tell(void (Observer::*what)(const Object&), const Object& object) {
        for (Observer* observer : observers_)
            (observer->*what)(object);
    }

    std::vector<Observer*> observers_;
    std::vector<ChangeWatcher*> watchers_;
};

}  // namespace warren::cluster
