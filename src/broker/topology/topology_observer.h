#pragma once
// Told by a Topology replica, in the middle of apply(), what has come and what is about to go. The
// shard builds and destroys queues by it, and later listeners (events, metrics) hang on it too.
// References are good during the call only; the replica must not be changed from inside.

namespace warren::broker {

struct Binding;
struct ExchangeRecord;
struct QueueRecord;
struct Vhost;

class TopologyObserver {
public:
    virtual void vhost_created(const Vhost&) {}
    virtual void vhost_changed(const Vhost&) {}
    // What queues and exchanges of this vhost work by may be something else now.
    virtual void policies_changed(const Vhost&) {}
    virtual void vhost_deleted(const Vhost&) {}  // after all that was in it
    virtual void exchange_created(const ExchangeRecord&) {}
    virtual void exchange_deleted(const ExchangeRecord&) {}
    virtual void queue_created(const QueueRecord&) {}
    virtual void queue_deleted(const QueueRecord&) {}
    // A new binding; an exchange of type x-recent-history replays what it remembers now.
    virtual void binding_created(const Binding&) {}
    virtual void binding_deleted(const Binding&) {}

protected:
    ~TopologyObserver() = default;
};

}  // namespace warren::broker
