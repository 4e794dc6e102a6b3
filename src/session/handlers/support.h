#pragma once
// What several handlers need: names, permissions, look-ups and the texts of queues' refusals.
#include <string>
#include <string_view>

#include "amqp091/reply_code.h"
#include "auth/permissions.h"
#include "base/result.h"
#include "broker/shard_services.h"
#include "broker/topology/records.h"
#include "session/decode_and.h"

namespace warren::session {

class Channel;

inline std::unexpected<amqp091::AmqpError> refuse(amqp091::ReplyCode code, std::string text) {
    return fail(amqp091::AmqpError{code, std::move(text), 0, 0});
}

// 403 unless the user may do this to the resource of that name.
Handled check_permission(Channel& channel, auth::ResourceKind kind, std::string_view name,
                         auth::Permission permission);
// 403 unless the user may bind by (read) or publish with (write) this routing key; of topic
// exchanges only.
Handled check_topic(Channel& channel, const broker::ExchangeRecord& exchange,
                    std::string_view routing_key, auth::Permission permission);

// 540 for a method that streams do not have.
Handled refuse_by_streams(std::string_view method, const broker::QueueRecord& stream);

// The empty name stands for the queue that was declared last on this channel; 404 if there was
// none.
Result<std::string, amqp091::AmqpError> expand_queue_name(Channel& channel, std::string_view name);
// 404 if there is none, 405 if it is exclusive to another connection.
Result<const broker::QueueRecord*, amqp091::AmqpError> find_queue(Channel& channel,
                                                                  std::string_view name);
const broker::ExchangeRecord* find_exchange(Channel& channel, std::string_view name);

inline broker::QueueAddress address_of(const broker::QueueRecord& queue) {
    return {queue.id(), queue.shard};
}

// What a client is told of a queue's refusal.
amqp091::AmqpError refusal_error(broker::QueueRefusal refusal, std::string_view vhost,
                                 std::string_view queue);

}  // namespace warren::session
