#include "app/config/load_config.h"

#include <gtest/gtest.h>
#include "app/logging/test_files.h"

namespace warren::config {
namespace {

class LoadConfig : public testing::Test {
protected:
    // Loads one file, t.conf, with this content and, if given, this environment.
    Result<LoadedConfig, std::vector<ConfigError>> load(const std::string& content,
                                                        Environment environment = {}) {
        ConfigSources sources{{files_.write("t.conf", content)},
                              "/data",
                              std::move(environment),
                              files_.path(),
                              "host.domain"};
        return load_config(sources);
    }
    Config accepted(const std::string& content, Environment environment = {}) {
        auto loaded = load(content, std::move(environment));
        EXPECT_TRUE(loaded) << to_text(std::span<const ConfigError>(loaded.error()));
        return loaded ? loaded->config : Config{};
    }
    // The errors, without the directory of the file.
    std::string errors(const std::string& content, Environment environment = {}) {
        const auto loaded = load(content, std::move(environment));
        return loaded ? "accepted"
                      : without_directory(to_text(std::span<const ConfigError>(loaded.error())));
    }
    std::string warnings(const std::string& content, Environment environment = {}) {
        const auto loaded = load(content, std::move(environment));
        return loaded ? without_directory(to_text(std::span<const ConfigError>(loaded->warnings)))
                      : "refused";
    }
    std::string without_directory(std::string text) const {
        const std::string directory = files_.path() + "/";
        for (std::size_t at; (at = text.find(directory)) != std::string::npos;)
            text.erase(at, directory.size());
        return text;
    }

    TestFiles files_;
};

TEST_F(LoadConfig, starts_from_rabbitmqs_defaults) {
    const Config config = accepted("");
    EXPECT_EQ(config.listeners.tcp, (std::vector<Address>{{"::", 5672}}));
    EXPECT_TRUE(config.listeners.tls.empty());
    EXPECT_EQ(config.limits.heartbeat_s, 60);
    EXPECT_EQ(config.limits.channel_max, 2047);
    EXPECT_EQ(config.limits.frame_bytes_max, 131'072u);
    EXPECT_EQ(config.limits.message_bytes_max, 16'777'216u);
    EXPECT_EQ(config.auth.loopback_users, std::vector<std::string>{"guest"});
    EXPECT_EQ(config.auth.mechanisms, (std::vector<std::string>{"PLAIN", "AMQPLAIN"}));
    EXPECT_EQ(config.defaults.user_tags, std::vector<std::string>{"administrator"});
    EXPECT_EQ(config.node_name, "rabbit@host");
    EXPECT_EQ(config.cluster_name, "rabbit@host");
    EXPECT_EQ(config.data_dir, "/data");
    EXPECT_EQ(config.log.console.enabled, true);
    EXPECT_EQ(config.log.file.enabled, false);
}

// ---- errors, text by text ----

TEST_F(LoadConfig, names_file_line_key_and_nearest_key) {
    EXPECT_EQ(errors("hartbeat = 60\n"),
              "t.conf:1: hartbeat: this key is not known; did you mean 'heartbeat'?\n");
    EXPECT_EQ(errors("\n\nlistener.tcp.x = 1\n"),
              "t.conf:3: listener.tcp.x: this key is not known; did you mean 'listeners.tcp.x'?\n");
    EXPECT_EQ(errors("quite.another.thing.than.expected = 1\n"),
              "t.conf:1: quite.another.thing.than.expected: this key is not known\n");
}

TEST_F(LoadConfig, finds_an_error_in_line_300) {
    std::string content;
    for (int line = 1; line < 300; ++line)
        content += line % 2 == 0 ? "# comment\n" : "\n";
    EXPECT_EQ(errors(content + "heartbeat = sixty\n"),
              "t.conf:300: heartbeat: expected an integer from 0 to 65535, found 'sixty'\n");
}

TEST_F(LoadConfig, tells_all_errors_at_once) {
    EXPECT_EQ(errors("heartbeat = x\nno equals sign\nzzz.top = 1\nframe_max = 2XB\n"),
              "t.conf:1: heartbeat: expected an integer from 0 to 65535, found 'x'\n"
              "t.conf:2: expected 'key = value', found 'no equals sign'\n"
              "t.conf:3: zzz.top: this key is not known\n"
              "t.conf:4: frame_max: expected a number of bytes such as 131072, 128KB or 1MB from 0 "
              "to 4294967295, "
              "found '2XB'\n");
}

TEST_F(LoadConfig, refuses_what_rabbitmq_refuses) {
    struct Case {
        std::string_view setting, error;
    };
    const Case cases[] = {
        {"max_message_size = 0", "expected an integer from 1 to 536870912, found '0'"},
        {"max_message_size = 536870913",
         "expected an integer from 1 to 536870912, found '536870913'"},
        {"max_message_size = 16MB", "expected an integer from 1 to 536870912, found '16MB'"},
        {"handshake_timeout = 10s",
         "expected infinity or an integer from 1 to 4294967295, found '10s'"},
        {"tcp_listen_options.keepalive = yes", "expected true or false, found 'yes'"},
        {"reverse_dns_lookups = on", "expected true or false, found 'on'"},
        {"log.console.formatter.single_line = true", "expected on or off, found 'true'"},
        {"listeners.tcp.x = localhost:5672",
         "expected a port from 0 to 65535 or an address and port such as 127.0.0.1:5672 or "
         "[::1]:5672, "
         "found 'localhost:5672'"},
        {"auth_backends.x = internal", "expected a number as position in the chain, found 'x'"},
        {"default_limits.vhosts.1.max_connections = 0",
         "expected an integer of at least 1, found '0'"},
        {"default_limits.vhosts.1.pattern = [",
         "expected a regular expression, found '[': missing terminating ] for character class at "
         "offset 1"},
        {"consumer_timeout = 0", "expected an integer of at least 1, found '0'"},
        {"load_definitions = /nowhere/x",
         "expected a readable file, found '/nowhere/x': the file does not exist"},
        {"vm_memory_high_watermark.absolute = 2 GB",
         "expected a size such as 1000000000, 500MB, 500MiB, 2GB or 2GiB, found '2 GB'"},
        {"vm_memory_calculation_strategy = bogus",
         "expected one of rss, erlang, allocated, legacy, found 'bogus'"},
        {"ssl_options.depth = 256", "expected an integer from 0 to 255, found '256'"},
        {"log.dir = /nowhere",
         "expected a writable directory, found '/nowhere': the directory does not exist"},
        {"log.file.rotation.size = 10MB", "expected an integer of at least 0, found '10MB'"},
        {"log.file.rotation.date = daily",
         "expected a rotation time such as $D0 (daily at midnight), $D23, $W0, $W5D16, $M1, $M1D0 "
         "or $H30, "
         "found 'daily'"},
        {"log.file.formatter.json.field_map = time:",
         "expected fields as 'name', 'name:new_name' or 'name:-', found 'time:'"},
    };
    for (const Case& c : cases) {
        const std::string key(c.setting.substr(0, c.setting.find(' ')));
        EXPECT_EQ(errors(std::string(c.setting) + "\n"),
                  "t.conf:1: " + key + ": " + std::string(c.error) + "\n");
    }
}

TEST_F(LoadConfig, refuses_settings_that_need_others) {
    EXPECT_EQ(errors("listeners.ssl.default = 5671\n"),
              "t.conf:1: listeners.ssl.default: a TLS listener needs ssl_options.certfile and "
              "ssl_options.keyfile\n");
    const std::string pem = files_.write("x.pem", "-----BEGIN CERTIFICATE-----\n");
    const std::string tls = "listeners.ssl.default = 5671\nssl_options.certfile = " + pem +
                            "\nssl_options.keyfile = " + pem + "\n";
    EXPECT_EQ(errors(tls), "accepted");
    EXPECT_EQ(errors(tls + "ssl_options.verify = verify_peer\n"),
              "t.conf:4: ssl_options.verify: verify_peer needs ssl_options.cacertfile\n");
    EXPECT_EQ(errors(tls + "ssl_options.fail_if_no_peer_cert = true\n"),
              "t.conf:4: ssl_options.fail_if_no_peer_cert: true needs ssl_options.verify = "
              "verify_peer\n");
    EXPECT_EQ(
        errors("credential_validator.validation_backend = "
               "rabbit_credential_validator_password_regexp\n"),
        "t.conf:1: credential_validator.validation_backend: needs credential_validator.regexp\n");
}

// ---- warnings ----

TEST_F(LoadConfig, warns_of_keys_of_later_work_and_collects_those_without_effect) {
    EXPECT_EQ(warnings("prometheus.tcp.max_keepalive = 5\n"),
              "t.conf:1: prometheus.tcp.max_keepalive: is known, but nothing uses it yet\n");
    const auto loaded = load("num_acceptors.tcp = 10\nbackground_gc_enabled = true\n");
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(loaded->warnings.empty());
    EXPECT_EQ(loaded->without_effect,
              (std::vector<std::string>{"num_acceptors.tcp", "background_gc_enabled"}));
}

TEST_F(LoadConfig, lets_the_last_setting_count_and_warns_within_one_file) {
    EXPECT_EQ(accepted("heartbeat = 1\nheartbeat = 2\n").limits.heartbeat_s, 2);
    EXPECT_EQ(warnings("heartbeat = 1\nheartbeat = 2\n"),
              "t.conf:1: heartbeat: is set again in line 2, which counts\n");
    EXPECT_EQ(errors("heartbeat = x\nheartbeat = 2\n"), "accepted");
}

TEST_F(LoadConfig, takes_old_names_unless_the_new_one_is_set) {
    EXPECT_EQ(accepted("channel_max = 7\n").limits.channel_max, 7);
    EXPECT_EQ(accepted("connection_max = 5\n").limits.connections_max, 5u);
    EXPECT_EQ(accepted("max_channels_per_connection = 20\nchannel_max = 10\n").limits.channel_max,
              20);
    EXPECT_EQ(warnings("max_channels_per_connection = 20\nchannel_max = 10\n"),
              "t.conf:2: channel_max: is the old name of max_channels_per_connection, which is "
              "set, too, and counts\n");
}

TEST_F(LoadConfig, warns_of_what_cannot_do_its_work) {
    EXPECT_EQ(warnings("auth_mechanisms.1 = KERBEROS\n"),
              "t.conf:1: auth_mechanisms.1: 'KERBEROS' is not available and will not be "
              "offered; PLAIN, AMQPLAIN, "
              "EXTERNAL, ANONYMOUS and RABBIT-CR-DEMO are\n");
    EXPECT_EQ(
        warnings("default_users.joe.password = x\n"),
        "t.conf:1: default_users.joe.password: has no vhost_pattern: the user is never created\n");
}

// ---- values ----

TEST_F(LoadConfig, builds_listeners) {
    const Config config = accepted(
        "listeners.tcp.b = 127.0.0.1:5673\nlisteners.tcp.a = 5672\nlisteners.tcp.c = [::1]:0\n");
    EXPECT_EQ(config.listeners.tcp,
              (std::vector<Address>{{"::", 5672}, {"127.0.0.1", 5673}, {"::1", 0}}));
    EXPECT_TRUE(accepted("listeners.tcp = none\nlisteners.tcp.1 = 5673\n").listeners.tcp.empty());
}

TEST_F(LoadConfig, orders_numbered_lists_by_number) {
    EXPECT_EQ(
        accepted("auth_mechanisms.10 = PLAIN\nauth_mechanisms.9 = EXTERNAL\n").auth.mechanisms,
        (std::vector<std::string>{"EXTERNAL", "PLAIN"}));
    EXPECT_EQ(
        accepted(
            "ssl_options.ciphers.2 = B\nssl_options.ciphers.1 = A\nssl_options.ciphers.11 = C\n")
            .tls.ciphers,
        (std::vector<std::string>{"A", "B", "C"}));
}

TEST_F(LoadConfig, builds_the_chain_of_backends) {
    const auto backends =
        accepted("auth_backends.2 = rabbit_auth_backend_internal\nauth_backends.1.authn = ldap\n")
            .auth.backends;
    EXPECT_EQ(backends, (std::vector<AuthBackend>{{"ldap", "ldap"}, {"internal", "internal"}}));
}

TEST_F(LoadConfig, replaces_default_lists_by_what_is_named) {
    EXPECT_TRUE(accepted("loopback_users = none\n").auth.loopback_users.empty());
    EXPECT_TRUE(accepted("loopback_users.guest = false\n").auth.loopback_users.empty());
    EXPECT_EQ(accepted("loopback_users.joe = true\n").auth.loopback_users,
              std::vector<std::string>{"joe"});
    EXPECT_EQ(
        accepted("default_user_tags.administrator = false\ndefault_user_tags.monitoring = true\n")
            .defaults.user_tags,
        std::vector<std::string>{"monitoring"});
}

TEST_F(LoadConfig, prefers_an_absolute_disk_limit_to_a_relative_one) {
    EXPECT_EQ(accepted("").resources.disk_free_bytes_min, 50'000'000u);
    EXPECT_EQ(accepted("disk_free_limit.relative = 1.5\n").resources.disk_free_memory_multiple,
              1.5);
    const auto both =
        accepted("disk_free_limit.absolute = 1GB\ndisk_free_limit.relative = 1.5\n").resources;
    EXPECT_EQ(both.disk_free_bytes_min, 1'000'000'000u);
    EXPECT_EQ(both.disk_free_memory_multiple, std::nullopt);
    EXPECT_EQ(errors("disk_free_limit.relative = -1.0\n"),
              "t.conf:1: disk_free_limit.relative: must not be below 0\n");
    EXPECT_EQ(errors("vm_memory_high_watermark.relative = -0.1\n"),
              "t.conf:1: vm_memory_high_watermark.relative: must not be below 0\n");
}

TEST_F(LoadConfig, says_loudly_what_an_unsafe_setting_costs) {
    const std::string warned = warnings("unsafe.confirm_before_sync = true\n");
    EXPECT_NE(warned.find("t.conf:1: unsafe.confirm_before_sync"), std::string::npos) << warned;
    EXPECT_NE(warned.find("LOSES CONFIRMED MESSAGES"), std::string::npos) << warned;
    EXPECT_TRUE(accepted("unsafe.confirm_before_sync = true\n").storage.confirm_before_sync);
    EXPECT_EQ(warnings("unsafe.confirm_before_sync = false\n").find("LOSES"), std::string::npos);
}

TEST_F(LoadConfig, reads_the_rest_into_its_fields) {
    const Config config = accepted(
        "handshake_timeout = infinity\nanonymous_login_user = none\ndefault_queue_type = "
        "rabbit_quorum_queue\n"
        "quorum_queue.property_equivalence.relaxed_checks_on_redeclaration = true\n"
        "ssl_options.versions.1 = tlsv1.3\nssl_options.versions.2 = "
        "tlsv1.2\nssl_options.versions.3 = tlsv1.3\n"
        "password_hashing_module = rabbit_password_hashing_sha512\nssl_cert_login_from = "
        "subject_alt_name\n"
        "max_connections = infinity\ndefault_pass = 'with # and spaces'\ncluster_name = my "
        "cluster\nshards = 3\n"
        "disk_free_limit.absolute = 2GB\nlog.connection.level = debug\nlog.file = "
        "a.log\nlog.file.level = !=info\n"
        "deprecated_features.permit.global_qos = false\nframe_max = 128KB\nlog.console.formatter = "
        "json\n");
    EXPECT_FALSE(config.listeners.handshake_timeout_ms);
    EXPECT_FALSE(config.auth.anonymous_login_user);
    EXPECT_EQ(config.default_queue_type, QueueType::quorum);
    EXPECT_TRUE(config.relaxed_queue_equivalence);
    EXPECT_EQ(config.tls.versions,
              (std::vector<TlsVersion>{TlsVersion::tls1_2, TlsVersion::tls1_3}));
    EXPECT_EQ(config.auth.password_hashing, PasswordHashing::sha512);
    EXPECT_EQ(config.auth.cert_login_from, CertLoginFrom::subject_alternative_name);
    EXPECT_FALSE(config.limits.connections_max);
    EXPECT_EQ(config.defaults.pass, "with # and spaces");
    EXPECT_EQ(config.cluster_name, "my cluster");
    EXPECT_EQ(config.shards, 3);
    EXPECT_EQ(config.resources.disk_free_bytes_min, 2'000'000'000u);
    EXPECT_EQ(config.log.categories[static_cast<std::size_t>(log::connection)].level,
              log::Level::debug);
    EXPECT_EQ(config.log.file.file, "a.log");
    EXPECT_EQ(config.log.file.level, log::Level::debug);
    EXPECT_EQ(config.permit_deprecated_features,
              (std::map<std::string, bool>{{"global_qos", false}}));
    EXPECT_EQ(config.limits.frame_bytes_max, 131'072u);
    EXPECT_TRUE(config.log.console.formatter.json);
}

// ---- sources ----

TEST_F(LoadConfig, reads_rabbitmqs_own_place_and_conf_d_after_it) {
    files_.write("etc/rabbitmq/rabbitmq.conf", "heartbeat = 1\nframe_max = 8192\n");
    files_.write("etc/rabbitmq/conf.d/10-a.conf", "heartbeat = 2\n");
    const auto loaded = load_config({{}, "", {}, files_.path(), "h"});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->config.limits.heartbeat_s, 2);
    EXPECT_EQ(loaded->config.limits.frame_bytes_max, 8192u);
    EXPECT_EQ(loaded->files.size(), 2u);
}

TEST_F(LoadConfig, prefers_our_own_place) {
    files_.write("etc/rabbitmq/rabbitmq.conf", "heartbeat = 1\n");
    files_.write("etc/warrenmq/warrenmq.conf", "heartbeat = 3\n");
    const auto loaded = load_config({{}, "", {}, files_.path(), "h"});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->config.limits.heartbeat_s, 3);
}

TEST_F(LoadConfig, reads_only_what_the_command_line_names) {
    files_.write("etc/warrenmq/conf.d/x.conf", "heartbeat = 3\n");
    EXPECT_EQ(accepted("frame_max = 8192\n").limits.heartbeat_s, 60);
}

TEST_F(LoadConfig, follows_the_variables_that_name_files) {
    files_.write("a.conf", "heartbeat = 5\n");
    files_.write("more/1.conf", "heartbeat = 6\n");
    const auto heartbeat = [&](Environment environment) {
        const auto loaded = load_config({{}, "", std::move(environment), files_.path(), "h"});
        return loaded ? loaded->config.limits.heartbeat_s : -1;
    };
    EXPECT_EQ(heartbeat({{"RABBITMQ_CONFIG_FILE", files_.path("a.conf")}}), 5);
    EXPECT_EQ(heartbeat({{"RABBITMQ_CONFIG_FILE", files_.path("a")}}), 5);
    EXPECT_EQ(heartbeat({{"RABBITMQ_CONFIG_FILES", files_.path("more")}}), 6);
    EXPECT_EQ(heartbeat({{"RABBITMQ_CONFIG_FILE", files_.path("a.conf")},
                         {"RABBITMQ_CONFIG_FILES", files_.path("more/*.conf")}}),
              6);
    EXPECT_EQ(heartbeat({{"RABBITMQ_CONFIG_FILE", files_.path("none.conf")}}), 60);
    EXPECT_EQ(heartbeat({{"RABBITMQ_CONFIG_FILE", files_.path("rabbit.config")}}), -1);
}

TEST_F(LoadConfig, takes_variables_from_rabbitmq_env_conf_below_real_ones) {
    files_.write("etc/rabbitmq/rabbitmq.conf", "");
    files_.write("etc/rabbitmq/rabbitmq-env.conf", "NODENAME=bunny\nNODE_PORT=5999\n");
    const auto loaded = load_config({{}, "", {{"RABBITMQ_NODE_PORT", "5888"}}, files_.path(), "h"});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->config.node_name, "bunny@h");
    EXPECT_EQ(loaded->config.listeners.tcp[0].port, 5888);
}

TEST_F(LoadConfig, checks_the_port_for_command_lines) {
    const Config config = accepted(
        "distribution.listener.port_range.min = 7000\n"
        "distribution.listener.port_range.max = 7010\n"
        "distribution.listener.interface = 10.0.0.5\n",
        {{"RABBITMQ_DIST_PORT", "8000"}});
    EXPECT_EQ(config.distribution.port_min, 7000);
    EXPECT_EQ(config.distribution.port_max, 7010);
    EXPECT_EQ(config.distribution.host, "10.0.0.5");
    EXPECT_FALSE(accepted("distribution.listener = none\n").distribution.listens);
    EXPECT_EQ(errors("distribution.listener.port_range.min = 7000\n"
                     "distribution.listener.port_range.max = 6999\n"),
              "t.conf:2: distribution.listener.port_range.max: must not be below "
              "distribution.listener.port_range.min\n");
    EXPECT_EQ(errors("distribution.listener.port_range.max = 7000\n"),
              "t.conf:1: distribution.listener.port_range.max: needs "
              "distribution.listener.port_range.min\n");
    EXPECT_EQ(errors("distribution.ssl_options.verify = verify_peer\n"),
              "t.conf:1: distribution.ssl_options.verify: verify_peer needs cacertfile\n");
}

}  // namespace
}  // namespace warren::config
