#include "app/config/conf_syntax.h"

#include <gtest/gtest.h>

namespace warren::config {
namespace {

// The value of the only setting in the text, or what is wrong.
std::string value_of(std::string_view text) {
    const ParsedConf parsed = parse_conf(text, "t.conf");
    if (!parsed.errors.empty()) return "error: " + to_text(parsed.errors[0]);
    if (parsed.statements.size() != 1)
        return std::to_string(parsed.statements.size()) + " statements";
    const auto* setting = std::get_if<Setting>(&parsed.statements[0]);
    return setting != nullptr ? setting->value : "an include";
}

TEST(conf_syntax, reads_values_up_to_a_comment_or_the_end_of_the_line) {
    for (const auto* text : {"a = b\n", "a = b", "a=b", "  a\t=\tb  \n", "a = b # c\n", "a = b#c\n",
                             "a = b\r\n", "\n\n # x\n\ta = b\n",
                             "\xef\xbb\xbf"
                             "a = b\n",
                             "a = b\n#", "a = b\r", "a = b \t\r\n\r\n"})
        EXPECT_EQ(value_of(text), "b") << text;
    EXPECT_EQ(value_of("a = b c  d\n"), "b c  d");
    EXPECT_EQ(value_of("a = b = c\n"), "b = c");
    EXPECT_EQ(value_of("a == c\n"), "= c");
    EXPECT_EQ(value_of("a = \xc3\xa9\n"), "\xc3\xa9");
}

TEST(conf_syntax, takes_everything_else_literally) {
    for (const std::string_view value :
         {"$(HOME)", "$HOME", "\"dq\"", "it's", "'x", "x 'q' y", "{a, [b]}", "a\\nb", "\\"})
        EXPECT_EQ(value_of("a = " + std::string(value) + "\n"), value);
}

TEST(conf_syntax, reads_quoted_values) {
    EXPECT_EQ(value_of("a = 'x # y'\n"), "x # y");
    EXPECT_EQ(value_of("a = ' x '  # comment\n"), " x ");
    EXPECT_EQ(value_of("a = ''\n"), "");
    EXPECT_EQ(value_of("a = 'x\\n'\r\n"), "x\\n");
    EXPECT_EQ(value_of("a = 'two\nlines'\n"), "two\nlines");
}

TEST(conf_syntax, reads_blocks_between_triple_quotes) {
    EXPECT_EQ(value_of("a = '''x'''\n"), "x");
    EXPECT_EQ(value_of("a = '''\n one\n 'two'\n'''\n"), " one\n 'two'");
    EXPECT_EQ(value_of("a = '''\r\none\r\n'''\r\n"), "one");
}

TEST(conf_syntax, splits_keys_at_dots_but_not_at_escaped_ones) {
    const auto segments_of_key = [](std::string_view text) {
        const ParsedConf parsed = parse_conf(text, "t.conf");
        return std::get<Setting>(parsed.statements.at(0)).segments;
    };
    using Segments = std::vector<std::string>;
    EXPECT_EQ(segments_of_key("a.b-c_d.1 = x"), (Segments{"a", "b-c_d", "1"}));
    EXPECT_EQ(segments_of_key("a.x\\.y.b = x"), (Segments{"a", "x.y", "b"}));
    EXPECT_EQ(segments_of_key("a.\\.x = x"), (Segments{"a", ".x"}));
}

TEST(conf_syntax, reads_includes_in_place) {
    const ParsedConf parsed = parse_conf("a = 1\ninclude conf.d/*.conf # more\nb = 2\n", "t.conf");
    ASSERT_TRUE(parsed.errors.empty());
    ASSERT_EQ(parsed.statements.size(), 3u);
    EXPECT_EQ(std::get<Include>(parsed.statements[1]).pattern, "conf.d/*.conf");
    EXPECT_EQ(std::get<Include>(parsed.statements[1]).line, 2);
}

TEST(conf_syntax, reads_a_key_that_starts_with_include) {
    EXPECT_EQ(value_of("include_this = 1\n"), "1");
}

TEST(conf_syntax, refuses_what_rabbitmq_refuses) {
    struct Case {
        std::string_view text, error;
    };
    const Case cases[] = {
        {"a b\n", "t.conf:1: expected 'key = value', found 'a b'"},
        {"a\n", "t.conf:1: expected 'key = value', found 'a'"},
        {"= b\n", "t.conf:1: expected 'key = value', found '= b'"},
        {"a : b\n", "t.conf:1: expected 'key = value', found 'a : b'"},
        {"a..b = c\n", "t.conf:1: expected 'key = value', found 'a..b = c'"},
        {".a = c\n", "t.conf:1: expected 'key = value', found '.a = c'"},
        {"a. = c\n", "t.conf:1: expected 'key = value', found 'a. = c'"},
        {"a.b@c = d\n", "t.conf:1: expected 'key = value', found 'a.b@c = d'"},
        {"a.$x = d\n", "t.conf:1: expected 'key = value', found 'a.$x = d'"},
        {"a.\xc3\xa9 = d\n", "t.conf:1: expected 'key = value', found 'a.\xc3\xa9 = d'"},
        {"[{rabbit, []}].\n", "t.conf:1: expected 'key = value', found '[{rabbit, []}].'"},
        {"a =\n", "t.conf:1: a: expected a value behind '='; an empty one is written ''"},
        {"a = # c\n", "t.conf:1: a: expected a value behind '='; an empty one is written ''"},
        {"a = 'x' y\n",
         "t.conf:1: a: text behind the closing quote; a quoted value cannot hold a quote"},
        {"a = 'it's'\n",
         "t.conf:1: a: text behind the closing quote; a quoted value cannot hold a quote"},
        {"include \n", "t.conf:1: expected a file name behind 'include'"},
        {"a = \xff\n",
         "t.conf:1: a: the value must be UTF-8 text without control characters, found '\\xff'"},
        {"a = b\rc = d\r",
         "t.conf:1: a: the value must be UTF-8 text without control characters, found 'b\\rc = d'"},
        {"a = x\x1b[0m\n",
         "t.conf:1: a: the value must be UTF-8 text without control characters, found 'x\\x1b[0m'"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(value_of(c.text), "error: " + std::string(c.error));
}

TEST(conf_syntax, numbers_lines_through_comments_blocks_and_errors) {
    const ParsedConf parsed =
        parse_conf("# 1\na = '''\n3\n'''\nbad\n\nc = 'x\ny'\nworse\nd = 1\n", "t.conf");
    ASSERT_EQ(parsed.errors.size(), 2u);
    EXPECT_EQ(parsed.errors[0].line, 5);
    EXPECT_EQ(parsed.errors[1].line, 9);
    ASSERT_EQ(parsed.statements.size(), 3u);
    EXPECT_EQ(std::get<Setting>(parsed.statements[0]).line, 2);
    EXPECT_EQ(std::get<Setting>(parsed.statements[1]).line, 7);
    EXPECT_EQ(std::get<Setting>(parsed.statements[2]).line, 10);
}

TEST(conf_syntax, survives_being_cut_at_every_byte) {
    const std::string_view text =
        "\xef\xbb\xbf# c\r\na.b\\.c = 'x\ny' # z\ninclude d\ne = '''\nf\n'''\ng = \xe2\x82\xac\n";
    for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
        const ParsedConf parsed = parse_conf(text.substr(0, bytes), "t.conf");
        EXPECT_LE(parsed.statements.size() + parsed.errors.size(), 8u);
    }
    EXPECT_TRUE(parse_conf(text, "t.conf").errors.empty());
}

}  // namespace
}  // namespace warren::config
