#include "http/metrics/families.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/pattern.h"
#include "broker/topology/topology.h"
#include "http/metrics/node_metrics.h"
#include "http/metrics/raft_metrics.h"
#include "http/metrics/session_metrics.h"
#include "http/metrics/traffic_metrics.h"
#include "http/statistics/traffic_sums.h"

namespace warren::http::metrics {

namespace {

constexpr Metric vhost_status{"vhost_status", Kind::gauge, "1 for each vhost that is served"};
constexpr Metric exchange_bindings{"exchange_bindings", Kind::gauge,
                                   "Bindings that lead away from the exchange"};
constexpr Metric exchange_name{"exchange_name", Kind::gauge, "1 for each exchange"};
constexpr Metric left_out{"metrics_queues_left_out", Kind::gauge,
                          "Queues that are not shown because there would be too many samples"};
constexpr Metric others_left_out{
    "metrics_objects_left_out", Kind::gauge,
    "Connections, channels and exchanges that are not shown because there would be too many"};
constexpr std::string_view own_prefix = "warrenmq_";

std::uint64_t count_queues(const Api& api) {
    std::uint64_t count = 0;
    for (const auto& vhost : api.topology().vhosts())
        count += vhost->queues.size() - vhost->delay_queues;
    return count;
}

// What the guard has left out is said, never hidden.
void add_left_out(Exposition& exposition, const SnapshotRef& snapshot, std::string prefix) {
    if (snapshot->left_out != 0)
        exposition.add_comment(
            fmt::format("{} queues are left out: prometheus.max_samples", snapshot->left_out));
    if (snapshot->others_left_out != 0)
        exposition.add_comment(fmt::format("{} other objects are left out: prometheus.max_samples",
                                           snapshot->others_left_out));
    exposition.set_prefix(std::string(own_prefix));
    exposition.add(left_out, snapshot->left_out);
    exposition.add(others_left_out, snapshot->others_left_out);
    exposition.set_prefix(std::move(prefix));
}

void add_vhost_status(Exposition& exposition, const SnapshotRef& snapshot) {
    exposition.add(
        vhost_status, snapshot->vhosts.size(),
        [snapshot](Samples& samples, std::size_t row) { samples.write(snapshot->vhosts[row], 1); });
}

void add_exchange_bindings(Exposition& exposition, const SnapshotRef& snapshot) {
    exposition.add(exchange_bindings, snapshot->exchanges.size(),
                   [snapshot](Samples& samples, std::size_t row) {
                       const ExchangeRow& exchange = snapshot->exchanges[row];
                       samples.write(exchange.labels, exchange.bindings);
                   });
}

void add_exchange_names(Exposition& exposition, const SnapshotRef& snapshot) {
    exposition.add(exchange_name, snapshot->exchanges.size(),
                   [snapshot](Samples& samples, std::size_t row) {
                       samples.write(snapshot->exchanges[row].labels, 1);
                   });
}

// What /metrics/detailed can be asked for.
struct Family {
    std::string_view name;
    void (*add)(Exposition& exposition, const SnapshotRef& snapshot, Api& api);
    std::string_view prefix = "rabbitmq_detailed_";
};

template <void (*Add)(Exposition&, const SnapshotRef&)>
void plain(Exposition& exposition, const SnapshotRef& snapshot, Api&) {
    Add(exposition, snapshot);
}

constexpr Family families[] = {
    {"connection_coarse_metrics", plain<add_connection_coarse_metrics>},
    {"connection_metrics", plain<add_connection_metrics>},
    {"channel_metrics", plain<add_channel_metrics>},
    {"channel_process_metrics", plain<add_channel_process_metrics>},
    {"channel_exchange_metrics", plain<add_channel_exchange_metrics>},
    {"channel_queue_metrics", plain<add_channel_queue_metrics>},
    {"channel_queue_exchange_metrics", plain<add_channel_queue_exchange_metrics>},
    {"exchange_metrics", plain<add_exchange_metrics>},
    {"queue_exchange_metrics", plain<add_queue_exchange_metrics>},
    {"connection_churn_metrics", plain<add_connection_churn_metrics>},
    {"node_coarse_metrics", plain<add_node_coarse_metrics>},
    {"node_metrics", [](Exposition& exposition, const SnapshotRef& snapshot,
                        Api& api) { add_node_metrics(exposition, snapshot, api); }},
    {"node_persister_metrics", plain<add_node_persister_metrics>},
    {"auth_attempt_metrics", add_auth_attempt_metrics},
    {"auth_attempt_detailed_metrics", plain<add_auth_attempt_detailed_metrics>},
    {"queue_coarse_metrics", plain<add_queue_coarse_metrics>},
    {"queue_consumer_count", plain<add_queue_consumer_count>},
    {"queue_metrics", plain<add_queue_metrics>},
    {"queue_delivery_metrics", plain<add_queue_delivery_metrics>},
    {"stream_consumer_metrics", plain<add_stream_consumer_metrics>},
    {"ra_metrics", plain<add_raft_metrics>},
    {"queue_fate_metrics", plain<add_queue_fate_metrics>, "warrenmq_detailed_"},
    {"queue_age_metrics", plain<add_queue_ages>, "warrenmq_detailed_"},
    {"vhost_status", plain<add_vhost_status>, "rabbitmq_cluster_"},
    {"exchange_bindings", plain<add_exchange_bindings>, "rabbitmq_cluster_"},
    {"exchange_names", plain<add_exchange_names>, "rabbitmq_cluster_"},
};

// The sum over queues is without those that are not to count in it: the others are asked one by
// one.
void leave_out_hidden(Api& api, std::shared_ptr<Snapshot> snapshot, Gathered then) {
    const std::string& text = api.settings().metrics.hidden_queues;
    const auto pattern = Pattern::compile(text);
    if (text.empty() || !pattern) return then(std::move(snapshot));
    std::vector<broker::QueueAddress> shown;
    for (const auto& vhost : api.topology().vhosts())
        for (const auto& queue : vhost->queues)
            if (!queue->is_delay_queue() && !pattern->matches(queue->name))
                shown.push_back({queue->id(), queue->shard});
    api.reports().survey_queues(std::move(shown),
                                [snapshot = std::move(snapshot),
                                 then = std::move(then)](const QueueReports& reports) mutable {
                                    snapshot->shown_total = {};
                                    for (const auto& [id, stats] : reports)
                                        broker::add_to(snapshot->shown_total, stats);
                                    then(std::move(snapshot));
                                });
}

void gather_sessions(Api& api, std::shared_ptr<Snapshot> snapshot, Gathered then) {
    api.reports().survey_sessions(
        session::Details::no, nullptr,
        [&api, snapshot = std::move(snapshot), then = std::move(then)](SessionSums sums) mutable {
            snapshot->sessions = std::move(sums);
            leave_out_hidden(api, std::move(snapshot), std::move(then));
        });
}

// Objects one by one: queues, then connections and channels, then exchanges, then logins.
struct Gathering {
    Api& api;
    const Selection selection;
    std::shared_ptr<Snapshot> snapshot;
    std::vector<session::ConnectionReport> connections;
    Gathered then;
};
using GatheringRef = std::shared_ptr<Gathering>;

void gather_logins(const GatheringRef& gathering) {
    if (!gathering->selection.logins) return gathering->then(gathering->snapshot);
    gathering->api.reports().survey_logins([gathering](const auth::LoginsBySource& logins) {
        list_logins(logins, *gathering->snapshot);
        gathering->then(gathering->snapshot);
    });
}

void gather_exchanges(const GatheringRef& gathering) {
    if (!gathering->selection.exchanges) return gather_logins(gathering);
    gathering->api.reports().survey_exchanges(
        session::Details::yes, [gathering](const ExchangeReports& reports) {
            list_exchanges(gathering->api, gathering->selection, reports, *gathering->snapshot);
            gather_logins(gathering);
        });
}

void gather_channels(const GatheringRef& gathering) {
    gathering->api.reports().survey_channels(
        session::Details::yes, [gathering](std::vector<session::ChannelReport> channels) {
            list_sessions(gathering->api, gathering->selection, std::move(gathering->connections),
                          std::move(channels), *gathering->snapshot);
            gather_exchanges(gathering);
        });
}

void gather_connections(const GatheringRef& gathering) {
    if (!gathering->selection.sessions) return gather_exchanges(gathering);
    gathering->api.reports().survey_connections(
        [gathering](std::vector<session::ConnectionReport> connections) {
            gathering->connections = std::move(connections);
            gather_channels(gathering);
        });
}

void gather_queues(const GatheringRef& gathering) {
    auto queues = list_objects(gathering->api, gathering->selection, *gathering->snapshot);
    std::vector<QueueId> ids;
    for (const auto& queue : queues)
        ids.push_back(queue.queue);
    gathering->api.reports().survey_queues(
        std::move(queues), [gathering, ids = std::move(ids)](const QueueReports& reports) {
            for (std::size_t row = 0; row < ids.size(); ++row)
                if (const auto found = reports.find(ids[row]); found != reports.end())
                    gathering->snapshot->queues[row].stats = found->second;
            gather_connections(gathering);
        });
}

// Each channel, connection and exchange, and what went from one to another.
void add_sessions(Exposition& exposition, const SnapshotRef& snapshot) {
    add_channel_metrics(exposition, snapshot);
    add_channel_exchange_metrics(exposition, snapshot);
    add_channel_process_metrics(exposition, snapshot);
    add_channel_queue_metrics(exposition, snapshot);
    add_connection_coarse_metrics(exposition, snapshot);
    add_connection_metrics(exposition, snapshot);
    add_channel_queue_exchange_metrics(exposition, snapshot);
    add_exchange_metrics(exposition, snapshot);
    add_queue_exchange_metrics(exposition, snapshot);
}

}  // namespace

void gather_totals(Api& api, Gathered then) {
    api.reports().survey_sums([&api, then = std::move(then)](NodeSums sums) mutable {
        auto snapshot = std::make_shared<Snapshot>();
        snapshot->sums = std::move(sums.queues);
        snapshot->total = snapshot->sums.total();
        snapshot->shown_total = snapshot->total;
        snapshot->queue_count = count_queues(api);
        snapshot->gauges = api.gauges();
        snapshot->history_bytes = api.sampler().bytes();
        api.reports().survey_totals([&api, snapshot, then = std::move(then)](
                                        const std::vector<ShardTotals>& totals) mutable {
            snapshot->traffic = statistics::sum_of_traffic(totals);
            snapshot->queue_counts = statistics::sum_of_queue_counts(totals);
            for (const ShardTotals& shard : totals)
                snapshot->log.add(shard.log);
            snapshot->gauges.connections += snapshot->traffic.connections_open();
            gather_sessions(api, std::move(snapshot), std::move(then));
        });
    });
}

Selection selection_for(const std::vector<std::string>& names, std::vector<std::string> vhosts) {
    const auto any_has = [&](std::string_view word) {
        return std::ranges::any_of(names, [word](const std::string& name) {
            return name.find(word) != std::string::npos;
        });
    };
    return {.vhosts = std::move(vhosts),
            .queues = any_has("queue_") || any_has("stream_consumer_") || any_has("ra_metrics"),
            .sessions = any_has("channel_") || any_has("connection_"),
            .exchanges = any_has("exchange_metrics"),
            .logins = any_has("auth_attempt_detailed_metrics")};
}

void gather_objects(Api& api, Selection selection, Gathered then) {
    gather_totals(api, [&api, selection = std::move(selection),
                        then = std::move(then)](const SnapshotRef& totals) mutable {
        auto gathering = std::make_shared<Gathering>(Gathering{
            api, std::move(selection), std::make_shared<Snapshot>(*totals), {}, std::move(then)});
        gathering->snapshot->per_object = true;
        gathering->snapshot->samples_left = api.settings().metrics.samples_max;
        gather_queues(std::move(gathering));
    });
}

std::shared_ptr<Exposition> all_families(Api& api, const SnapshotRef& snapshot,
                                         std::string_view endpoint) {
    auto exposition = std::make_shared<Exposition>("rabbitmq_");
    add_connection_churn_metrics(*exposition, snapshot);
    add_node_coarse_metrics(*exposition, snapshot);
    add_node_metrics(*exposition, snapshot, api);
    add_node_persister_metrics(*exposition, snapshot);
    add_auth_attempt_metrics(*exposition, snapshot, api);
    add_queue_coarse_metrics(*exposition, snapshot);
    add_queue_metrics(*exposition, snapshot);
    add_queue_delivery_metrics(*exposition, snapshot);
    add_stream_consumer_metrics(*exposition, snapshot);
    add_raft_metrics(*exposition, snapshot);
    if (snapshot->per_object) {
        add_auth_attempt_detailed_metrics(*exposition, snapshot);
        add_sessions(*exposition, snapshot);
        add_queue_info(*exposition, snapshot);
    } else {
        add_channel_totals(*exposition, snapshot);
    }
    add_object_counts(*exposition, snapshot);
    add_identity(*exposition, api, endpoint);
    add_global_metrics(*exposition, snapshot);
    add_global_traffic(*exposition, snapshot);
    add_alarms(*exposition, snapshot, api);
    exposition->set_prefix(std::string(own_prefix));
    add_queue_fate_metrics(*exposition, snapshot);
    if (snapshot->per_object)
        add_queue_oldest_ages(*exposition, snapshot);
    else
        add_queue_ages(*exposition, snapshot);
    add_left_out(*exposition, snapshot, "rabbitmq_");
    return exposition;
}

std::shared_ptr<Exposition> some_families(Api& api, const SnapshotRef& snapshot,
                                          const std::vector<std::string>& names) {
    auto exposition = std::make_shared<Exposition>("rabbitmq_");
    for (const Family& family : families) {
        if (std::ranges::find(names, family.name) == names.end()) continue;
        // It is in queue_metrics too.
        if (family.name == "queue_consumer_count" &&
            std::ranges::find(names, "queue_metrics") != names.end())
            continue;
        exposition->set_prefix(std::string(family.prefix));
        family.add(*exposition, snapshot, api);
    }
    const bool shows_queues = std::ranges::any_of(names, [](const std::string& name) {
        return name.starts_with("queue_") && name != "queue_exchange_metrics";
    });
    exposition->set_prefix("rabbitmq_detailed_");
    if (shows_queues) add_queue_info(*exposition, snapshot);
    exposition->set_prefix("rabbitmq_");
    add_identity(*exposition, api, "detailed");
    add_left_out(*exposition, snapshot, "rabbitmq_");
    return exposition;
}

}  // namespace warren::http::metrics
