#include "cli/command.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cli/help.h"

namespace warren::cli {
namespace {

TEST(command, the_name_of_the_program_decides_which_tool_it_is) {
    EXPECT_EQ(tool_named("/usr/sbin/rabbitmqctl"), Tool::ctl);
    EXPECT_EQ(tool_named("rabbitmq-diagnostics"), Tool::diagnostics);
    EXPECT_EQ(tool_named("./bin/rabbitmq-plugins"), Tool::plugins);
    EXPECT_EQ(tool_named("/bin/warrenctl"), Tool::warrenctl);
    EXPECT_EQ(tool_named("something-else"), Tool::warrenctl);
}

TEST(command, each_tool_has_its_own) {
    EXPECT_NE(find_command(Tool::ctl, "add_user"), nullptr);
    EXPECT_EQ(find_command(Tool::diagnostics, "add_user"), nullptr);
    EXPECT_NE(find_command(Tool::diagnostics, "check_running"), nullptr);
    EXPECT_EQ(find_command(Tool::ctl, "check_running"), nullptr);
    EXPECT_NE(find_command(Tool::warrenctl, "add_user"), nullptr);
    EXPECT_NE(find_command(Tool::warrenctl, "check_running"), nullptr);
}

TEST(command, names_are_unique_and_every_command_says_what_it_is_for) {
    std::set<std::string_view> names;
    for (const Command* command : commands_of(Tool::warrenctl)) {
        EXPECT_TRUE(names.insert(command->name).second) << command->name;
        EXPECT_FALSE(command->summary.empty()) << command->name;
        // What is about no node is done before one is looked for.
        EXPECT_EQ(command->run == nullptr, command->group == Group::help) << command->name;
        EXPECT_NE(command->tools, 0u) << command->name;
        EXPECT_LE(command->words_min, command->words_max) << command->name;
    }
}

TEST(command, slips_of_the_pen_find_what_was_meant) {
    const auto meant = [](std::string_view typed) -> std::string_view {
        const Command* command = nearest_command(Tool::ctl, typed);
        return command == nullptr ? "" : command->name;
    };
    EXPECT_EQ(meant("list_queuez"), "list_queues");
    EXPECT_EQ(meant("list_queeus"), "list_queues");
    EXPECT_EQ(meant("ad_user"), "add_user");
    EXPECT_EQ(meant("bogus_cmd"), "");
    EXPECT_EQ(meant("x"), "");
}

TEST(command, help_names_the_tool_and_what_is_typed) {
    const Command* command = find_command(Tool::ctl, "set_permissions");
    ASSERT_NE(command, nullptr);
    EXPECT_EQ(usage_line(Tool::ctl, *command),
              "rabbitmqctl [--node <node>] [--longnames] [--quiet] set_permissions "
              "[--vhost <vhost>] <username> <conf> <write> <read>");
    EXPECT_NE(help_for(Tool::ctl, *command).find(usage_line(Tool::ctl, *command)),
              std::string::npos);
}

TEST(command, the_overview_has_every_command_of_the_tool) {
    const std::string text = overview(Tool::diagnostics);
    for (const Command* command : commands_of(Tool::diagnostics))
        EXPECT_NE(text.find("   " + std::string(command->name) + " "), std::string::npos)
            << command->name;
    EXPECT_EQ(text.find("   add_user"), std::string::npos);
}

TEST(command, what_is_said_without_a_node_has_its_help) {
    for (const auto tool : {Tool::ctl, Tool::plugins, Tool::warrenctl})
        for (const char* name : {"help", "version", "autocomplete"}) {
            const Command* command = find_command(tool, name);
            ASSERT_NE(command, nullptr) << name;
            EXPECT_NE(help_for(tool, *command).find(command->summary), std::string::npos);
        }
}

TEST(command, completion_gives_names_that_begin_so) {
    EXPECT_EQ(completions(Tool::ctl, "list_topic"), "list_topic_permissions\n");
    EXPECT_EQ(completions(Tool::ctl, "nothing_like_it"), "");
}

}  // namespace
}  // namespace warren::cli
