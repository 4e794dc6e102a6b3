// /api/overview and the small resources that say who and what the node is.
#include <fmt/format.h>

#include "broker/exchange/exchange_types.h"
#include "broker/topology/topology.h"
#include "http/access.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

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

json::object describe_node(const Call& call) {
    const Api& api = call.api();
    const NodeFacts& facts = api.facts();
    const ApiSettings& settings = api.settings();
    const ObjectCounts counts = count_objects(call);
    return {
        {"management_version", facts.compatible_version},
        {"rates_mode", settings.rates_mode},
        {"sample_retention_policies",
         json::object{{"global", json::array{600, 3600, 28'800, 86'400}},
                      {"basic", json::array{600, 3600}},
                      {"detailed", json::array{600}}}},
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

// Of the queues in vhosts that the user sees.
void add_totals(const Call& call, const QueueReports& reports, json::object& object) {
    QueueTotals totals;
    std::uint64_t consumers = 0;
    for (const auto& [id, stats] : reports) {
        const auto* queue = call.api().topology().find_queue(id);
        if (queue == nullptr || queue->is_delay_queue() || !sees_vhost(call, queue->vhost->name))
            continue;
        totals.add(stats);
        consumers += stats.consumers;
    }
    object["queue_totals"] = totals.to_json();
    object["message_stats"] = totals.message_stats();
    object["object_totals"].as_object()["consumers"] = consumers;
}

}  // namespace

void get_overview(const CallRef& call) {
    call->api().reports().survey_all_queues([call](const QueueReports& reports) {
        auto object = describe_node(*call);
        add_totals(*call, reports, object);
        respond_object(call, std::move(object));
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
