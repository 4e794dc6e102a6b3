#include "app/config/enabled_plugins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace warren::config {
namespace {

using Names = std::vector<std::string>;

TEST(EnabledPlugins, a_list_of_names_is_read) {
    EXPECT_EQ(parse_enabled_plugins("[rabbitmq_management,rabbitmq_prometheus]."),
              (Names{"rabbitmq_management", "rabbitmq_prometheus"}));
    EXPECT_EQ(parse_enabled_plugins("%% mine\n[ 'a b' , % one\n\tc\r\n] .\n% end"),
              (Names{"a b", "c"}));
    EXPECT_EQ(parse_enabled_plugins("[]."), Names{});
    EXPECT_EQ(parse_enabled_plugins(""), Names{});
    EXPECT_EQ(parse_enabled_plugins("% nothing"), Names{});
}

TEST(EnabledPlugins, what_is_no_list_is_refused_with_its_line) {
    for (const char* text : {"rabbitmq_management", "[", "[a", "[a,", "[a,]", "[a]", "[a b].",
                             "[a]..", "['a].", "['a\n'].", "[].[].", "[\"a\"].", "{a}."})
        EXPECT_FALSE(parse_enabled_plugins(text).has_value()) << text;
    EXPECT_EQ(parse_enabled_plugins("[a,\n\n b c].").error(), "line 3: expected ',' or ']'");
}

TEST(EnabledPlugins, what_is_written_is_read_again) {
    const Names names{"rabbitmq_management", "With Blanks", "a@b"};
    EXPECT_EQ(enabled_plugins_text(names), "[rabbitmq_management,'With Blanks',a@b].\n");
    EXPECT_EQ(parse_enabled_plugins(enabled_plugins_text(names)), names);
    EXPECT_EQ(enabled_plugins_text({}), "[].\n");
}

TEST(EnabledPlugins, dependencies_come_with_them) {
    EXPECT_EQ(with_dependencies({"rabbitmq_management", "nobody"}),
              (Names{"rabbitmq_management", "rabbitmq_management_agent", "rabbitmq_web_dispatch"}));
    EXPECT_EQ(with_dependencies({}), Names{});
}

TEST(EnabledPlugins, every_dependency_is_known) {
    for (const Plugin& plugin : known_plugins()) {
        const auto all = with_dependencies({std::string(plugin.name)});
        const auto blanks = std::ranges::count(plugin.dependencies, ' ');
        EXPECT_EQ(all.size(), plugin.dependencies.empty() ? 1u : 2u + blanks) << plugin.name;
    }
}

class EnabledPluginsFileTest : public testing::Test {
protected:
    void SetUp() override {
        root_ = testing::TempDir() + "enabled_plugins_test";
        std::filesystem::create_directories(root_ + "/etc/rabbitmq/conf.d");
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    std::string root_;
};

TEST_F(EnabledPluginsFileTest,
       is_found_by_the_environment_the_configuration_or_in_the_data_folder) {
    EXPECT_EQ(enabled_plugins_path({{"RABBITMQ_ENABLED_PLUGINS_FILE", "/x"}}, root_, "/data"),
              "/x");
    EXPECT_EQ(enabled_plugins_path({}, root_, "/data"), "/data/enabled_plugins");
    const std::string beside = root_ + "/etc/rabbitmq/enabled_plugins";
    ASSERT_TRUE(write_enabled_plugins(beside, {"a"}));
    EXPECT_EQ(enabled_plugins_path({}, root_, "/data"), beside);
    EXPECT_EQ(enabled_plugins({}, beside), Names{"a"});
}

TEST_F(EnabledPluginsFileTest, the_environment_has_the_last_word) {
    EXPECT_EQ(enabled_plugins({}, root_ + "/nothing"), Names{});
    EXPECT_EQ(enabled_plugins({{"RABBITMQ_ENABLED_PLUGINS", "a,b"}}, root_ + "/nothing"),
              (Names{"a", "b"}));
    EXPECT_EQ(enabled_plugins({{"RABBITMQ_ENABLED_PLUGINS", "ALL"}}, "")->size(),
              known_plugins().size());
}

TEST_F(EnabledPluginsFileTest, a_fault_is_told_with_the_file) {
    std::ofstream(root_ + "/file") << "[a";
    EXPECT_EQ(enabled_plugins({}, root_ + "/file").error(),
              root_ + "/file: line 1: expected ',' or ']'");
    EXPECT_FALSE(write_enabled_plugins(root_ + "/nowhere/file", {}).has_value());
}

}  // namespace
}  // namespace warren::config
