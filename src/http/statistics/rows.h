#pragma once
// What is remembered of each kind of object: the columns of its rows.
#include "broker/queue/queue_stats.h"
#include "cluster/shard_node.h"
#include "http/node_facts.h"
#include "http/shard_reports.h"
#include "http/statistics/series.h"
#include "session/session_traffic.h"

namespace warren::http::statistics {

// Of a queue, and of the queues of a vhost together.
namespace message {
enum Column : std::size_t {
    ready,
    unacked,
    publish,
    ack,
    deliver,
    deliver_no_ack,
    get,
    get_no_ack,
    get_empty,
    redeliver,
    // Only of the whole node.
    confirm,
    drop_unroutable,
    return_unroutable,
    count
};
}

namespace churn {
enum Column : std::size_t {
    connection_created,
    connection_closed,
    channel_created,
    channel_closed,
    queue_declared,
    queue_created,
    queue_deleted,
    count
};
}

namespace node {
enum Column : std::size_t {
    mem_used,
    fd_used,
    sockets_used,
    proc_used,
    disk_free,
    context_switches,
    io_write_count,
    io_write_bytes,
    io_sync_count,
    count
};
}

Row message_row(const broker::QueueStats& stats);
// Of the node: messages as its queues hold them, counters as its sessions have counted.
Row message_row(const broker::QueueStats& held, const session::SessionTraffic& traffic);
Row churn_row(const session::SessionTraffic& traffic, const cluster::QueueCounts& queues);
Row node_row(const NodeGauges& gauges, const IoCounts& io);

}  // namespace warren::http::statistics
