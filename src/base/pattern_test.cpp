#include "base/pattern.h"

#include <gtest/gtest.h>

#include <chrono>

namespace warren {
namespace {

bool matches(std::string_view pattern, std::string_view subject) {
    const auto compiled = Pattern::compile(pattern);
    EXPECT_TRUE(compiled.has_value()) << pattern;
    return compiled && compiled->matches(subject);
}

TEST(Pattern, is_not_anchored) {
    EXPECT_TRUE(matches("rder", "orders"));
    EXPECT_FALSE(matches("^rder", "orders"));
    EXPECT_TRUE(matches(".*", ""));
    EXPECT_TRUE(matches(".*", "anything"));
}

TEST(Pattern, that_is_empty_matches_everything) {
    EXPECT_TRUE(matches("", ""));
    EXPECT_TRUE(matches("", "q"));
}

TEST(Pattern, dollar_matches_before_a_last_line_feed_as_in_perl) {
    EXPECT_TRUE(matches("^a$", "a\n"));
    EXPECT_FALSE(matches("^a\\z", "a\n"));
}

TEST(Pattern, look_ahead_keeps_out_what_it_names) {
    // OpenStack's policy and permission pattern.
    constexpr std::string_view openstack = R"(^(?!(amq\.)|(.*_fanout_)|(reply_)).*)";
    EXPECT_TRUE(matches(openstack, "notifications.info"));
    EXPECT_TRUE(matches(openstack, ""));
    EXPECT_FALSE(matches(openstack, "amq.gen-x"));
    EXPECT_FALSE(matches(openstack, "scheduler_fanout_1"));
    EXPECT_FALSE(matches(openstack, "reply_77"));
}

TEST(Pattern, sees_bytes_and_not_characters) {
    EXPECT_FALSE(matches("^.$", "\xc3\xa9"));
    EXPECT_TRUE(matches("^..$", "\xc3\xa9"));
    EXPECT_TRUE(matches("^\xc3\xa9$", "\xc3\xa9"));
    EXPECT_TRUE(matches("^.{3}$", std::string_view("a\0b", 3)));
}

TEST(Pattern, error_says_what_and_where) {
    const auto compiled = Pattern::compile("(bad");
    ASSERT_FALSE(compiled.has_value());
    EXPECT_EQ(compiled.error().text, "missing closing parenthesis");
    EXPECT_EQ(compiled.error().offset, 4u);
}

TEST(Pattern, text_has_a_greatest_length) {
    EXPECT_TRUE(Pattern::compile(std::string(Pattern::text_bytes_max, 'a')).has_value());
    EXPECT_FALSE(Pattern::compile(std::string(Pattern::text_bytes_max + 1, 'a')).has_value());
}

// Without a limit the first of these takes longer than the age of the universe.
TEST(Pattern, that_backtracks_without_end_gives_up_soon) {
    const std::string subject = std::string(254, 'a') + "b";
    const auto start = std::chrono::steady_clock::now();
    for (const std::string_view evil :
         {"(a+)+$", "^(a|aa)+$", "(.*)*\\1x", "^(a*)*c", "(a?){250}a{250}$"})
        EXPECT_FALSE(matches(evil, subject)) << evil;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(Pattern, that_recurses_without_end_is_refused_or_gives_up) {
    for (const std::string_view evil : {"(?R)x", "((?1)x)", "^(a(?1)?b|c)*$"})
        if (const auto compiled = Pattern::compile(evil)) {
            EXPECT_FALSE(compiled->matches(std::string(255, 'a'))) << evil;
        }
}

TEST(Pattern, needing_more_stack_than_machine_code_has_still_matches) {
    EXPECT_TRUE(matches("^(?:(a)|b)*$", std::string(5000, 'a')));
}

TEST(EscapePattern, makes_any_text_match_itself_and_nothing_else) {
    std::string every_byte;
    for (int byte = 1; byte < 256; ++byte)
        every_byte += static_cast<char>(byte);
    EXPECT_TRUE(matches("^" + escape_pattern(every_byte) + "\\z", every_byte));
    EXPECT_FALSE(matches("^" + escape_pattern("a.b*") + "$", "axbb"));
}

}  // namespace
}  // namespace warren
