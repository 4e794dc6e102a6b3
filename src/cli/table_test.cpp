#include "cli/table.h"

#include <gtest/gtest.h>

namespace warren::cli {
namespace {

Table queues() {
    return {{"name", "messages"},
            {{{"name", "q 1"}, {"messages", 3}, {"state", "running"}}, {{"name", "ü"}}}};
}

TEST(table, cells_are_separated_by_tabs_and_missing_ones_are_empty) {
    EXPECT_EQ(to_text(queues(), Format::table, true), "name\tmessages\nq 1\t3\nü\t\n");
    EXPECT_EQ(to_text(queues(), Format::table, false), "q 1\t3\nü\t\n");
}

TEST(table, without_rows_there_are_no_headers) {
    EXPECT_EQ(to_text({{"name"}, {}}, Format::table, true), "");
    EXPECT_EQ(to_text({{"name"}, {}}, Format::pretty_table, true), "");
    EXPECT_EQ(to_text({{"name"}, {}}, Format::json, true), "[\n]\n");
}

TEST(table, json_has_one_row_a_line_with_the_columns_that_were_asked_for) {
    EXPECT_EQ(to_text(queues(), Format::json, true),
              "[\n{\"name\":\"q 1\",\"messages\":3}\n,{\"name\":\"ü\",\"messages\":\"\"}\n]\n");
    EXPECT_EQ(to_text(queues(), Format::json_stream, true),
              "{\"name\":\"q 1\",\"messages\":3}\n{\"name\":\"ü\",\"messages\":\"\"}\n");
}

TEST(table, csv_quotes_everything) {
    const Table table{{"name", "n"}, {{{"name", "a \"b\", c"}, {"n", 1}}}};
    EXPECT_EQ(to_text(table, Format::csv, true), "\"name\",\"n\"\n\"a \"\"b\"\", c\",\"1\"\n");
}

TEST(table, a_pretty_table_is_as_wide_as_its_widest_cells) {
    const std::string text = to_text(queues(), Format::pretty_table, true);
    EXPECT_EQ(text,
              "\x1b(0lqqqqqqwqqqqqqqqqqk\x1b(B\n"
              "\x1b(0x\x1b(B \x1b[1mname\x1b[0m \x1b(0x\x1b(B \x1b[1mmessages\x1b[0m "
              "\x1b(0x\x1b(B\n"
              "\x1b(0tqqqqqqnqqqqqqqqqqu\x1b(B\n"
              "\x1b(0x\x1b(B q 1  \x1b(0x\x1b(B 3        \x1b(0x\x1b(B\n"
              "\x1b(0tqqqqqqnqqqqqqqqqqu\x1b(B\n"
              "\x1b(0x\x1b(B ü    \x1b(0x\x1b(B          \x1b(0x\x1b(B\n"
              "\x1b(0mqqqqqqvqqqqqqqqqqj\x1b(B\n");
}

TEST(table, values_are_shown_as_rabbitmq_shows_them) {
    EXPECT_EQ(cell_text("a\tb\nc"), "a\\tb\\nc");
    EXPECT_EQ(cell_text(json::array{"x", "y"}), "[x, y]");
    EXPECT_EQ(cell_text(json::array()), "[]");
    EXPECT_EQ(cell_text(json::object{{"x-max-length", 10}, {"x-overflow", "drop-head"}}),
              "[{\"x-max-length\",10},{\"x-overflow\",\"drop-head\"}]");
    EXPECT_EQ(cell_text(true), "true");
    EXPECT_EQ(cell_text(nullptr), "");
    EXPECT_EQ(cell_text(-5), "-5");
}

TEST(table, formats_are_known_by_name) {
    EXPECT_EQ(format_named("pretty_table"), Format::pretty_table);
    EXPECT_FALSE(format_named("bogus"));
    EXPECT_FALSE(format_named(""));
    EXPECT_TRUE(is_for_programs(Format::json));
    EXPECT_FALSE(is_for_programs(Format::pretty_table));
}

}  // namespace
}  // namespace warren::cli
