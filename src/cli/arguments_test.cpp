#include "cli/arguments.h"

#include <gtest/gtest.h>

namespace warren::cli {
namespace {

Arguments parse(std::vector<std::string> typed, std::span<const Option> options = {}) {
    return parse_arguments(typed, options);
}

using Words = std::vector<std::string>;

TEST(arguments, options_may_stand_before_and_behind_the_command) {
    const auto arguments = parse({"-n", "rabbit@a", "list_queues", "name", "--vhost", "v", "-q"});
    EXPECT_EQ(arguments.words, (Words{"list_queues", "name"}));
    EXPECT_EQ(arguments.value("node"), "rabbit@a");
    EXPECT_EQ(arguments.value("vhost"), "v");
    EXPECT_TRUE(arguments.has("quiet"));
    EXPECT_TRUE(arguments.unknown.empty());
}

TEST(arguments, values_may_be_glued_to_their_options) {
    const auto arguments = parse({"--node=rabbit@a", "-pv", "--formatter=json"});
    EXPECT_EQ(arguments.value("node"), "rabbit@a");
    EXPECT_EQ(arguments.value("vhost"), "v");
    EXPECT_EQ(arguments.value("formatter"), "json");
}

TEST(arguments, a_value_may_look_like_an_option) {
    EXPECT_EQ(parse({"--vhost", "--x"}).value("vhost"), "--x");
    EXPECT_EQ(parse({"--vhost="}).value("vhost"), "");
    EXPECT_TRUE(parse({"--vhost="}).has("vhost"));
}

TEST(arguments, two_dashes_end_the_options) {
    const auto arguments = parse({"add_user", "--", "-u", "--node"});
    EXPECT_EQ(arguments.words, (Words{"add_user", "-u", "--node"}));
    EXPECT_TRUE(arguments.unknown.empty());
}

TEST(arguments, a_dash_alone_is_a_word) {
    EXPECT_EQ(parse({"export_definitions", "-"}).words, (Words{"export_definitions", "-"}));
}

TEST(arguments, what_is_not_known_is_put_aside_as_it_was_typed) {
    const auto arguments = parse({"list_queues", "--bogus", "-Z", "-qx", "--node"});
    EXPECT_TRUE(arguments.no_numbers.empty());
    EXPECT_EQ(arguments.unknown, (Words{"--bogus", "-Z", "-qx", "--node"}));
}

TEST(arguments, some_options_are_whole_numbers) {
    constexpr Option own[] = {{.name = "priority", .whole_number = true}};
    for (const char* good : {"0", "-3", "12345678901234567890"})
        EXPECT_EQ(parse({"set_policy", "--priority", good}, own).value("priority"), good);
    for (const char* bad : {"", "-", "x", "1.5", "1e3", "+1"}) {
        const auto arguments = parse({"set_policy", "--priority", bad}, own);
        EXPECT_FALSE(arguments.has("priority"));
        ASSERT_EQ(arguments.no_numbers.size(), 1u) << bad;
        EXPECT_EQ(arguments.no_numbers[0], std::pair(std::string("priority"), std::string(bad)));
    }
}

TEST(arguments, a_command_has_options_of_its_own) {
    constexpr Option own[] = {{"if-empty", 'e', false}, {"priority"}};
    const auto arguments = parse({"delete_queue", "-e", "q", "--priority", "-3"}, own);
    EXPECT_TRUE(arguments.has("if-empty"));
    EXPECT_EQ(arguments.value("priority"), "-3");
    EXPECT_EQ(arguments.words, (Words{"delete_queue", "q"}));
    EXPECT_EQ(parse({"-e"}).unknown, (Words{"-e"}));
}

TEST(arguments, a_flag_that_is_false_is_not_set) {
    EXPECT_FALSE(parse({"--quiet=false"}).has("quiet"));
    EXPECT_TRUE(parse({"--quiet=true"}).has("quiet"));
}

TEST(arguments, nothing_typed_is_nothing_asked_for) {
    EXPECT_TRUE(parse({}).words.empty());
    EXPECT_TRUE(parse({""}).unknown.empty());
}

}  // namespace
}  // namespace warren::cli
