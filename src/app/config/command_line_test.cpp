#include "app/config/command_line.h"

#include <gtest/gtest.h>

namespace warren::config {
namespace {

Result<CommandLine, EarlyExit> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "warrenmq-server");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), "1.2.3");
}

TEST(command_line, is_empty_by_default) {
    const auto line = parse({});
    ASSERT_TRUE(line);
    EXPECT_TRUE(line->config_paths.empty());
    EXPECT_TRUE(line->data_dir.empty());
    EXPECT_FALSE(line->check_config);
}

TEST(command_line, takes_several_configurations_in_order) {
    const auto line =
        parse({"--config", "a.conf", "--config=conf.d", "--data-dir", "/d", "--check-config"});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->config_paths, (std::vector<std::string>{"a.conf", "conf.d"}));
    EXPECT_EQ(line->data_dir, "/d");
    EXPECT_TRUE(line->check_config);
}

TEST(command_line, checks_a_data_folder_and_repairs_only_what_it_checks) {
    const auto check = parse({"--check-data", "/d"});
    ASSERT_TRUE(check);
    EXPECT_EQ(check->check_data, "/d");
    EXPECT_FALSE(check->repair);
    const auto repair = parse({"--repair", "--check-data", "/d"});
    ASSERT_TRUE(repair);
    EXPECT_TRUE(repair->repair);
    const auto alone = parse({"--repair"});
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().code, 2);
    EXPECT_NE(alone.error().text.find("--check-data"), std::string::npos) << alone.error().text;
}

TEST(command_line, shows_version_and_help) {
    const auto version = parse({"--version"});
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().code, 0);
    EXPECT_EQ(version.error().text, "WarrenMQ 1.2.3\n");
    const auto help = parse({"--help"});
    ASSERT_FALSE(help);
    EXPECT_EQ(help.error().code, 0);
    for (const auto* part : {"--config FILE", "--data-dir DIR", "--check-config",
                             "--check-data DIR", "--repair", "--version", "$RABBITMQ_CONFIG_FILE"})
        EXPECT_NE(help.error().text.find(part), std::string::npos) << help.error().text;
}

TEST(command_line, refuses_what_it_does_not_know) {
    for (const auto& wrong :
         {std::vector<const char*>{"--confg", "x"}, {"stray"}, {"--data-dir"}}) {
        const auto line = parse(wrong);
        ASSERT_FALSE(line);
        EXPECT_EQ(line.error().code, 2);
        EXPECT_FALSE(line.error().text.empty());
    }
}

}  // namespace
}  // namespace warren::config
