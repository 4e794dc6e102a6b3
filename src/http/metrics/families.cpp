#include "http/metrics/families.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/topology/topology.h"
#include "http/metrics/node_metrics.h"
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
constexpr std::string_view own_prefix = "warrenmq_";

bool is_wanted(const std::vector<std::string>& vhosts, const broker::Vhost& vhost) {
    return vhosts.empty() || std::ranges::find(vhosts, vhost.name) != vhosts.end();
}

// The rows of queues without their figures, and whom to ask for these.
std::vector<broker::QueueAddress> list_queues(const Api& api,
                                              const std::vector<std::string>& vhosts,
                                              Snapshot& snapshot) {
    const std::uint64_t rows_max = api.settings().metrics.samples_max / samples_per_queue();
    std::vector<broker::QueueAddress> addresses;
    for (const auto& vhost : api.topology().vhosts()) {
        if (!is_wanted(vhosts, *vhost)) continue;
        const std::string in_vhost = label("vhost", vhost->name);
        for (const auto& queue : vhost->queues) {
            if (queue->is_delay_queue()) continue;
            if (addresses.size() == rows_max) {
                ++snapshot.left_out;
                continue;
            }
            snapshot.queues.push_back(
                {joined(in_vhost, label("queue", queue->name)), queue->type, {}});
            addresses.push_back({queue->id(), queue->shard});
        }
    }
    return addresses;
}

void list_others(const Api& api, const std::vector<std::string>& vhosts, Snapshot& snapshot) {
    for (const auto& vhost : api.topology().vhosts()) {
        if (!is_wanted(vhosts, *vhost)) continue;
        const std::string in_vhost = label("vhost", vhost->name);
        snapshot.vhosts.push_back(in_vhost);
        for (const auto& exchange : vhost->exchanges) {
            if (exchange->is_default()) continue;
            std::string labels = joined(in_vhost, label("exchange", exchange->name));
            labels = joined(labels, label("type", exchange->type->name));
            snapshot.exchanges.push_back({std::move(labels), exchange->outbound.size()});
        }
    }
}

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
    exposition.set_prefix(std::string(own_prefix));
    exposition.add(left_out, snapshot->left_out);
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
    {"connection_churn_metrics", plain<add_connection_churn_metrics>},
    {"node_coarse_metrics", plain<add_node_coarse_metrics>},
    {"node_metrics", [](Exposition& exposition, const SnapshotRef& snapshot,
                        Api& api) { add_node_metrics(exposition, snapshot, api); }},
    {"node_persister_metrics", plain<add_node_persister_metrics>},
    {"auth_attempt_metrics", [](Exposition& exposition, const SnapshotRef&,
                                Api& api) { add_auth_attempt_metrics(exposition, api); }},
    {"queue_coarse_metrics", plain<add_queue_coarse_metrics>},
    {"queue_consumer_count", plain<add_queue_consumer_count>},
    {"queue_metrics", plain<add_queue_metrics>},
    {"queue_delivery_metrics", plain<add_queue_delivery_metrics>},
    {"queue_fate_metrics", plain<add_queue_fate_metrics>, "warrenmq_detailed_"},
    {"queue_age_metrics", plain<add_queue_ages>, "warrenmq_detailed_"},
    {"vhost_status", plain<add_vhost_status>, "rabbitmq_cluster_"},
    {"exchange_bindings", plain<add_exchange_bindings>, "rabbitmq_cluster_"},
    {"exchange_names", plain<add_exchange_names>, "rabbitmq_cluster_"},
};

}  // namespace

void gather_totals(Api& api, Gathered then) {
    api.reports().survey_sums(
        Instant::never(), [&api, then = std::move(then)](NodeSums sums) mutable {
            auto snapshot = std::make_shared<Snapshot>();
            snapshot->sums = std::move(sums.queues);
            snapshot->total = snapshot->sums.total();
            snapshot->io = sums.io;
            snapshot->queue_count = count_queues(api);
            snapshot->gauges = api.gauges();
            snapshot->history_bytes = api.sampler().bytes();
            api.reports().survey_totals(
                [snapshot, then = std::move(then)](const std::vector<ShardTotals>& totals) mutable {
                    for (const ShardTotals& shard : totals) {
                        statistics::add_to(snapshot->traffic, shard.traffic);
                        snapshot->churn.created += shard.queues.created;
                        snapshot->churn.deleted += shard.queues.deleted;
                    }
                    snapshot->gauges.connections = snapshot->traffic.connections_open();
                    then(std::move(snapshot));
                });
        });
}

void gather_objects(Api& api, const std::vector<std::string>& vhosts, Gathered then) {
    gather_totals(api, [&api, vhosts, then = std::move(then)](const SnapshotRef& totals) mutable {
        auto snapshot = std::make_shared<Snapshot>(*totals);
        snapshot->per_object = true;
        list_others(api, vhosts, *snapshot);
        auto queues = list_queues(api, vhosts, *snapshot);
        std::vector<QueueId> ids;
        for (const auto& queue : queues)
            ids.push_back(queue.queue);
        api.reports().survey_queues(
            std::move(queues), [snapshot, ids = std::move(ids),
                                then = std::move(then)](const QueueReports& reports) mutable {
                for (std::size_t row = 0; row < ids.size(); ++row)
                    if (const auto found = reports.find(ids[row]); found != reports.end())
                        snapshot->queues[row].stats = found->second;
                then(std::move(snapshot));
            });
    });
}

std::shared_ptr<Exposition> all_families(Api& api, const SnapshotRef& snapshot,
                                         std::string_view endpoint) {
    auto exposition = std::make_shared<Exposition>("rabbitmq_");
    add_connection_churn_metrics(*exposition, snapshot);
    add_node_coarse_metrics(*exposition, snapshot);
    add_node_metrics(*exposition, snapshot, api);
    add_node_persister_metrics(*exposition, snapshot);
    add_auth_attempt_metrics(*exposition, api);
    add_queue_coarse_metrics(*exposition, snapshot);
    add_queue_metrics(*exposition, snapshot);
    add_queue_delivery_metrics(*exposition, snapshot);
    if (snapshot->per_object)
        add_queue_info(*exposition, snapshot);
    else
        add_channel_totals(*exposition, snapshot);
    add_object_counts(*exposition, snapshot);
    add_identity(*exposition, api, endpoint);
    add_global_metrics(*exposition, snapshot);
    add_global_traffic(*exposition, snapshot);
    add_alarms(*exposition, api);
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
    const bool shows_queues = std::ranges::any_of(
        names, [](const std::string& name) { return name.starts_with("queue_"); });
    exposition->set_prefix("rabbitmq_detailed_");
    if (shows_queues) add_queue_info(*exposition, snapshot);
    exposition->set_prefix("rabbitmq_");
    add_identity(*exposition, api, "detailed");
    add_left_out(*exposition, snapshot, "rabbitmq_");
    return exposition;
}

}  // namespace warren::http::metrics
