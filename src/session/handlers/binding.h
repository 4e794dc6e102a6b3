#pragma once
// What queue.bind, queue.unbind, exchange.bind and exchange.unbind have in common.
#include <string>

#include "broker/topology/topology_command.h"
#include "session/channel.h"
#include "session/handlers/support.h"

namespace warren::session {

// A binding as a client names it, with the names made out.
struct BindingRequest {
    broker::DestinationKind kind = broker::DestinationKind::queue;
    std::string destination;
    std::string source;
    std::string routing_key;
    amqp091::FieldTable arguments;
};

// Write on the destination, read on the source, read on the topic: RabbitMQ's order.
Handled check_binding(Channel& channel, const BindingRequest& request);

// Submits the change and answers with `Ok` once it is in force everywhere. Command is Bind or
// Unbind.
template <typename Command, typename Ok>
Handled submit_binding(Channel& channel, BindingRequest request, bool nowait) {
    if (auto checked = check_binding(channel, request); !checked) return checked;
    // The type of an exchange that is on its way says who may bind.
    if (find_exchange(channel, request.source) == nullptr && channel.connection().comes_again())
        return {};
    channel.connection().submit(Command{.vhost = channel.vhost_name(),
                                        .source = std::move(request.source),
                                        .destination_kind = request.kind,
                                        .destination = std::move(request.destination),
                                        .routing_key = std::move(request.routing_key),
                                        .arguments = std::move(request.arguments),
                                        .connection = channel.connection().id()},
                                nowait, [&channel, nowait](broker::TopologyOutcome outcome) {
                                    if (!outcome) return channel.raise(outcome.error());
                                    if (!nowait) channel.send(Ok{});
                                });
    return {};
}

}  // namespace warren::session
