#include "app/http_settings.h"

#include <gtest/gtest.h>

namespace warren::app {
namespace {

std::vector<HttpListener> listeners_with(std::vector<std::string> plugins) {
    config::Config config;
    config.enabled_plugins = std::move(plugins);
    return http_listeners(config);
}

TEST(http_settings, a_plugin_brings_the_port_of_what_it_needs) {
    constexpr std::uint16_t management = 15672;
    EXPECT_TRUE(listeners_with({}).empty());
    for (const std::string plugin : {"rabbitmq_management", "rabbitmq_tracing"}) {
        const auto listeners = listeners_with({plugin});
        ASSERT_EQ(listeners.size(), 1u) << plugin;
        EXPECT_EQ(listeners[0].address.port, management) << plugin;
    }
}

TEST(http_settings, a_prefix_has_a_slash_before_it_and_none_behind) {
    for (const auto& [configured, used] :
         std::initializer_list<std::pair<std::string, std::string>>{{"", ""},
                                                                    {"/", ""},
                                                                    {"rabbit", "/rabbit"},
                                                                    {"/rabbit", "/rabbit"},
                                                                    {"a/b//", "/a/b"}}) {
        config::Config config;
        config.management.path_prefix = configured;
        EXPECT_EQ(api_settings(config).path_prefix, used) << configured;
    }
}

}  // namespace
}  // namespace warren::app
