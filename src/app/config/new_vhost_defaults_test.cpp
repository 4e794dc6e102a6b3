// What new vhosts begin with, as the configuration says it.
#include <gtest/gtest.h>

#include "app/config/load_config.h"
#include "app/logging/test_files.h"

namespace warren::config {
namespace {

class NewVhostDefaults : public testing::Test {
protected:
    Config accepted(const std::string& content) {
        const ConfigSources sources{
            {files_.write("t.conf", content)}, "/data", {}, files_.path(), "host.domain"};
        auto loaded = load_config(sources);
        EXPECT_TRUE(loaded) << to_text(std::span<const ConfigError>(loaded.error()));
        return loaded ? loaded->config : Config{};
    }

    TestFiles files_;
};

TEST_F(NewVhostDefaults, builds_default_users_and_limits) {
    const Config config = accepted(
        "default_users.joe.vhost_pattern = qa.*\ndefault_users.joe.tags = a, "
        "b\ndefault_users.joe.read = ^x\n"
        "default_limits.vhosts.1.pattern = .*\ndefault_limits.vhosts.1.max_queues = 9\n");
    ASSERT_EQ(config.defaults.users.size(), 1u);
    EXPECT_EQ(config.defaults.users[0],
              (DefaultUser{"joe", "qa.*", "", Permissions{".*", ".*", "^x"}, {"a", "b"}}));
    ASSERT_EQ(config.defaults.vhost_limits.size(), 1u);
    EXPECT_EQ(config.defaults.vhost_limits[0], (DefaultVhostLimits{"1", ".*", std::nullopt, 9}));
}

TEST_F(NewVhostDefaults, builds_default_operator_policies) {
    const std::string one = "default_policies.operator.one.";
    const std::string two = "default_policies.operator.two.";
    const Config config = accepted(
        one + "vhost_pattern = ^qa\n" + one + "queue_pattern = ^q\n" + one + "max_length = 5\n" +
        one + "classic_queues.queue_version = 2\n" + two + "vhost_pattern = .*\n" + two +
        "apply_to = queues\n" + two + "classic_queues.ha_mode = nodes\n" + two +
        "classic_queues.ha_params = a@x, b@x\n" + two + "classic_queues.ha_sync_mode = manual\n");
    ASSERT_EQ(config.defaults.operator_policies.size(), 2u);
    EXPECT_EQ(config.defaults.operator_policies[0],
              (DefaultOperatorPolicy{
                  "one",
                  "^qa",
                  "^q",
                  "all",
                  {{"max-length", std::int64_t{5}}, {"queue-version", std::int64_t{2}}}}));
    const std::vector<std::string> nodes{"a@x", "b@x"};
    EXPECT_EQ(config.defaults.operator_policies[1],
              (DefaultOperatorPolicy{
                  "two",
                  ".*",
                  ".*",
                  "queues",
                  {{"ha-mode", "nodes"}, {"ha-params", nodes}, {"ha-sync-mode", "manual"}}}));
    const auto exactly = accepted(two + "classic_queues.ha_params = 2\n").defaults;
    EXPECT_EQ(exactly.operator_policies[0].definition.at("ha-params"), PolicySetting{2});
}

}  // namespace
}  // namespace warren::config
