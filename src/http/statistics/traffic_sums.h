#pragma once
// The traffic of all shards, added up.
#include "session/session_traffic.h"

namespace warren::http::statistics {

inline void add_to(session::PublishCounters& sum, const session::PublishCounters& more) {
    sum.received += more.received;
    sum.received_confirm += more.received_confirm;
    sum.copies += more.copies;
    sum.dropped += more.dropped;
    sum.returned += more.returned;
    sum.confirmed += more.confirmed;
}

inline void add_to(session::SessionTraffic& sum, const session::SessionTraffic& more) {
    sum.connections_opened += more.connections_opened;
    sum.connections_closed += more.connections_closed;
    sum.channels_opened += more.channels_opened;
    sum.channels_closed += more.channels_closed;
    sum.queues_declared += more.queues_declared;
    add_to(sum.published, more.published);
    for (std::size_t type = 0; type < sum.delivered.size(); ++type)
        sum.delivered[type] += more.delivered[type];
}

}  // namespace warren::http::statistics
