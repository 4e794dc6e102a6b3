#include "http/shard_reports.h"

namespace warren::http {

void QueueGauges::add(const broker::QueueStats& queue) {
    ready += queue.ready;
    unacked += queue.unacked;
    ready_bytes += queue.ready_bytes;
    unacked_bytes += queue.unacked_bytes;
    persistent += queue.persistent;
    persistent_bytes += queue.persistent_bytes;
    paged += queue.paged;
    paged_bytes += queue.paged_bytes;
    memory_bytes += queue.memory_bytes;
    consumers += queue.consumers;
}

}  // namespace warren::http
