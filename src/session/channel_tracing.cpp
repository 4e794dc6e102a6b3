// What a channel tells the firehose (broker/trace) while its vhost is traced.
#include "broker/trace/trace.h"
#include "session/channel.h"

namespace warren::session {

namespace {

// Calls use(point) with where the channel is; the names are good during the call.
template <typename Use>
void at_point_of(const Channel& channel, Use&& use) {
    const Connection& connection = channel.connection();
    const std::string name = connection.endpoints().name();
    use(broker::TracePoint{.node = connection.settings().node_name,
                           .vhost = channel.vhost_name(),
                           .connection = name,
                           .channel = channel.id().value,
                           .user = connection.identity().username});
}

}  // namespace

void Channel::trace_publish(const broker::Message& message, std::span<const std::string> extra_keys,
                            const std::vector<std::string>& queues) {
    at_point_of(*this, [&](const broker::TracePoint& at) {
        broker::trace_publish(shard(), message, extra_keys, queues, at);
    });
}

void Channel::trace_delivery(std::string_view queue, const broker::Delivery& delivery) {
    at_point_of(*this, [&](const broker::TracePoint& at) {
        broker::trace_delivery(shard(), *delivery.message, queue, delivery.redelivered, at);
    });
}

void Channel::trace_delivery(const broker::QueueAddress& address,
                             const broker::Delivery& delivery) {
    // A queue that is gone by now has no name any more.
    if (const auto* queue = shard().topology().find_queue(address.queue))
        trace_delivery(queue->name, delivery);
}

}  // namespace warren::session
