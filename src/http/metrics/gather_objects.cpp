#include "http/metrics/gather_objects.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "broker/topology/topology.h"
#include "http/metrics/node_metrics.h"
#include "http/metrics/queue_metrics.h"
#include "http/metrics/session_metrics.h"
#include "http/routes/session_names.h"

namespace warren::http::metrics {

namespace {

// Takes so many samples from what may still be shown; false if they are too many.
bool take(Snapshot& snapshot, std::size_t samples) {
    if (snapshot.samples_left < samples) return false;
    snapshot.samples_left -= samples;
    return true;
}

void list_queues(const broker::Vhost& vhost, const std::string& in_vhost, Snapshot& snapshot,
                 std::vector<broker::QueueAddress>& addresses) {
    for (const auto& queue : vhost.queues) {
        if (queue->is_delay_queue()) continue;
        if (!take(snapshot, samples_per_queue(queue->type))) {
            ++snapshot.left_out;
            continue;
        }
        snapshot.queues.push_back({joined(in_vhost, label("queue", queue->name)), queue->type, {}});
        addresses.push_back({queue->id(), queue->shard});
    }
}

void list_bindings(const broker::Vhost& vhost, const std::string& in_vhost, Snapshot& snapshot) {
    for (const auto& exchange : vhost.exchanges) {
        if (exchange->is_default()) continue;
        std::string labels = joined(in_vhost, label("exchange", exchange->name));
        labels = joined(labels, label("type", exchange->type->name));
        snapshot.exchanges.push_back({std::move(labels), exchange->outbound.size()});
    }
}

using ExchangeNames = std::unordered_map<broker::ExchangeId, std::string_view>;

ExchangeNames exchange_names(const broker::Topology& topology) {
    ExchangeNames names;
    for (const auto& vhost : topology.vhosts())
        for (const auto& exchange : vhost->exchanges)
            names.emplace(exchange->id(), exchange->name);
    return names;
}

void list_flows(const broker::Topology& topology, const ExchangeNames& names,
                const session::ChannelReport& channel, const std::string& labels,
                Snapshot& snapshot) {
    const std::string& vhost = channel.facts->vhost;
    for (const auto& flow : channel.flows) {
        const auto name = names.find(flow.exchange);
        if (name == names.end()) continue;
        snapshot.channel_exchanges.push_back(
            {joined(labels, joined(label("vhost", vhost), label("exchange", name->second))),
             flow.counters});
        const std::string from =
            joined(label("exchange_vhost", vhost), label("exchange", name->second));
        for (const auto& [id, copies] : flow.copies) {
            const auto* queue = topology.find_queue(id);
            if (queue == nullptr) continue;
            const std::string to =
                joined(label("queue_vhost", queue->vhost->name), label("queue", queue->name));
            snapshot.channel_ways.push_back({joined(labels, joined(to, from)), copies});
        }
    }
    for (const auto& [id, counters] : channel.deliveries)
        if (const auto* queue = topology.find_queue(id); queue != nullptr)
            snapshot.channel_queues.push_back(
                {joined(labels, joined(label("vhost", vhost), label("queue", queue->name))),
                 counters});
}

}  // namespace

bool Selection::takes(std::string_view vhost) const {
    return vhosts.empty() || std::ranges::find(vhosts, vhost) != vhosts.end();
}

std::vector<broker::QueueAddress> list_objects(const Api& api, const Selection& selection,
                                               Snapshot& snapshot) {
    std::vector<broker::QueueAddress> addresses;
    for (const auto& vhost : api.topology().vhosts()) {
        if (!selection.takes(vhost->name)) continue;
        const std::string in_vhost = label("vhost", vhost->name);
        snapshot.vhosts.push_back(in_vhost);
        list_bindings(*vhost, in_vhost, snapshot);
        if (selection.queues) list_queues(*vhost, in_vhost, snapshot, addresses);
    }
    return addresses;
}

void list_sessions(const Api& api, const Selection& selection,
                   std::vector<session::ConnectionReport> connections,
                   std::vector<session::ChannelReport> channels, Snapshot& snapshot) {
    for (auto& connection : connections) {
        if (!selection.takes(connection.facts->vhost)) continue;
        if (!take(snapshot, samples_per_connection())) {
            ++snapshot.others_left_out;
            continue;
        }
        std::string labels = label("channel", process_name(api, connection.facts->id, 0));
        snapshot.connections.push_back({std::move(labels), std::move(connection)});
    }
    const ExchangeNames names = exchange_names(api.topology());
    for (auto& channel : channels) {
        if (!selection.takes(channel.facts->vhost)) continue;
        if (!take(snapshot, samples_of(channel))) {
            ++snapshot.others_left_out;
            continue;
        }
        std::string labels =
            label("channel", process_name(api, channel.facts->id, channel.id.value));
        list_flows(api.topology(), names, channel, labels, snapshot);
        snapshot.channels.push_back({std::move(labels), std::move(channel)});
    }
}

void list_exchanges(const Api& api, const Selection& selection, const ExchangeReports& reports,
                    Snapshot& snapshot) {
    for (const auto& vhost : api.topology().vhosts()) {
        if (!selection.takes(vhost->name)) continue;
        const std::string in_vhost = label("vhost", vhost->name);
        for (const auto& exchange : vhost->exchanges) {
            const ExchangeReport* report = reports.find(exchange->id());
            if (report == nullptr) continue;
            if (!take(snapshot, samples_of(*report))) {
                ++snapshot.others_left_out;
                continue;
            }
            const std::string labels = joined(in_vhost, label("exchange", exchange->name));
            snapshot.exchange_traffic.push_back({labels, report->counters});
            for (const auto& [id, copies] : report->copies)
                if (const auto* queue = api.topology().find_queue(id); queue != nullptr)
                    snapshot.exchange_ways.push_back(
                        {joined(labels, label("queue", queue->name)), copies});
        }
    }
}

void list_logins(const auth::LoginsBySource& logins, Snapshot& snapshot) {
    for (const auto& [source, counts] : logins) {
        if (!take(snapshot, samples_per_login_source)) {
            ++snapshot.others_left_out;
            continue;
        }
        const std::string who = joined(label("remote_address", source.remote_address),
                                       label("username", source.username));
        snapshot.logins.push_back({joined(who, label("protocol", source.protocol)), counts});
    }
}

}  // namespace warren::http::metrics
