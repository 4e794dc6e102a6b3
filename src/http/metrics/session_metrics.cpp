#include "http/metrics/session_metrics.h"

#include <iterator>
#include <span>

namespace warren::http::metrics {

namespace {

using session::DeliveryCounters;
using session::PublishCounters;

template <typename Value>
struct RowMetric {
    Metric metric;
    std::uint64_t (*of)(const Value&);
};

constexpr RowMetric<session::ConnectionReport> connection_coarse[] = {
    {{"connection_incoming_bytes_total", Kind::counter, "Bytes received on a connection"},
     [](const session::ConnectionReport& c) { return c.socket.received_bytes; }},
    {{"connection_outgoing_bytes_total", Kind::counter, "Bytes sent on a connection"},
     [](const session::ConnectionReport& c) { return c.socket.sent_bytes; }},
    {{"connection_process_reductions_total", Kind::counter,
      "Always 0: connections are no Erlang processes here"},
     [](const session::ConnectionReport&) { return std::uint64_t{0}; }}};

constexpr RowMetric<session::ConnectionReport> connection_figures[] = {
    {{"connection_incoming_packets_total", Kind::counter, "Reads from a connection"},
     [](const session::ConnectionReport& c) { return c.socket.reads; }},
    {{"connection_outgoing_packets_total", Kind::counter, "Writes to a connection"},
     [](const session::ConnectionReport& c) { return c.socket.writes; }},
    {{"connection_pending_packets", Kind::gauge,
      "Bytes that wait to be sent on a connection, as RabbitMQ counts them here"},
     [](const session::ConnectionReport& c) { return c.unsent_bytes; }},
    {{"connection_channels", Kind::gauge, "Channels of a connection"},
     [](const session::ConnectionReport& c) { return std::uint64_t{c.channels}; }}};

constexpr RowMetric<session::ChannelReport> channel_figures[] = {
    {{"channel_consumers", Kind::gauge, "Consumers of a channel"},
     [](const session::ChannelReport& c) { return std::uint64_t{c.consumers}; }},
    {{"channel_messages_unacked", Kind::gauge, "Messages delivered and not yet acknowledged"},
     [](const session::ChannelReport& c) { return std::uint64_t{c.unacked}; }},
    {{"channel_messages_unconfirmed", Kind::gauge, "Messages published and not yet confirmed"},
     [](const session::ChannelReport& c) { return std::uint64_t{c.unconfirmed}; }},
    {{"channel_messages_uncommitted", Kind::gauge, "Messages of a transaction that is open"},
     [](const session::ChannelReport& c) { return std::uint64_t{c.uncommitted_messages}; }},
    {{"channel_acks_uncommitted", Kind::gauge, "Acknowledgements of a transaction that is open"},
     [](const session::ChannelReport& c) { return std::uint64_t{c.uncommitted_settlements}; }},
    {{"consumer_prefetch", Kind::gauge, "What each consumer may hold unacknowledged"},
     [](const session::ChannelReport& c) { return std::uint64_t{c.consumer_prefetch}; }},
    {{"channel_prefetch", Kind::gauge, "What all consumers of a channel may hold together"},
     [](const session::ChannelReport& c) { return std::uint64_t{c.shared_prefetch}; }}};

constexpr RowMetric<session::ChannelReport> channel_process[] = {
    {{"channel_process_reductions_total", Kind::counter,
      "Always 0: channels are no Erlang processes here"},
     [](const session::ChannelReport&) { return std::uint64_t{0}; }}};

constexpr RowMetric<PublishCounters> channel_exchange[] = {
    {{"channel_messages_published_total", Kind::counter,
      "Messages published to an exchange on a channel"},
     [](const PublishCounters& c) { return c.received; }},
    {{"channel_messages_confirmed_total", Kind::counter,
      "Messages published to an exchange and confirmed on a channel"},
     [](const PublishCounters& c) { return c.confirmed; }},
    {{"channel_messages_unroutable_returned_total", Kind::counter,
      "Mandatory messages that an exchange could not route and that went back"},
     [](const PublishCounters& c) { return c.returned; }},
    {{"channel_messages_unroutable_dropped_total", Kind::counter,
      "Messages that an exchange could not route and dropped"},
     [](const PublishCounters& c) { return c.dropped; }}};

constexpr RowMetric<DeliveryCounters> channel_queue[] = {
    {{"channel_get_ack_total", Kind::counter, "Messages taken by basic.get, to be acknowledged"},
     [](const DeliveryCounters& c) { return c.got; }},
    {{"channel_get_total", Kind::counter, "Messages taken by basic.get without acknowledgement"},
     [](const DeliveryCounters& c) { return c.got_auto_ack; }},
    {{"channel_messages_delivered_ack_total", Kind::counter,
      "Messages delivered to consumers that acknowledge"},
     [](const DeliveryCounters& c) { return c.delivered; }},
    {{"channel_messages_delivered_total", Kind::counter,
      "Messages delivered to consumers that do not acknowledge"},
     [](const DeliveryCounters& c) { return c.delivered_auto_ack; }},
    {{"channel_messages_redelivered_total", Kind::counter, "Messages handed out again"},
     [](const DeliveryCounters& c) { return c.redelivered; }},
    {{"channel_messages_acked_total", Kind::counter, "Messages acknowledged"},
     [](const DeliveryCounters& c) { return c.acked; }},
    {{"channel_get_empty_total", Kind::counter, "Times that basic.get found nothing"},
     [](const DeliveryCounters& c) { return c.got_empty; }}};

constexpr RowMetric<PublishCounters> exchange_figures[] = {
    {{"exchange_messages_published_total", Kind::counter, "Messages published to an exchange"},
     [](const PublishCounters& c) { return c.received; }},
    {{"exchange_messages_confirmed_total", Kind::counter,
      "Messages published to an exchange and confirmed"},
     [](const PublishCounters& c) { return c.confirmed; }},
    {{"exchange_messages_unroutable_returned_total", Kind::counter,
      "Mandatory messages that an exchange could not route and that went back"},
     [](const PublishCounters& c) { return c.returned; }},
    {{"exchange_messages_unroutable_dropped_total", Kind::counter,
      "Messages that an exchange could not route and dropped"},
     [](const PublishCounters& c) { return c.dropped; }}};

constexpr RowMetric<std::uint64_t> channel_way[] = {
    {{"queue_messages_published_total", Kind::counter,
      "Messages that a queue was handed by an exchange, published on a channel"},
     [](const std::uint64_t& copies) { return copies; }}};

constexpr RowMetric<std::uint64_t> exchange_way[] = {
    {{"queue_exchange_messages_published_total", Kind::counter,
      "Messages that a queue was handed by an exchange"},
     [](const std::uint64_t& copies) { return copies; }}};

template <typename Value>
void add_rows(Exposition& exposition, const SnapshotRef& snapshot,
              std::vector<LabelledRow<Value>> Snapshot::* rows,
              std::span<const RowMetric<Value>> table) {
    for (const RowMetric<Value>& each : table)
        exposition.add(each.metric, (*snapshot.*rows).size(),
                       [snapshot, rows, &each](Samples& samples, std::size_t row) {
                           const auto& shown = (*snapshot.*rows)[row];
                           samples.write(shown.labels, each.of(shown.value));
                       });
}

}  // namespace

void add_connection_coarse_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<session::ConnectionReport>(exposition, snapshot, &Snapshot::connections,
                                        connection_coarse);
}

void add_connection_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<session::ConnectionReport>(exposition, snapshot, &Snapshot::connections,
                                        connection_figures);
}

void add_channel_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<session::ChannelReport>(exposition, snapshot, &Snapshot::channels, channel_figures);
}

void add_channel_process_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<session::ChannelReport>(exposition, snapshot, &Snapshot::channels, channel_process);
}

void add_channel_exchange_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<PublishCounters>(exposition, snapshot, &Snapshot::channel_exchanges, channel_exchange);
}

void add_channel_queue_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<DeliveryCounters>(exposition, snapshot, &Snapshot::channel_queues, channel_queue);
}

void add_channel_queue_exchange_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<std::uint64_t>(exposition, snapshot, &Snapshot::channel_ways, channel_way);
}

void add_exchange_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<PublishCounters>(exposition, snapshot, &Snapshot::exchange_traffic, exchange_figures);
}

void add_queue_exchange_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_rows<std::uint64_t>(exposition, snapshot, &Snapshot::exchange_ways, exchange_way);
}

std::size_t samples_per_connection() {
    return std::size(connection_coarse) + std::size(connection_figures);
}

std::size_t samples_of(const session::ChannelReport& channel) {
    std::size_t samples = std::size(channel_figures) + std::size(channel_process);
    for (const auto& flow : channel.flows)
        samples += std::size(channel_exchange) + flow.copies.size() * std::size(channel_way);
    return samples + channel.deliveries.size() * std::size(channel_queue);
}

std::size_t samples_of(const ExchangeReport& exchange) {
    return std::size(exchange_figures) + exchange.copies.size() * std::size(exchange_way);
}

}  // namespace warren::http::metrics
