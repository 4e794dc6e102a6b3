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

session::SocketTraffic SessionSums::socket() const {
    session::SocketTraffic sum;
    for (const auto& [vhost, traffic] : by_vhost)
        sum += traffic;
    return sum;
}

void SessionSums::add(const session::ConnectionReport& connection) {
    // What has been closed is counted already.
    if (connection.released) return;
    by_vhost[connection.facts->vhost] += connection.socket;
    unsent_bytes += connection.unsent_bytes;
}

void SessionSums::add(const session::ChannelReport& channel) {
    publishers += channel.published ? 1 : 0;
    unconfirmed += channel.unconfirmed;
    uncommitted_messages += channel.uncommitted_messages;
    uncommitted_settlements += channel.uncommitted_settlements;
    consumer_prefetch += channel.consumer_prefetch;
    shared_prefetch += channel.shared_prefetch;
}

ExchangeReports& ExchangeReports::operator+=(const ExchangeReports& more) {
    for (const auto& [id, report] : more.by_exchange) {
        ExchangeReport& sum = by_exchange[id];
        sum.counters += report.counters;
        for (const auto& [queue, copies] : report.copies)
            sum.copies[queue] += copies;
    }
    for (const auto& [vhost, counters] : more.by_vhost)
        by_vhost[vhost] += counters;
    return *this;
}

SessionSums& SessionSums::operator+=(const SessionSums& more) {
    for (const auto& [vhost, traffic] : more.by_vhost)
        by_vhost[vhost] += traffic;
    unsent_bytes += more.unsent_bytes;
    publishers += more.publishers;
    unconfirmed += more.unconfirmed;
    uncommitted_messages += more.uncommitted_messages;
    uncommitted_settlements += more.uncommitted_settlements;
    consumer_prefetch += more.consumer_prefetch;
    shared_prefetch += more.shared_prefetch;
    return *this;
}

}  // namespace warren::http
