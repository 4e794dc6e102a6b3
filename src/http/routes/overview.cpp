// /api/overview and the small resources that say who and what the node is.
#include <fmt/format.h>

#include "broker/exchange/exchange_types.h"
#include "broker/topology/topology.h"
#include "http/access.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"
#include "http/routes/traffic_json.h"
#include "http/statistics/rates.h"
#include "http/statistics/rows.h"
#include "http/statistics/traffic_sums.h"

namespace warren::http::routes {

namespace {

json::array listeners_of(const NodeFacts& facts) {
    json::array list;
    for (const auto& listener : facts.listeners)
        list.push_back(json::object{{"node", facts.node_name},
                                    {"protocol", listener.protocol},
                                    {"ip_address", listener.address},
                                    {"port", listener.port},
                                    {"socket_opts", json::object()},
                                    {"tls", listener.tls}});
    return list;
}

struct ObjectCounts {
    std::uint64_t exchanges = 0;
    std::uint64_t queues = 0;
};

ObjectCounts count_objects(const Call& call) {
    ObjectCounts counts;
    for (const auto& vhost : call.api().topology().vhosts()) {
        if (!sees_vhost(call, vhost->name)) continue;
        counts.exchanges += vhost->exchanges.size();
        counts.queues += vhost->queues.size() - vhost->delay_queues;
    }
    return counts;
}

json::array lengths_of(const statistics::Retention& retention) {
    json::array lengths;
    for (const auto& level : retention)
        lengths.push_back(level.length_s);
    return lengths;
}

json::object describe_node(const Call& call) {
    const Api& api = call.api();
    const NodeFacts& facts = api.facts();
    const ApiSettings& settings = api.settings();
    const ObjectCounts counts = count_objects(call);
    return {
        {"management_version", facts.compatible_version},
        {"rates_mode", settings.rates_mode},
        {"sample_retention_policies",
         json::object{{"global", lengths_of(settings.retention.global)},
                      {"basic", lengths_of(settings.retention.basic)},
                      {"detailed", lengths_of(settings.retention.detailed)}}},
        {"exchange_types", exchange_types_json()},
        {"product_version", facts.compatible_version},
        {"product_name", facts.product_name},
        {"rabbitmq_version", facts.compatible_version},
        {"warrenmq_version", facts.product_version},
        {"cluster_name", api.cluster_name()},
        {"cluster_tags", json::object()},
        {"node_tags", json::object()},
        {"erlang_version", ""},
        {"erlang_full_version", ""},
        {"crypto_lib_version", crypto_library_version()},
        {"disable_stats", !settings.statistics},
        {"default_queue_type", broker::name_of(facts.default_queue_type)},
        {"is_op_policy_updating_enabled", true},
        {"enable_queue_totals", settings.queue_totals},
        {"require_definition_json_extension", false},
        {"object_totals", json::object{{"exchanges", counts.exchanges}, {"queues", counts.queues}}},
        {"statistics_db_event_queue", 0},
        {"node", facts.node_name},
        {"listeners", listeners_of(facts)},
        {"contexts", contexts_json(api)}};
}

// Of the whole node; who may not see all of it sees the queues of the vhosts that are open to him.
void add_totals(const Call& call, const NodeSums& sums, const std::vector<ShardTotals>& totals,
                json::object& object) {
    const session::SessionTraffic traffic = statistics::sum_of_traffic(totals);
    const statistics::Sampler& sampler = call.api().sampler();
    const bool sees_all = may_monitor(call.user());
    broker::QueueStats held;
    for (const auto& [vhost, stats] : sums.queues.by_vhost)
        if (sees_vhost(call, vhost)) broker::add_to(held, stats);
    const auto* history = sees_all ? &sampler.of_messages() : nullptr;
    const auto row = sees_all ? statistics::total_row(held, traffic) : statistics::total_row(held);
    const statistics::Rates lengths(sampler, history, row, statistics::ages_of(call, "lengths"));
    const statistics::Rates rates(sampler, history, row, statistics::ages_of(call, "msg_rates"));
    json::object queue_totals;
    statistics::add_lengths(queue_totals, lengths);
    object["queue_totals"] = std::move(queue_totals);
    object["message_stats"] =
        shows_message_stats(call.api()) ? statistics::message_stats_of_all(rates) : json::object();
    const statistics::Rates churn(
        sampler, &sampler.of_churn(),
        statistics::churn_row(traffic, statistics::sum_of_queue_counts(totals)),
        statistics::ages_of(call, "msg_rates"));
    object["churn_rates"] = statistics::churn_rates(churn);
    json::object& objects = object["object_totals"].as_object();
    objects["consumers"] = held.consumers;
    objects["connections"] = traffic.connections_open();
    objects["channels"] = traffic.channels_open();
}

}  // namespace

void get_overview(const CallRef& call) {
    call->api().sampler().note_asked();
    if (!call->api().settings().statistics) return respond_object(call, describe_node(*call));
    call->api().reports().survey_sums([call](NodeSums sums) {
        call->api().reports().survey_totals(
            [call, sums = std::move(sums)](const std::vector<ShardTotals>& totals) {
                auto object = describe_node(*call);
                add_totals(*call, sums, totals, object);
                respond_object(call, std::move(object));
            });
    });
}

void get_version(const CallRef& call) {
    call->respond_json(json::value(call->api().facts().compatible_version));
}

void get_extensions(const CallRef& call) {
    call->respond_json(json::array{json::object{{"javascript", "dispatcher.js"}}});
}

void get_whoami(const CallRef& call) {
    call->respond_json(json::object{{"name", call->user().username},
                                    {"tags", to_json(call->user().tags)},
                                    {"is_internal_user", true}});
}

}  // namespace warren::http::routes
