#pragma once
// From a queue's record to the numbers that the queue works by. The one place where arguments, and
// later policies and operator policies, are merged.
#include "broker/queue/queue_settings.h"

namespace warren::broker {

struct QueueRecord;

QueueSettings effective_settings(const QueueRecord& queue);

}  // namespace warren::broker
