#pragma once
// The firehose: while a vhost is traced (Vhost::is_traced), each message that a channel publishes
// or delivers there is copied to its exchange amq.rabbitmq.trace, with RabbitMQ's headers.
//
//   publish.<exchange>   exchange_name, routing_keys, properties, node, vhost, connection, channel,
//                        user, routed_queues
//   deliver.<queue>      the same with `redelivered` for `routed_queues`
//
// Copies of copies are not made: what comes by amq.rabbitmq.trace is left alone.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/message.h"
#include "broker/routing/route.h"
#include "broker/shard_services.h"

namespace warren::broker {

inline constexpr std::string_view trace_exchange = "amq.rabbitmq.trace";

// Where a message passes by.
struct TracePoint {
    std::string_view node;
    std::string_view vhost;
    std::string_view connection;
    std::uint16_t channel = 0;
    std::string_view user;
};

// The queues that a message has been routed to, as RabbitMQ names them: those of the default
// exchange by its routing keys, whether or not there are such queues.
std::vector<std::string> traced_queues(const Route& route, const Message& message,
                                       std::span<const std::string> extra_keys);

// The copies; messages like all others.
MessageRef publish_trace(const Message& message, std::span<const std::string> extra_keys,
                         const std::vector<std::string>& queues, const TracePoint& at);
MessageRef delivery_trace(const Message& message, std::string_view queue, bool redelivered,
                          const TracePoint& at);

// Copies a message if its vhost is traced. Cheap to call where nothing is.
void trace_publish(ShardServices& shard, const Message& message,
                   std::span<const std::string> extra_keys, const std::vector<std::string>& queues,
                   const TracePoint& at);
void trace_delivery(ShardServices& shard, const Message& message, std::string_view queue,
                    bool redelivered, const TracePoint& at);

}  // namespace warren::broker
