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
    // Not of queues.
    confirm,
    drop_unroutable,
    return_unroutable,
    count
};
}

// Of all queues together, and of a vhost: the same and more.
namespace total {
enum Column : std::size_t { disk_reads = message::count, disk_writes, count };
}
namespace vhost {
enum Column : std::size_t { received = message::count, sent, count };
}

// Bytes.
namespace connection {
enum Column : std::size_t { received, sent, count };
}

// Messages published to it, and copies that queues got of them.
namespace exchange {
enum Column : std::size_t { in, out, count };
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
    io_read_count,
    io_read_bytes,
    io_write_count,
    io_write_bytes,
    io_sync_count,
    count
};
}

Row message_row(const broker::QueueStats& stats);
// Of queues together.
Row total_row(const broker::QueueStats& queues);
// Of the node: messages as its queues hold them, counters as its sessions have counted.
Row total_row(const broker::QueueStats& queues, const session::SessionTraffic& traffic);
// Of a channel, which holds no messages.
Row message_row(const session::PublishCounters& published,
                const session::DeliveryCounters& delivered);
Row channel_row(const session::ChannelReport& channel);
// Of copies that a queue got from an exchange.
Row routed_row(std::uint64_t copies);
Row connection_row(const session::SocketTraffic& socket);
Row exchange_row(const session::PublishCounters& published);
Row churn_row(const session::SessionTraffic& traffic, const cluster::QueueCounts& queues);
Row node_row(const NodeGauges& gauges);

}  // namespace warren::http::statistics
