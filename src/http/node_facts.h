#pragma once
// What the API tells about the node itself, and how the API is to behave: plain values that whoever
// starts the node fills in. All but alarms, listeners and plugins stay as they are while it runs.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/password_hash.h"
#include "base/clock.h"
#include "base/disk_meter.h"
#include "broker/queue/queue_type.h"
#include "cluster/metadata_command.h"
#include "http/connection.h"
#include "http/statistics/retention.h"

namespace warren::http {

struct ListenerFact {
    std::string protocol;  // "amqp", "amqp/ssl", "http", "https"
    std::string address;
    unsigned port = 0;
    bool tls = false;
    // Of a TLS listener.
    std::string certificate_file;
    std::string authority_file;
};

// What changes from moment to moment, looked at when somebody asks.
struct NodeGauges {
    std::uint64_t memory_used_bytes = 0;
    std::uint64_t memory_limit_bytes = 0;
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t disk_limit_bytes = 0;
    std::uint64_t descriptors = 0;
    std::uint64_t descriptors_max = 0;
    std::uint64_t connections = 0;
    std::uint64_t threads = 0;
    std::uint64_t threads_max = 0;
    std::uint64_t threads_running = 0;   // or ready to run, but for the one that looks
    std::uint64_t code_bytes = 0;        // of the program, in memory
    std::uint64_t context_switches = 0;  // since the process started
    // Of data files, likewise.
    DiskCount reads;
    DiskCount writes;
    DiskCount syncs;
};

struct NodeFacts {
    std::string node_name;
    std::string cluster_name;
    // What clients go by, and what it is.
    std::string compatible_version;
    std::string product_name;
    std::string product_version;
    std::string data_folder;
    std::vector<std::string> config_files;
    // What they say, key by key, without secrets.
    std::vector<std::pair<std::string, std::string>> settings;
    std::vector<std::string> log_files;
    std::vector<std::string> auth_mechanisms;
    std::string enabled_plugins_file;
    std::vector<std::string> enabled_plugins;  // as the file lists them
    std::vector<std::string> running_plugins;  // of these those that there are, with dependencies
    std::vector<ListenerFact> listeners;
    broker::QueueType default_queue_type = broker::QueueType::classic;
    auth::HashingAlgorithm password_hashing = auth::HashingAlgorithm::sha256;
    cluster::VhostDefaults vhost_defaults;
    std::uint64_t connections_max = 0;  // 0: no limit
    std::uint64_t consumer_timeout_ms = 0;
    unsigned processors = 1;
    WallTime started;
};

// /metrics for Prometheus, on listeners of its own.
struct MetricsSettings {
    ConnectionLimits connections;
    std::string path = "/metrics";
    bool per_object = false;   // what /metrics itself shows
    bool needs_login = false;  // as for the API, with the tag monitoring
    bool compresses = true;    // where the client takes it
    // More are left out, and that is said.
    std::uint64_t samples_max = 5'000'000;
    // A pattern: such queues are left out of sums over queues; empty: none are.
    std::string hidden_queues;
};

struct ApiSettings {
    ConnectionLimits connections;
    std::string path_prefix;  // "/rabbit", or nothing
    std::string content_security_policy = "script-src 'self'; object-src 'self'";
    std::vector<std::pair<std::string, std::string>> extra_headers;
    std::vector<std::string> cors_origins;  // "*": all
    std::int64_t cors_max_age_s = 1800;
    bool hides_allow_header = false;
    bool basic_auth = true;
    // Of the control socket: has the resources that are the node's owner's alone.
    bool is_control = false;
    bool statistics = true;
    bool queue_totals = false;
    std::string rates_mode = "basic";
    statistics::RetentionPolicies retention;
    MetricsSettings metrics;
    // How who asks for a change has come here, for events and the audit log.
    std::string protocol = "http";
    // A refused login is answered so late: who tries many waits.
    std::int64_t refusal_delay_ms = 500;
};

// Where alarms begin.
struct ResourceLimits {
    std::uint64_t memory_bytes = 0;  // in use
    std::uint64_t disk_bytes = 0;    // free
    friend bool operator==(const ResourceLimits&, const ResourceLimits&) = default;
};

// What is wrong with the node's resources, as long as it is.
struct Alarms {
    bool memory = false;
    bool disk = false;
    bool storage = false;  // what has to be kept cannot be written
};

}  // namespace warren::http
