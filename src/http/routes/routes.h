#pragma once
// The handlers of all resources, one file a resource. The table that leads to them is table.cpp.
#include "http/call.h"

namespace warren::http::routes {

// overview.cpp
void get_overview(const CallRef& call);
void get_version(const CallRef& call);
void get_extensions(const CallRef& call);
void get_whoami(const CallRef& call);

// vhosts.cpp
void list_vhosts(const CallRef& call);
void get_vhost(const CallRef& call);
void put_vhost(const CallRef& call);
void delete_vhost(const CallRef& call);
void start_vhost(const CallRef& call);
void protect_vhost(const CallRef& call);
void unprotect_vhost(const CallRef& call);
void list_vhost_permissions(const CallRef& call);
void list_vhost_topic_permissions(const CallRef& call);

// limits.cpp
void list_vhost_limits(const CallRef& call);
void put_vhost_limit(const CallRef& call);
void delete_vhost_limit(const CallRef& call);
void list_user_limits(const CallRef& call);
void put_user_limit(const CallRef& call);
void delete_user_limit(const CallRef& call);

// users.cpp
void list_users(const CallRef& call);
void list_users_without_permissions(const CallRef& call);
void delete_users(const CallRef& call);
void get_user(const CallRef& call);
void put_user(const CallRef& call);
void delete_user(const CallRef& call);
void hash_password(const CallRef& call);

// permissions.cpp
void list_permissions(const CallRef& call);
void list_user_permissions(const CallRef& call);
void get_permission(const CallRef& call);
void put_permission(const CallRef& call);
void delete_permission(const CallRef& call);
void list_topic_permissions(const CallRef& call);
void list_user_topic_permissions(const CallRef& call);
void get_topic_permission(const CallRef& call);
void put_topic_permission(const CallRef& call);
void delete_topic_permission(const CallRef& call);

// definitions.cpp
void get_definitions(const CallRef& call);
void get_vhost_definitions(const CallRef& call);
void post_definitions(const CallRef& call);
void post_vhost_definitions(const CallRef& call);

// login.cpp
void get_login_settings(const CallRef& call);
void log_in(const CallRef& call);
void log_out(const CallRef& call);

// node_memory.cpp
void get_node_memory(const CallRef& call);
void get_node_memory_relative(const CallRef& call);
void get_node_tables(const CallRef& call);

// parameters.cpp
void list_parameters(const CallRef& call);
void get_parameter(const CallRef& call);
void put_parameter(const CallRef& call);
void delete_parameter(const CallRef& call);
void list_global_parameters(const CallRef& call);
void get_global_parameter(const CallRef& call);
void put_global_parameter(const CallRef& call);
void delete_global_parameter(const CallRef& call);
void get_cluster_name(const CallRef& call);
void put_cluster_name(const CallRef& call);

// policies.cpp
void list_policies(const CallRef& call);
void get_policy(const CallRef& call);
void put_policy(const CallRef& call);
void delete_policy(const CallRef& call);
void list_operator_policies(const CallRef& call);
void get_operator_policy(const CallRef& call);
void put_operator_policy(const CallRef& call);
void delete_operator_policy(const CallRef& call);

// exchanges.cpp
void list_exchanges(const CallRef& call);
void get_exchange(const CallRef& call);
void put_exchange(const CallRef& call);
void delete_exchange(const CallRef& call);

// publish.cpp
void publish(const CallRef& call);

// queues.cpp, queue_changes.cpp, queue_get.cpp
void list_queues(const CallRef& call);
void get_queue(const CallRef& call);
void put_queue(const CallRef& call);
void delete_queue(const CallRef& call);
void purge_queue(const CallRef& call);
void get_messages(const CallRef& call);
void act_on_queue(const CallRef& call);
void rebalance_queues(const CallRef& call);

// quorum.cpp
void get_quorum_status(const CallRef& call);
void refuse_membership_change(const CallRef& call);

// explain.cpp
void explain_route(const CallRef& call);
void explain_queue(const CallRef& call);

// messages.cpp
void peek_messages(const CallRef& call);

// message_jobs.cpp
void move_messages(const CallRef& call);
void copy_messages(const CallRef& call);
void delete_messages(const CallRef& call);
void redrive_messages(const CallRef& call);
void list_message_jobs(const CallRef& call);
void get_message_job(const CallRef& call);
void cancel_message_job(const CallRef& call);

// bindings.cpp
void list_bindings(const CallRef& call);
void list_queue_bindings(const CallRef& call);
void list_source_bindings(const CallRef& call);
void list_destination_bindings(const CallRef& call);
void list_bindings_between(const CallRef& call);
void bind(const CallRef& call);
void get_binding(const CallRef& call);
void unbind(const CallRef& call);

// health.cpp
void check_alarms(const CallRef& call);
void check_vhosts(const CallRef& call);
void check_metadata_store(const CallRef& call);
void check_metadata_store_has_data(const CallRef& call);
void check_leaders(const CallRef& call);
void check_in_service(const CallRef& call);
void check_connection_limit(const CallRef& call);
void check_ready(const CallRef& call);
void check_cluster_size(const CallRef& call);
void check_port_listener(const CallRef& call);
void check_protocol_listener(const CallRef& call);
void check_certificates(const CallRef& call);
void get_certificates(const CallRef& call);
void get_message_sizes(const CallRef& call);
void check_quorum_critical(const CallRef& call);
void check_aliveness(const CallRef& call);
void check_node(const CallRef& call);

// node_control.cpp
void put_listeners(const CallRef& call);
void put_maintenance(const CallRef& call);
void put_node_limits(const CallRef& call);
void get_plugins(const CallRef& call);
void put_plugins(const CallRef& call);
void put_log_level(const CallRef& call);
void reopen_logs(const CallRef& call);
void stop_node(const CallRef& call);
void get_effective_config(const CallRef& call);
void reset_statistics(const CallRef& call);
void put_login_tracking(const CallRef& call);

// connections.cpp
void list_connections(const CallRef& call);
void delete_connections(const CallRef& call);
void get_connection(const CallRef& call);
void delete_connection(const CallRef& call);
void list_connection_channels(const CallRef& call);
void list_connection_sessions(const CallRef& call);
void list_user_connections(const CallRef& call);
void delete_user_connections(const CallRef& call);
void list_channels(const CallRef& call);
void get_channel(const CallRef& call);

// consumers.cpp
void list_consumers(const CallRef& call);

// nodes.cpp
void list_nodes(const CallRef& call);
void get_node(const CallRef& call);

// auth_attempts.cpp
void list_auth_attempts(const CallRef& call);
void list_auth_sources(const CallRef& call);
void reset_auth_attempts(const CallRef& call);

// traces.cpp
void list_traces(const CallRef& call);
void get_trace(const CallRef& call);
void put_trace(const CallRef& call);
void delete_trace(const CallRef& call);
void list_trace_files(const CallRef& call);
void get_trace_file(const CallRef& call);
void delete_trace_file(const CallRef& call);

// features.cpp
void list_feature_flags(const CallRef& call);
void enable_feature_flag(const CallRef& call);
void list_deprecated_features(const CallRef& call);
void list_deprecated_features_used(const CallRef& call);

}  // namespace warren::http::routes
