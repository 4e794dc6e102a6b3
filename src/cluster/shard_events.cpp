// What others want to know of this shard: watchers hear of changes, the event exchange of events.
#include <utility>

#include "amqp091/content_header.h"
#include "broker/routing/route_message.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

namespace {

broker::MessageRef message_of(broker::Event event, WallTime time) {
    event.headers.add("timestamp_in_ms", static_cast<std::int64_t>(time.ms));
    event.headers.sort_by_name();
    const std::string header = amqp091::HeaderEdit()
                                   .set_headers(event.headers)
                                   .set_delivery_mode(2)
                                   .set_timestamp(static_cast<std::uint64_t>(time.ms / 1000))
                                   .encode(0);
    const broker::MessageTraits traits{.persistent = true, .has_headers = true};
    return broker::Message::make(broker::event_exchange, event.key, as_bytes(header), {}, traits);
}

}  // namespace

// One watcher after the other sees the change before it is made, all of them while it is.
broker::TopologyOutcome ShardNode::apply_watched(const MetadataCommand& command,
                                                 const broker::Actor* actor) {
    const ChangeWatcher::State state{topology_, users_};
    watchers_.about_to_change(command, state, actor);
    auto outcome = apply(command, watchers_);
    if (outcome && outcome->outcome == broker::Outcome::changed) watchers_.changed(command, state);
    return outcome;
}

bool ShardNode::wants_events() const {
    if (event_vhost_.empty()) return false;
    const auto* vhost = topology_.find_vhost(event_vhost_);
    const auto* exchange =
        vhost == nullptr ? nullptr : vhost->find_exchange(broker::event_exchange);
    return exchange != nullptr && exchange->outbound.begin() != exchange->outbound.end();
}

// Nobody waits for them: they go without confirms.
void ShardNode::publish_events() {
    if (events_.empty()) return;
    const auto events = std::exchange(events_, {});
    if (!wants_events()) return;
    const auto& exchange =
        *topology_.find_vhost(event_vhost_)->find_exchange(broker::event_exchange);
    broker::Route route;
    for (const broker::Event& event : events) {
        const auto message = message_of(event, now().wall);
        broker::route_message(topology_, exchange, *message, {}, random_, route);
        for (const auto* queue : route.queues())
            publish({queue->id(), queue->shard}, message.share(), {});
    }
}

}  // namespace warren::cluster
