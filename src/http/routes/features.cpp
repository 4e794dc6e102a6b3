// /api/feature-flags and /api/deprecated-features: what a current RabbitMQ with everything enabled
// answers. Tools look here before they use something.
#include <algorithm>

#include "broker/topology/topology.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

struct Flag {
    std::string_view name;
    bool required;
    std::string_view provided_by = "rabbit";
};

constexpr Flag flags[] = {
    {"classic_mirrored_queue_version", true},
    {"classic_queue_type_delivery_support", true},
    {"detailed_queues_endpoint", true, "rabbitmq_management"},
    {"direct_exchange_routing_v2", true},
    {"drop_unroutable_metric", true, "rabbitmq_management_agent"},
    {"empty_basic_get_metric", true, "rabbitmq_management_agent"},
    {"feature_flags_v2", true},
    {"implicit_default_bindings", true},
    {"khepri_db", true},
    {"listener_records_in_ets", true},
    {"maintenance_mode_status", true},
    {"message_containers", true},
    {"message_containers_deaths_v2", true},
    {"quorum_queue", true},
    {"quorum_queue_non_voters", true},
    {"rabbit_exchange_type_local_random", true},
    {"rabbitmq_4.0.0", true},
    {"rabbitmq_4.1.0", true},
    {"rabbitmq_4.2.0", true},
    {"rabbitmq_4.3.0", false},
    {"restart_streams", true},
    {"stream_filtering", true},
    {"stream_queue", true},
    {"stream_sac_coordinator_unblock_group", true},
    {"stream_single_active_consumer", true},
    {"stream_update_config_command", true},
    {"tie_binding_to_dest_with_keep_while_cond", false},
    {"topic_binding_projection_v4", false},
    {"topic_binding_projection_v5", false},
    {"track_qq_members_uids", false},
    {"tracking_records_in_ets", true},
    {"user_limits", true},
    {"virtual_host_metadata", true},
};

struct DeprecatedFeature {
    std::string_view name;
    std::string_view phase;
    bool permitted;
    std::string_view provided_by = "rabbit";
};

constexpr DeprecatedFeature deprecated[] = {
    {"queue_master_locator", "denied_by_default", false},
    {"global_qos", "permitted_by_default", true},
    {"amqp_filter_set_bug", "denied_by_default", false},
    {"amqp_address_v1", "denied_by_default", false},
    {"management_metrics_collection", "permitted_by_default", true, "rabbitmq_management_agent"},
    {"transient_nonexcl_queues", "permitted_by_default", true},
    {"classic_queue_mirroring", "removed", false},
    {"ram_node_type", "removed", false},
};

}  // namespace

void list_feature_flags(const CallRef& call) {
    json::array list;
    for (const Flag& flag : flags)
        list.push_back(json::object{{"name", flag.name},
                                    {"desc", ""},
                                    {"doc_url", ""},
                                    {"state", "enabled"},
                                    {"stability", flag.required ? "required" : "stable"},
                                    {"require_level", flag.required ? "hard" : "none"},
                                    {"experiment_level", "supported"},
                                    {"callbacks", json::array()},
                                    {"provided_by", flag.provided_by}});
    respond_list(call, std::move(list), {"name"});
}

// All are enabled already.
void enable_feature_flag(const CallRef& call) {
    if (std::ranges::find(flags, call->part("name"), &Flag::name) == std::end(flags))
        return call->refuse_bad("unsupported");
    call->respond_status(204);
}

void list_deprecated_features(const CallRef& call) {
    json::array list;
    for (const DeprecatedFeature& feature : deprecated)
        list.push_back(json::object{{"name", feature.name},
                                    {"desc", ""},
                                    {"doc_url", ""},
                                    {"state", feature.permitted ? "permitted" : "denied"},
                                    {"deprecation_phase", feature.phase},
                                    {"provided_by", feature.provided_by}});
    respond_list(call, std::move(list), {"name"});
}

// Transient queues that belong to nobody are one; more is not looked for.
void list_deprecated_features_used(const CallRef& call) {
    bool used = false;
    for (const auto& vhost : call->api().topology().vhosts())
        used = used || std::ranges::any_of(vhost->queues, [](const auto& queue) {
                   return !queue->durable && !queue->exclusive() && !queue->is_delay_queue();
               });
    json::array list;
    if (used)
        list.push_back(json::object{{"name", "transient_nonexcl_queues"},
                                    {"desc", ""},
                                    {"doc_url", ""},
                                    {"state", "permitted"},
                                    {"deprecation_phase", "permitted_by_default"},
                                    {"provided_by", "rabbit"}});
    respond_list(call, std::move(list), {"name"});
}

}  // namespace warren::http::routes
