#include "http/listing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "http/binding_key.h"
#include "http/json_support.h"

namespace warren::http {
namespace {

TEST(PageTest, knows_what_is_on_it) {
    const Page second{.number = 2, .size = 10};
    EXPECT_EQ(second.first(), 10u);
    EXPECT_EQ(second.count_of(25), 10u);
    EXPECT_EQ(second.count_of(13), 3u);
    EXPECT_EQ(second.count_of(10), 0u);
    EXPECT_EQ(second.count_of(0), 0u);
}

TEST(PageTest, a_number_beyond_all_bounds_is_behind_the_end) {
    const Page far{.number = UINT64_MAX / 2, .size = 500};
    EXPECT_EQ(far.count_of(1000), 0u);
}

TEST(NameFilterTest, text_is_found_anywhere_whatever_its_case) {
    EXPECT_TRUE(NameFilter("rder", false).matches("Orders"));
    EXPECT_TRUE(NameFilter("ORD", false).matches("orders"));
    EXPECT_FALSE(NameFilter("o.*s", false).matches("orders"));
    EXPECT_TRUE(NameFilter().matches(""));
}

TEST(NameFilterTest, patterns_are_perls_and_a_broken_one_matches_nothing) {
    EXPECT_TRUE(NameFilter("^(?!amq\\.)", true).matches("orders"));
    EXPECT_FALSE(NameFilter("^(?!amq\\.)", true).matches("amq.topic"));
    EXPECT_TRUE(NameFilter("ORD", true).matches("orders"));
    EXPECT_FALSE(NameFilter("(", true).matches("("));
}

TEST(ColumnsTest, are_paths_into_the_object) {
    ListQuery query;
    query.columns = {{"name"}, {"stats", "ack"}, {"none"}, {"flag", "x"}};
    const json::object object{{"name", "q"},
                              {"other", 1},
                              {"stats", json::object{{"ack", 2}, {"get", 3}}},
                              {"flag", true}};
    EXPECT_EQ(json::serialize(select_columns(object, query)),
              R"({"name":"q","stats":{"ack":2},"flag":true})");
    query.columns.clear();
    EXPECT_EQ(select_columns(object, query), object);
}

TEST(PropertiesKeyTest, is_the_quoted_key_and_a_hash_of_the_arguments) {
    EXPECT_EQ(properties_key("", {}), "~");
    EXPECT_EQ(properties_key("a.#", {}), "a.%23");
    EXPECT_EQ(properties_key("a b~", {}), "a+b%7E");
    const amqp091::FieldTable one{{"k", std::int64_t{1}}};
    const amqp091::FieldTable two{{"k", std::int64_t{2}}};
    const std::string key = properties_key("a", one);
    EXPECT_EQ(key.size(), 8u);
    EXPECT_TRUE(key.starts_with("a~"));
    EXPECT_EQ(key, properties_key("a", one));
    EXPECT_NE(key, properties_key("a", two));
    EXPECT_TRUE(properties_key("", one).starts_with("~"));
}

TEST(TablesTest, go_to_json_and_back) {
    const amqp091::FieldTable table{{"text", "x"},
                                    {"number", std::int64_t{-5}},
                                    {"flag", true},
                                    {"real", 0.5},
                                    {"inner", amqp091::FieldTable{{"a", std::int64_t{1}}}}};
    const auto object = to_json(table);
    EXPECT_EQ(json::serialize(object),
              R"({"text":"x","number":-5,"flag":true,"real":5E-1,"inner":{"a":1}})");
    EXPECT_EQ(to_table(object), table);
}

TEST(TablesTest, what_is_no_field_is_none) {
    EXPECT_FALSE(to_table(json::object{{"a", UINT64_MAX}}));
    EXPECT_FALSE(to_table(json::object{{std::string(256, 'x'), 1}}));
    EXPECT_FALSE(to_table(json::object{{"a", json::object{{"b", json::array{UINT64_MAX}}}}}));
}

TEST(TablesTest, bytes_that_are_no_text_do_not_break_the_json) {
    const amqp091::FieldTable table{{"a", std::string("x\xff")}, {"b", std::nan("")}};
    EXPECT_EQ(json::serialize(to_json(table)), "{\"a\":\"x\xEF\xBF\xBD\",\"b\":null}");
}

}  // namespace
}  // namespace warren::http
