#include "http/metrics/traffic_metrics.h"

namespace warren::http::metrics {

namespace {

struct TrafficMetric {
    Metric metric;
    std::uint64_t (*of)(const Snapshot&);
};

constexpr TrafficMetric churn[] = {
    {{"connections_opened_total", Kind::counter, "Connections opened"},
     [](const Snapshot& s) { return s.traffic.connections_opened; }},
    {{"connections_closed_total", Kind::counter, "Connections closed"},
     [](const Snapshot& s) { return s.traffic.connections_closed; }},
    {{"channels_opened_total", Kind::counter, "Channels opened"},
     [](const Snapshot& s) { return s.traffic.channels_opened; }},
    {{"channels_closed_total", Kind::counter, "Channels closed"},
     [](const Snapshot& s) { return s.traffic.channels_closed; }},
    {{"queues_declared_total", Kind::counter, "Declarations of queues, new ones or not"},
     [](const Snapshot& s) { return s.traffic.queues_declared; }},
    {{"queues_created_total", Kind::counter, "Queues created"},
     [](const Snapshot& s) { return s.queue_counts.created; }},
    {{"queues_deleted_total", Kind::counter, "Queues deleted"},
     [](const Snapshot& s) { return s.queue_counts.deleted; }}};

constexpr TrafficMetric channels[] = {
    {{"channel_consumers", Kind::gauge, "Consumers of channels"},
     [](const Snapshot& s) { return s.total.consumers; }},
    {{"channel_messages_unacked", Kind::gauge, "Messages that channels have not acknowledged"},
     [](const Snapshot& s) { return s.total.unacked; }},
    {{"channel_messages_unconfirmed", Kind::gauge, "Messages published and not yet confirmed"},
     [](const Snapshot& s) { return s.sessions.unconfirmed; }},
    {{"channel_messages_uncommitted", Kind::gauge, "Messages of transactions that are open"},
     [](const Snapshot& s) { return s.sessions.uncommitted_messages; }},
    {{"channel_acks_uncommitted", Kind::gauge, "Acknowledgements of transactions that are open"},
     [](const Snapshot& s) { return s.sessions.uncommitted_settlements; }},
    {{"consumer_prefetch", Kind::gauge, "What consumers may hold unacknowledged, by channel"},
     [](const Snapshot& s) { return s.sessions.consumer_prefetch; }},
    {{"channel_prefetch", Kind::gauge, "What consumers of a channel may hold together"},
     [](const Snapshot& s) { return s.sessions.shared_prefetch; }},
    {{"channel_messages_published_total", Kind::counter, "Messages published on channels"},
     [](const Snapshot& s) { return s.traffic.published.received; }},
    {{"channel_messages_confirmed_total", Kind::counter, "Messages confirmed on channels"},
     [](const Snapshot& s) { return s.traffic.published.confirmed; }},
    {{"channel_messages_unroutable_returned_total", Kind::counter,
      "Mandatory messages that reached no queue and went back"},
     [](const Snapshot& s) { return s.traffic.published.returned; }},
    {{"channel_messages_unroutable_dropped_total", Kind::counter,
      "Messages that reached no queue and were dropped"},
     [](const Snapshot& s) { return s.traffic.published.dropped; }},
    {{"channel_process_reductions_total", Kind::counter,
      "Always 0: channels are no Erlang processes here"},
     [](const Snapshot&) { return std::uint64_t{0}; }},
    {{"channel_get_ack_total", Kind::counter, "Messages taken by basic.get, to be acknowledged"},
     [](const Snapshot& s) { return s.traffic.delivered_from_all().got; }},
    {{"channel_get_total", Kind::counter, "Messages taken by basic.get without acknowledgement"},
     [](const Snapshot& s) { return s.traffic.delivered_from_all().got_auto_ack; }},
    {{"channel_messages_delivered_ack_total", Kind::counter,
      "Messages delivered to consumers that acknowledge"},
     [](const Snapshot& s) { return s.traffic.delivered_from_all().delivered; }},
    {{"channel_messages_delivered_total", Kind::counter,
      "Messages delivered to consumers that do not acknowledge"},
     [](const Snapshot& s) { return s.traffic.delivered_from_all().delivered_auto_ack; }},
    {{"channel_messages_redelivered_total", Kind::counter, "Messages handed out again"},
     [](const Snapshot& s) { return s.traffic.delivered_from_all().redelivered; }},
    {{"channel_messages_acked_total", Kind::counter, "Messages acknowledged"},
     [](const Snapshot& s) { return s.traffic.delivered_from_all().acked; }},
    {{"channel_get_empty_total", Kind::counter, "Times that basic.get found nothing"},
     [](const Snapshot& s) { return s.traffic.delivered_from_all().got_empty; }},
    {{"connection_incoming_bytes_total", Kind::counter, "Bytes received on connections"},
     [](const Snapshot& s) { return s.sessions.socket().received_bytes; }},
    {{"connection_outgoing_bytes_total", Kind::counter, "Bytes sent on connections"},
     [](const Snapshot& s) { return s.sessions.socket().sent_bytes; }},
    {{"connection_incoming_packets_total", Kind::counter, "Reads from connections"},
     [](const Snapshot& s) { return s.sessions.socket().reads; }},
    {{"connection_outgoing_packets_total", Kind::counter, "Writes to connections"},
     [](const Snapshot& s) { return s.sessions.socket().writes; }},
    {{"connection_pending_packets", Kind::gauge,
      "Bytes that wait to be sent, as RabbitMQ counts them here"},
     [](const Snapshot& s) { return s.sessions.unsent_bytes; }},
    {{"connection_process_reductions_total", Kind::counter,
      "Always 0: connections are no Erlang processes here"},
     [](const Snapshot&) { return std::uint64_t{0}; }},
    {{"connection_channels", Kind::gauge, "Channels of connections"},
     [](const Snapshot& s) { return s.traffic.channels_open(); }},
    {{"queue_messages_published_total", Kind::counter, "Messages that queues were handed"},
     [](const Snapshot& s) { return s.traffic.published.copies; }},
    {{"queue_exchange_messages_published_total", Kind::counter,
      "Messages that queues were handed by exchanges"},
     [](const Snapshot& s) { return s.traffic.published.copies; }},
    {{"exchange_messages_published_total", Kind::counter, "Messages published to exchanges"},
     [](const Snapshot& s) { return s.traffic.published.received; }},
    {{"exchange_messages_confirmed_total", Kind::counter, "Messages to exchanges, confirmed"},
     [](const Snapshot& s) { return s.traffic.published.confirmed; }},
    {{"exchange_messages_unroutable_returned_total", Kind::counter,
      "Mandatory messages that exchanges could not route and that went back"},
     [](const Snapshot& s) { return s.traffic.published.returned; }},
    {{"exchange_messages_unroutable_dropped_total", Kind::counter,
      "Messages that exchanges could not route and dropped"},
     [](const Snapshot& s) { return s.traffic.published.dropped; }}};

constexpr TrafficMetric counts[] = {
    {{"connections", Kind::gauge, "Connections that are open"},
     [](const Snapshot& s) { return s.traffic.connections_open(); }},
    {{"channels", Kind::gauge, "Channels that are open"},
     [](const Snapshot& s) { return s.traffic.channels_open(); }},
    {{"consumers", Kind::gauge, "Consumers"}, [](const Snapshot& s) { return s.total.consumers; }},
    {{"queues", Kind::gauge, "Queues"}, [](const Snapshot& s) { return s.queue_count; }}};

constexpr TrafficMetric global[] = {
    {{"global_publishers", Kind::gauge, "Channels that have published"},
     [](const Snapshot& s) { return s.sessions.publishers; }},
    {{"global_consumers", Kind::gauge, "Consumers"},
     [](const Snapshot& s) { return s.total.consumers; }},
    {{"global_messages_confirmed_total", Kind::counter, "Messages confirmed to publishers"},
     [](const Snapshot& s) { return s.traffic.published.confirmed; }},
    {{"global_messages_received_confirm_total", Kind::counter,
      "Messages received from publishers that want confirms"},
     [](const Snapshot& s) { return s.traffic.published.received_confirm; }},
    {{"global_messages_received_total", Kind::counter, "Messages received from publishers"},
     [](const Snapshot& s) { return s.traffic.published.received; }},
    {{"global_messages_routed_total", Kind::counter, "Messages routed to queues, each by itself"},
     [](const Snapshot& s) { return s.traffic.published.copies; }},
    {{"global_messages_unroutable_dropped_total", Kind::counter,
      "Messages that reached no queue and were dropped"},
     [](const Snapshot& s) { return s.traffic.published.dropped; }},
    {{"global_messages_unroutable_returned_total", Kind::counter,
      "Mandatory messages that reached no queue and went back"},
     [](const Snapshot& s) { return s.traffic.published.returned; }}};

constexpr Metric message_sizes{"message_size_bytes", Kind::histogram,
                               "Sizes of messages received from publishers"};

void write_sizes(Samples& samples, const session::MessageSizes& sizes) {
    const std::string protocol = label("protocol", "amqp091");
    std::uint64_t messages = 0;
    for (std::size_t index = 0; index < sizes.counts.size(); ++index) {
        messages += sizes.counts[index];
        const std::string bound = index < session::MessageSizes::bounds.size()
                                      ? std::to_string(session::MessageSizes::bounds[index])
                                      : "+Inf";
        samples.write_part("_bucket", joined(protocol, label("le", bound)), messages);
    }
    samples.write_part("_count", protocol, messages);
    samples.write_part("_sum", protocol, sizes.bytes);
}

}  // namespace

void add_connection_churn_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const TrafficMetric& each : churn)
        exposition.add(each.metric, each.of(*snapshot));
}

void add_channel_totals(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const TrafficMetric& each : channels)
        exposition.add(each.metric, each.of(*snapshot));
}

void add_object_counts(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const TrafficMetric& each : counts)
        exposition.add(each.metric, each.of(*snapshot));
}

void add_global_traffic(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const TrafficMetric& each : global)
        exposition.add(each.metric, 1, [value = each.of(*snapshot)](Samples& samples, std::size_t) {
            samples.write(label("protocol", "amqp091"), value);
        });
    exposition.add(message_sizes, 1, [snapshot](Samples& samples, std::size_t) {
        write_sizes(samples, snapshot->traffic.sizes);
    });
}

}  // namespace warren::http::metrics
