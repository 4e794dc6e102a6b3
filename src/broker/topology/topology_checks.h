#pragma once
// Judgements with RabbitMQ's reply codes and texts: those that need only the request, for sessions
// that must answer in RabbitMQ's order before they submit a command, and those that need one
// record. class_id and method_id are left at 0 for the session to fill in.
#include <optional>
#include <string>
#include <string_view>

#include "amqp091/field_table.h"
#include "amqp091/reply_code.h"
#include "base/result.h"
#include "broker/topology/records.h"

namespace warren::broker {

using Check = Result<void, amqp091::AmqpError>;

// "queue 'q' in vhost '/'", as RabbitMQ names things in its texts.
std::string describe_queue(std::string_view vhost, std::string_view name);
std::string describe_exchange(std::string_view vhost, std::string_view name);

amqp091::AmqpError no_such_queue(std::string_view vhost, std::string_view name);
amqp091::AmqpError no_such_exchange(std::string_view vhost, std::string_view name);
amqp091::AmqpError no_such_vhost(std::string_view name);
amqp091::AmqpError protected_vhost(std::string_view name);
amqp091::AmqpError queue_locked(std::string_view vhost, std::string_view name);

// Names come without the line breaks that RabbitMQ drops from them.
std::string without_line_breaks(std::string_view name);

// 403 for names that begin with "amq.": of queues always, of exchanges only if there is none yet.
Check check_new_queue_name(std::string_view name);
Check check_new_exchange_name(std::string_view name);
// 403 for the queue of a delayed exchange, which is not bound, consumed from or deleted.
Check check_no_delay_queue(const QueueRecord& queue);
// 403 "operation not permitted on the default exchange".
Check check_not_default_exchange(std::string_view name);
// 403 for amq.* exchanges.
Check check_exchange_deletable(std::string_view vhost, std::string_view name);
// 406 "unknown exchange type 'x'".
Check check_exchange_type(std::string_view type);
// 406 unless an argument that names an exchange (alternate-exchange, x-dead-letter-exchange) is a
// long string. `subject` comes from describe_queue() or describe_exchange().
Check check_exchange_name_argument(const amqp091::FieldTable& arguments, std::string_view argument,
                                   std::string_view subject);
// 405 when the queue is exclusive to another connection.
Check check_open_to(const QueueRecord& queue, ConnectionId connection);

}  // namespace warren::broker
