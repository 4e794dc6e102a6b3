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

Row message_row(const session::PublishCounters& published,
                const session::DeliveryCounters& delivered) {
    return {0,
            0,
            published.received,
            delivered.acked,
            delivered.delivered,
            delivered.delivered_auto_ack,
            delivered.got,
            delivered.got_auto_ack,
            delivered.got_empty,
            delivered.redelivered,
            published.confirmed,
            published.dropped,
            published.returned};
}

namespace {

Row with_disk(Row row, const broker::QueueCounters& queues) {
    row.push_back(queues.disk_reads);
    row.push_back(queues.disk_writes);
    return row;
}

}  // namespace

Row total_row(const broker::QueueStats& queues) {
    return with_disk(message_row(queues), queues.counters);
}

Row total_row(const broker::QueueStats& queues, const session::SessionTraffic& traffic) {
    Row row = message_row(traffic.published, traffic.delivered_from_all());
    row[message::ready] = queues.ready;
    row[message::unacked] = queues.unacked;
    return with_disk(std::move(row), queues.counters);
}

Row channel_row(const session::ChannelReport& channel) {
    return message_row(channel.published.value_or(session::PublishCounters{}),
                       channel.delivered.value_or(session::DeliveryCounters{}));
}

Row routed_row(std::uint64_t copies) {
    session::PublishCounters published;
    published.received = copies;
    return message_row(published, session::DeliveryCounters{});
}

Row connection_row(const session::SocketTraffic& socket) {
    return {socket.received_bytes, socket.sent_bytes};
}

Row exchange_row(const session::PublishCounters& published) {
    return {published.received, published.copies};
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

Row node_row(const NodeGauges& gauges) {
    return {gauges.memory_used_bytes, gauges.descriptors,     gauges.connections,
            gauges.threads,           gauges.disk_free_bytes, gauges.context_switches,
            gauges.reads.times,       gauges.reads.bytes,     gauges.writes.times,
            gauges.writes.bytes,      gauges.syncs.times};
}

}  // namespace warren::http::statistics
