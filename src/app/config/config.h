#pragma once
// The configuration of a node as plain values, complete with defaults: what rabbitmq.conf and the
// environment say once they have been checked. Built by load_config(); read-only afterwards; every
// part takes only the sub-struct it needs.
//
// Names follow the keys, units come last. std::nullopt stands for RabbitMQ's `infinity`, `none` or
// "not set".
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/logging/log_config.h"
#include "base/limits.h"
#include "broker/queue/queue_type.h"

namespace warren::config {

// host is an IPv4 or IPv6 address without brackets; `::` listens on every address of both families.
struct Address {
    std::string host;
    std::uint16_t port = 0;  // 0: the system picks a free one

    bool operator==(const Address&) const = default;
};

struct Listeners {
    std::vector<Address> tcp{{"::", 5672}};
    std::vector<Address> tls;
    std::optional<std::uint32_t> handshake_timeout_ms = 10'000;
    std::uint32_t tls_handshake_timeout_ms = 5'000;
    bool proxy_protocol = false;
    bool reverse_dns_lookups = false;

    bool operator==(const Listeners&) const = default;
};

// Socket options that are not set are left as the system has them.
struct TcpOptions {
    std::uint32_t backlog = 128;
    bool nodelay = true;
    bool keepalive = false;
    std::optional<std::uint32_t> recbuf_bytes;
    std::optional<std::uint32_t> sndbuf_bytes;
    bool linger_on = true;
    std::uint16_t linger_timeout_s = 0;

    bool operator==(const TcpOptions&) const = default;
};

enum class TlsVersion : std::uint8_t { tls1_0, tls1_1, tls1_2, tls1_3 };

struct TlsOptions {
    std::string cacertfile;
    std::string certfile;
    std::string keyfile;
    std::string password;  // of the private key
    bool verify_peer = false;
    bool fail_if_no_peer_cert = false;
    std::uint8_t depth = 10;
    std::vector<TlsVersion> versions{TlsVersion::tls1_2, TlsVersion::tls1_3};
    std::vector<std::string> ciphers;  // OpenSSL's names, best first; empty: OpenSSL's choice
    bool honor_cipher_order = false;
    bool client_renegotiation = true;  // TLS 1.2
    bool reuse_sessions = true;

    bool operator==(const TlsOptions&) const = default;
};

struct Permissions {
    std::string configure = ".*";
    std::string write = ".*";
    std::string read = ".*";

    bool operator==(const Permissions&) const = default;
};

// `default_users.NAME.*`: created together with every vhost whose name matches.
struct DefaultUser {
    std::string name;
    std::string vhost_pattern;
    std::string password;  // empty: one is made up
    Permissions permissions;
    std::vector<std::string> tags;

    bool operator==(const DefaultUser&) const = default;
};

// `default_limits.vhosts.ID.*`: the first entry whose pattern matches a new vhost's name holds for
// it.
struct DefaultVhostLimits {
    std::string id;
    std::string vhost_pattern;
    std::optional<std::uint64_t> max_connections;
    std::optional<std::uint64_t> max_queues;

    bool operator==(const DefaultVhostLimits&) const = default;
};

// A number, a word, or the names that ha-params lists.
using PolicySetting = std::variant<std::int64_t, std::string, std::vector<std::string>>;

// `default_policies.operator.ID.*`: made in every new vhost whose name matches, called ID.
struct DefaultOperatorPolicy {
    std::string id;
    std::string vhost_pattern;
    std::string queue_pattern = ".*";
    std::string apply_to = "all";
    std::map<std::string, PolicySetting> definition;  // by the keys of policies

    bool operator==(const DefaultOperatorPolicy&) const = default;
};

// What an empty node creates for itself, and what new vhosts begin with.
struct Defaults {
    std::string vhost = "/";
    std::string user = "guest";
    std::string pass = "guest";
    Permissions permissions;
    std::vector<std::string> user_tags{"administrator"};
    std::vector<DefaultUser> users;
    std::vector<DefaultVhostLimits> vhost_limits;
    std::vector<DefaultOperatorPolicy> operator_policies;

    bool operator==(const Defaults&) const = default;
};

struct Limits {
    std::uint16_t heartbeat_s = 60;                               // proposed to clients; 0: none
    std::uint32_t frame_bytes_max = limits::frame_bytes_default;  // 0: no limit
    std::uint32_t initial_frame_bytes_max = 8192;                 // until tune-ok
    std::uint16_t channel_max = limits::channels_default;         // per connection; 0: no limit
    std::uint64_t message_bytes_max = limits::message_bytes_default;
    std::uint64_t consumer_timeout_ms = 1'800'000;
    std::optional<std::uint64_t> connections_max;  // of the node
    std::optional<std::uint64_t> channels_per_node_max;
    std::optional<std::uint64_t> consumers_per_channel_max;
    std::optional<std::uint64_t> vhosts_max;

    bool operator==(const Limits&) const = default;
};

enum class CertLoginFrom : std::uint8_t {
    distinguished_name,
    common_name,
    subject_alternative_name
};
enum class SanType : std::uint8_t { dns, ip, email, uri, other_name };
enum class PasswordHashing : std::uint8_t { sha256, sha512, md5 };
enum class CredentialValidator : std::uint8_t {
    accept_everything,
    min_password_length,
    password_regexp
};

// One place of the chain; both names are equal unless authn and authz are set apart.
struct AuthBackend {
    std::string authn = "internal";
    std::string authz = "internal";

    bool operator==(const AuthBackend&) const = default;
};

struct Auth {
    std::vector<std::string> mechanisms{"PLAIN", "AMQPLAIN"};  // in the order offered
    std::vector<AuthBackend> backends{AuthBackend{}};          // in the order asked
    std::vector<std::string> loopback_users{"guest"};
    std::optional<std::string> anonymous_login_user =
        "guest";  // whom ANONYMOUS acts as; nullopt: nobody may
    std::string anonymous_login_pass = "guest";
    CertLoginFrom cert_login_from = CertLoginFrom::distinguished_name;
    SanType cert_login_san_type = SanType::dns;
    std::uint32_t cert_login_san_index = 0;
    PasswordHashing password_hashing = PasswordHashing::sha256;
    CredentialValidator credential_validator = CredentialValidator::accept_everything;
    std::uint32_t password_length_min = 0;
    std::string password_regexp;
    bool track_login_sources = false;  // until it is switched at run time

    bool operator==(const Auth&) const = default;
};

// Where alarms go on.
struct Resources {
    std::optional<std::uint64_t> memory_high_watermark_bytes;  // absolute; beats the share
    double memory_high_watermark_share = 0.6;                  // of the memory there is
    std::optional<std::uint64_t> memory_available_bytes;       // instead of what is detected
    double memory_paging_share = 0.5;                // of the watermark: above it queues go to disk
    std::uint64_t disk_free_bytes_min = 50'000'000;  // absolute; unless there is a multiple
    std::optional<double> disk_free_memory_multiple;  // none if the absolute limit is set

    bool operator==(const Resources&) const = default;
};

// The log engine of each shard.
struct Storage {
    std::uint32_t embed_bytes_max = 4096;  // bodies of at least this size are stored apart
    std::uint64_t wal_file_bytes = 8u << 20;
    std::uint64_t wal_bytes_max = 256u << 20;
    std::uint64_t unflushed_bytes_max = 8u << 20;
    bool confirm_before_sync = false;  // gives up that a confirmed message survives a power cut

    bool operator==(const Storage&) const = default;
};

// The HTTP API. It is served if one of the ports is set.
struct Management {
    std::optional<std::uint16_t> tcp_port;
    std::string tcp_host = "::";
    std::optional<std::uint16_t> tls_port;
    std::string tls_host = "::";
    // management.listener.*: one listener, as older versions had it.
    std::optional<std::uint16_t> legacy_port;
    std::string legacy_host = "::";
    bool legacy_is_tls = false;
    TlsOptions tls;
    std::string path_prefix;
    std::uint64_t body_bytes_max = 20'000'000;
    std::uint32_t idle_timeout_ms = 60'000;
    std::uint32_t request_timeout_ms = 5'000;
    std::uint32_t inactivity_timeout_ms = 300'000;
    std::string content_security_policy = "script-src 'self'; object-src 'self'";
    std::map<std::string, std::string> headers;  // to be sent with every answer
    std::vector<std::string> cors_origins;
    std::uint32_t cors_max_age_s = 1800;
    bool hides_allow_header = false;
    bool disables_basic_auth = false;
    bool disables_stats = false;
    bool shows_queue_totals = false;
    std::string rates_mode = "basic";
    // Histories of statistics.
    bool collects_stats = true;
    std::uint32_t sample_interval_ms = 5000;
    std::uint64_t histories_bytes_max = 16u << 20;
    // Seconds between samples, by how long they are kept, by section; empty: as usual.
    std::map<std::string, std::map<std::int64_t, std::int64_t>> retention;

    bool operator==(const Management&) const = default;
};

// Metrics for Prometheus. They are served if one of the ports is set.
struct Prometheus {
    std::optional<std::uint16_t> tcp_port;
    std::string tcp_host = "::";
    std::optional<std::uint16_t> tls_port;
    std::string tls_host = "::";
    TlsOptions tls;
    std::string path = "/metrics";
    bool per_object = false;  // what the path itself shows
    bool needs_login = false;
    bool compresses = true;
    std::uint64_t samples_max = 5'000'000;
    std::string hidden_queues;  // a pattern: left out of sums; empty: none is
    std::uint32_t idle_timeout_ms = 60'000;
    std::uint32_t request_timeout_ms = 5'000;
    std::uint32_t inactivity_timeout_ms = 300'000;

    bool operator==(const Prometheus&) const = default;
};

// The port at which command lines of other machines ask.
struct Distribution {
    bool listens = true;
    std::string host;                       // empty: loopback
    std::optional<std::uint16_t> port_min;  // unset: the first AMQP port + 20000
    std::optional<std::uint16_t> port_max;  // unset: port_min only
    TlsOptions tls;                         // with a certificate it speaks TLS
    // Where the cookie is, in the order of asking.
    std::string cookie;  // RABBITMQ_ERLANG_COOKIE
    std::string home;    // HOME

    bool operator==(const Distribution&) const = default;
};

using broker::QueueType;

struct Config {
    Listeners listeners;
    TcpOptions tcp;
    TlsOptions tls;
    Defaults defaults;
    Limits limits;
    Auth auth;
    logging::LogConfig log;
    Resources resources;
    Storage storage;
    Management management;
    Prometheus prometheus;
    Distribution distribution;
    QueueType default_queue_type = QueueType::classic;
    bool relaxed_queue_equivalence = false;  // declaring a quorum queue again as a classic one
    std::string event_exchange_vhost;        // where amq.rabbitmq.event is; empty: nowhere
    std::string tracing_dir;                 // of trace files; empty: beside the logs
    std::string cluster_name;                // empty: the node name
    std::string load_definitions;            // file or directory; empty: none
    std::string management_definitions;      // likewise, read behind it
    std::string definitions_backend = "local_filesystem";
    bool skip_unchanged_definitions = false;
    std::map<std::string, bool> permit_deprecated_features;
    std::uint16_t shards = 0;  // threads; 0: one a CPU

    // From the command line and the environment.
    std::string node_name;  // name@host
    std::string data_dir;
    std::vector<std::string> config_files;                      // that were read, in their order
    std::vector<std::pair<std::string, std::string>> settings;  // in them, without secrets
    std::string enabled_plugins_file;
    std::vector<std::string> enabled_plugins;  // as the file lists them
    std::string pid_file;                      // empty: none
    bool keep_pid_file_on_exit = false;

    bool operator==(const Config&) const = default;
};

}  // namespace warren::config
