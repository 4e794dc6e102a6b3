// The table of contents of the API: every resource, in the order of RabbitMQ's documentation.
#include "http/router.h"
#include "http/routes/routes.h"

namespace warren::http {

using namespace routes;

namespace {

constexpr Resource resources[] = {
    {"overview", {.get = get_overview}},
    {"cluster-name", {.get = get_cluster_name}},
    {"version", {.get = get_version}, Need::nothing},
    {"extensions", {.get = get_extensions}},
    {"whoami", {.get = get_whoami}},
    {"nodes", {.get = list_nodes}, Need::monitoring},
    {"nodes/:node", {.get = get_node}, Need::monitoring},
    {"auth/attempts/:node",
     {.get = list_auth_attempts, .del = reset_auth_attempts},
     Need::monitoring,
     Need::administrator},
    {"auth/hash_password/:password", {.get = hash_password}, Need::administrator},

    {"vhosts", {.get = list_vhosts}},
    {"vhosts/:vhost",
     {.get = get_vhost, .put = put_vhost, .del = delete_vhost},
     Need::administrator,
     Need::administrator},
    {"vhosts/:vhost/permissions", {.get = list_vhost_permissions}, Need::administrator},
    {"vhosts/:vhost/topic-permissions", {.get = list_vhost_topic_permissions}, Need::administrator},
    {"vhost-limits", {.get = list_vhost_limits}},
    {"vhost-limits/:vhost", {.get = list_vhost_limits}, Need::visible_vhost},
    {"vhost-limits/:vhost/:name",
     {.put = put_vhost_limit, .del = delete_vhost_limit},
     Need::administrator,
     Need::administrator,
     true},

    {"users", {.get = list_users}, Need::administrator},
    {"users/without-permissions", {.get = list_users_without_permissions}, Need::administrator},
    {"users/bulk-delete", {.post = delete_users}, Need::administrator},
    {"users/:user", {.get = get_user, .put = put_user, .del = delete_user}, Need::administrator},
    {"users/:user/permissions", {.get = list_user_permissions}, Need::administrator},
    {"users/:user/topic-permissions", {.get = list_user_topic_permissions}, Need::administrator},
    {"user-limits", {.get = list_user_limits}},
    {"user-limits/:user", {.get = list_user_limits}},
    {"user-limits/:user/:name",
     {.put = put_user_limit, .del = delete_user_limit},
     Need::administrator,
     Need::administrator,
     true},
    {"permissions", {.get = list_permissions}, Need::administrator},
    {"permissions/:vhost/:user",
     {.get = get_permission, .put = put_permission, .del = delete_permission},
     Need::administrator},
    {"topic-permissions", {.get = list_topic_permissions}, Need::administrator},
    {"topic-permissions/:vhost/:user",
     {.get = get_topic_permission, .put = put_topic_permission, .del = delete_topic_permission},
     Need::administrator},

    {"definitions", {.get = get_definitions}, Need::administrator},
    {"definitions/:vhost", {.get = get_vhost_definitions}, Need::administrator},

    {"policies", {.get = list_policies}},
    {"policies/:vhost", {.get = list_policies}, Need::visible_vhost},
    {"policies/:vhost/:name",
     {.get = get_policy, .put = put_policy, .del = delete_policy},
     Need::policy_vhost},
    {"operator-policies", {.get = list_operator_policies}},
    {"operator-policies/:vhost", {.get = list_operator_policies}, Need::visible_vhost},
    {"operator-policies/:vhost/:name",
     {.get = get_operator_policy, .put = put_operator_policy, .del = delete_operator_policy},
     Need::administrator},

    {"exchanges", {.get = list_exchanges}},
    {"exchanges/:vhost", {.get = list_exchanges}, Need::visible_vhost},
    {"exchanges/:vhost/:exchange",
     {.get = get_exchange, .put = put_exchange, .del = delete_exchange},
     Need::vhost},
    {"exchanges/:vhost/:exchange/publish", {.post = publish}, Need::vhost},
    {"exchanges/:vhost/:exchange/bindings/source", {.get = list_source_bindings}, Need::vhost},
    {"exchanges/:vhost/:exchange/bindings/destination",
     {.get = list_destination_bindings},
     Need::vhost},

    {"queues", {.get = list_queues}},
    {"queues/detailed", {.get = list_queues}},
    {"queues/:vhost", {.get = list_queues}, Need::visible_vhost},
    {"queues/:vhost/:queue",
     {.get = get_queue, .put = put_queue, .del = delete_queue},
     Need::vhost},
    {"queues/:vhost/:queue/bindings", {.get = list_queue_bindings}, Need::vhost},
    {"queues/:vhost/:queue/contents", {.del = purge_queue}, Need::vhost},
    {"queues/:vhost/:queue/get", {.post = get_messages}, Need::vhost},
    {"queues/:vhost/:queue/actions", {.post = act_on_queue}, Need::vhost, Need::administrator},
    {"rebalance/queues", {.post = rebalance_queues}, Need::administrator},

    {"bindings", {.get = list_bindings}},
    {"bindings/:vhost", {.get = list_bindings}, Need::visible_vhost},
    {"bindings/:vhost/e/:source/:kind/:destination",
     {.get = list_bindings_between, .post = bind},
     Need::vhost},
    {"bindings/:vhost/e/:source/:kind/:destination/:key",
     {.get = get_binding, .del = unbind},
     Need::vhost},

    {"health/checks/alarms", {.get = check_alarms}},
    {"health/checks/local-alarms", {.get = check_alarms}},
    {"health/checks/virtual-hosts", {.get = check_health}},
    {"health/checks/metadata-store/initialized", {.get = check_health}},
    {"health/checks/metadata-store/initialized/with-data", {.get = check_health}},
    {"health/checks/certificate-expiration/:within/:unit", {.get = check_certificates}},
    {"health/checks/port-listener/:port", {.get = check_port_listener}},
    {"health/checks/protocol-listener/:protocols", {.get = check_protocol_listener}},
    {"health/checks/node-is-quorum-critical", {.get = check_quorum_critical}},
    {"health/checks/quorum-queues-without-elected-leaders/all-vhosts", {.get = check_health}},
    {"health/checks/quorum-queues-without-elected-leaders/vhost/:vhost", {.get = check_health}},
    {"health/checks/quorum-queues-without-elected-leaders/all-vhosts/pattern/:pattern",
     {.get = check_health}},
    {"health/checks/quorum-queues-without-elected-leaders/vhost/:vhost/pattern/:pattern",
     {.get = check_health}},
    {"health/checks/is-in-service", {.get = check_health}, Need::nothing},
    {"health/checks/below-node-connection-limit", {.get = check_health}, Need::nothing},
    {"health/checks/ready-to-serve-clients", {.get = check_health}, Need::nothing},
    {"health/checks/reached-target-cluster-size", {.get = check_health}, Need::nothing},
    {"healthchecks/node", {.get = check_node}},
    {"healthchecks/node/:node", {.get = check_node}},
    {"aliveness-test/:vhost", {.get = check_aliveness}, Need::vhost},

    {"feature-flags", {.get = list_feature_flags}},
    {"feature-flags/:name/enable", {.put = enable_feature_flag}, Need::administrator},
    {"deprecated-features", {.get = list_deprecated_features}},
    {"deprecated-features/used", {.get = list_deprecated_features_used}},
};

}  // namespace

std::span<const Resource> resource_table() {
    return resources;
}

}  // namespace warren::http
