#include "app/config/environment.h"

#include <gtest/gtest.h>

#include "app/logging/test_files.h"

namespace warren::config {
namespace {

Config applied(const Environment& environment, FileFacts facts = {}, Config config = {}) {
    std::vector<ConfigError> errors;
    apply_environment(environment, facts, config, errors);
    EXPECT_TRUE(errors.empty()) << to_text(std::span<const ConfigError>(errors));
    return config;
}

std::string error_of(const Environment& environment) {
    Config config;
    std::vector<ConfigError> errors;
    apply_environment(environment, {}, config, errors);
    return errors.size() == 1 ? to_text(errors[0]) : std::to_string(errors.size()) + " errors";
}

std::string warnings_of(const Environment& environment) {
    return to_text(std::span<const ConfigError>(environment_warnings(environment)));
}

TEST(environment, beats_the_files_with_the_default_user) {
    Config from_files;
    from_files.defaults.user = "file";
    const Config config = applied({{"RABBITMQ_DEFAULT_USER", "env"},
                                   {"RABBITMQ_DEFAULT_PASS", "p"},
                                   {"RABBITMQ_DEFAULT_VHOST", "v"}},
                                  {}, from_files);
    EXPECT_EQ(config.defaults.user, "env");
    EXPECT_EQ(config.defaults.pass, "p");
    EXPECT_EQ(config.defaults.vhost, "v");
    EXPECT_EQ(applied({}, {}, from_files).defaults.user, "file");
}

TEST(environment, reads_user_and_password_from_files_of_a_container) {
    TestFiles files;
    const Config config =
        applied({{"RABBITMQ_DEFAULT_USER_FILE", files.write("user", "joe\n")},
                 {"RABBITMQ_DEFAULT_PASS_FILE", files.write("pass", "s3cret\r\nignored\n")}});
    EXPECT_EQ(config.defaults.user, "joe");
    EXPECT_EQ(config.defaults.pass, "s3cret");
    EXPECT_EQ(
        error_of({{"RABBITMQ_DEFAULT_PASS_FILE", "/nowhere"}}),
        "environment: RABBITMQ_DEFAULT_PASS_FILE: cannot read a line from the file '/nowhere'");
    EXPECT_EQ(
        error_of({{"RABBITMQ_DEFAULT_PASS", "x"}, {"RABBITMQ_DEFAULT_PASS_FILE", "/nowhere"}}),
        "environment: RABBITMQ_DEFAULT_PASS_FILE: RABBITMQ_DEFAULT_PASS is set, too: only one of "
        "them can be");
}

TEST(environment, sets_the_memory_watermark_as_a_share_or_a_size) {
    const auto resources = [](const char* text) {
        Config from_files;
        from_files.resources.memory_high_watermark_bytes = 1;
        return applied({{"RABBITMQ_VM_MEMORY_HIGH_WATERMARK", text}}, {}, from_files).resources;
    };
    EXPECT_EQ(resources("2GB").memory_high_watermark_bytes, 2'000'000'000u);
    EXPECT_EQ(resources("100000000").memory_high_watermark_bytes, 100'000'000u);
    for (const auto* text : {"0.25", "25%", "25.0%"}) {
        EXPECT_EQ(resources(text).memory_high_watermark_share, 0.25) << text;
        EXPECT_EQ(resources(text).memory_high_watermark_bytes, std::nullopt) << text;
    }
    for (const auto* text : {"0.0", "1.1", "101%", "%", "-0.5", "lots"})
        EXPECT_EQ(error_of({{"RABBITMQ_VM_MEMORY_HIGH_WATERMARK", text}}),
                  std::string("environment: RABBITMQ_VM_MEMORY_HIGH_WATERMARK: expected a share "
                              "such as 0.4 or 40%, or a size such as 2GB, found '") +
                      text + "'");
}

TEST(environment, sets_the_listener_only_if_the_files_name_none) {
    const Environment environment{{"RABBITMQ_NODE_PORT", "5999"},
                                  {"RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"}};
    EXPECT_EQ(applied(environment).listeners.tcp, (std::vector<Address>{{"127.0.0.1", 5999}}));
    EXPECT_EQ(applied(environment, {.has_tcp_listeners = true}).listeners.tcp,
              Config{}.listeners.tcp);
    EXPECT_EQ(applied({{"RABBITMQ_NODE_IP_ADDRESS", "auto"}}).listeners.tcp,
              (std::vector<Address>{{"::", 5672}}));
    EXPECT_EQ(applied({{"RABBITMQ_NODE_IP_ADDRESS", "::1"}}).listeners.tcp,
              (std::vector<Address>{{"::1", 5672}}));
}

TEST(environment, refuses_bad_values_by_name) {
    EXPECT_EQ(error_of({{"RABBITMQ_NODE_PORT", "amqp"}}),
              "environment: RABBITMQ_NODE_PORT: expected a port from 0 to 65535, found 'amqp'");
    EXPECT_EQ(error_of({{"RABBITMQ_NODE_IP_ADDRESS", "localhost"}}),
              "environment: RABBITMQ_NODE_IP_ADDRESS: expected an IPv4 or IPv6 address, found "
              "'localhost'");
    EXPECT_EQ(error_of({{"RABBITMQ_KEEP_PID_FILE_ON_EXIT", "1"}}),
              "environment: RABBITMQ_KEEP_PID_FILE_ON_EXIT: expected true or false, found '1'");
}

TEST(environment, names_the_pid_file) {
    const Config config =
        applied({{"RABBITMQ_PID_FILE", "/run/x.pid"}, {"RABBITMQ_KEEP_PID_FILE_ON_EXIT", "true"}});
    EXPECT_EQ(config.pid_file, "/run/x.pid");
    EXPECT_TRUE(config.keep_pid_file_on_exit);
}

TEST(environment, says_where_command_lines_of_other_machines_ask) {
    const Config config = applied(
        {{"RABBITMQ_DIST_PORT", "25673"}, {"RABBITMQ_ERLANG_COOKIE", "SECRET"}, {"HOME", "/h"}});
    EXPECT_EQ(config.distribution.port_min, 25'673);
    EXPECT_EQ(config.distribution.cookie, "SECRET");
    EXPECT_EQ(config.distribution.home, "/h");
}

TEST(environment, warns_of_what_is_not_used_yet_and_of_slips) {
    EXPECT_EQ(warnings_of({{"RABBITMQ_FEATURE_FLAGS", "+x"}}),
              "environment: RABBITMQ_FEATURE_FLAGS: is known, but nothing uses it yet\n");
    EXPECT_EQ(warnings_of({{"RABBITMQ_NODE_NAME", "x"}}),
              "environment: RABBITMQ_NODE_NAME: is not known; did you mean RABBITMQ_NODENAME?\n");
    EXPECT_EQ(warnings_of({{"RABBITMQ_SERVER_ERL_ARGS", "+S 4"},
                           {"RABBITMQ_DATA_DIR", "/d"},
                           {"RABBITMQ_VERSION", "4"},
                           {"RABBITMQ_NODENAME", "x"},
                           {"PATH", "/bin"},
                           {"RABBITMQ_DIST_PORT", ""}}),
              "");
}

}  // namespace
}  // namespace warren::config
