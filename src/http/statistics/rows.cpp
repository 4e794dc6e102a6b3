#include "http/statistics/rows.h"

namespace warren::http::statistics {

Row message_row(const broker::QueueStats& stats) {
    const broker::QueueCounters& c = stats.counters;
    return {stats.ready,
            stats.unacked,
            c.published,
            c.acked,
            c.delivered,
            c.delivered_auto_ack,
            c.got,
            c.got_auto_ack,
            c.got_empty,
            c.redelivered,
            0,
            0,
            0};
}

Row message_row(const broker::QueueStats& held, const session::SessionTraffic& traffic) {
    const session::DeliveryCounters c = traffic.delivered_from_all();
    const session::PublishCounters& p = traffic.published;
    return {held.ready,           held.unacked, p.received,     c.acked,     c.delivered,
            c.delivered_auto_ack, c.got,        c.got_auto_ack, c.got_empty, c.redelivered,
            p.confirmed,          p.dropped,    p.returned};
}

Row churn_row(const session::SessionTraffic& traffic, const cluster::QueueCounts& queues) {
    return {traffic.connections_opened,
            traffic.connections_closed,
            traffic.channels_opened,
            traffic.channels_closed,
            traffic.queues_declared,
            queues.created,
            queues.deleted};
}

Row node_row(const NodeGauges& gauges, const IoCounts& io) {
    return {gauges.memory_used_bytes,
            gauges.descriptors,
            gauges.connections,
            gauges.threads,
            gauges.disk_free_bytes,
            gauges.context_switches,
            io.writes,
            io.written_bytes,
            io.syncs};
}

}  // namespace warren::http::statistics
