#pragma once
// What remains of a queue that has nothing: no message, no consumer, nothing on its way. Together
// with its settings it is all that the queue would have to know to go on, so the machine itself may
// be destroyed and made again when there is something to do.
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/ids.h"
#include "broker/queue/queue_stats.h"

namespace warren::broker {

enum class Rest : std::uint8_t {
    busy,     // the queue has something, or may have to do something without being asked
    waiting,  // it has nothing any more, and its log is not done yet with what it had
    resting,
};

struct QueuePast {
    // Numbers that have been given out must not come again: settlements of deliveries, and entries
    // in the log, may still speak of them.
    std::uint64_t next_position = 1;
    DeliveryIndex next_delivery{1};
    Instant last_active;
    QueueCounters counters;
    std::shared_ptr<const AgeCounts> ages{};  // null: nothing was of any age
};

}  // namespace warren::broker
