#pragma once
// From the record of a queue or an exchange to what it works by. The one place where arguments are
// merged with what policies and operator policies amount to (policies.h), by RabbitMQ's rules.
#include <string>

#include "broker/queue/queue_settings.h"

namespace warren::broker {

struct ExchangeRecord;
struct QueueRecord;

QueueSettings effective_settings(const QueueRecord& queue);

// Null if the exchange has none. Good until the topology changes.
const std::string* alternate_exchange_of(const ExchangeRecord& exchange);

}  // namespace warren::broker
