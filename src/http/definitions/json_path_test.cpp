#include "http/definitions/json_path.h"

#include <gtest/gtest.h>

namespace warren::http {
namespace {

constexpr std::string_view document = R"({
  "a": "text with \" and } and [",
  "queues": [
    {"name": "q0", "arguments": {}},
    {
      "name": "q1",
      "arguments": {
        "x-max-length": 10,
        "x-message-ttl": "soon"
      }
    }
  ],
  "empty": [],
  "last": null
})";

TEST(JsonPath, reads_as_one_would_write_it) {
    EXPECT_EQ(to_text({"queues", std::size_t{17}, "arguments", "x-message-ttl"}),
              "queues[17].arguments.x-message-ttl");
    EXPECT_EQ(to_text({}), "");
}

TEST(JsonPath, leads_to_the_line_of_its_value) {
    EXPECT_EQ(line_of(document, {}), 1u);
    EXPECT_EQ(line_of(document, {"a"}), 2u);
    EXPECT_EQ(line_of(document, {"queues", std::size_t{0}, "name"}), 4u);
    EXPECT_EQ(line_of(document, {"queues", std::size_t{1}}), 5u);
    EXPECT_EQ(line_of(document, {"queues", std::size_t{1}, "arguments", "x-message-ttl"}), 9u);
    EXPECT_EQ(line_of(document, {"last"}), 14u);
}

TEST(JsonPath, to_what_is_missing_leads_to_where_it_should_be) {
    EXPECT_EQ(line_of(document, {"queues", std::size_t{1}, "vhost"}), 5u);
    EXPECT_EQ(line_of(document, {"queues", std::size_t{2}}), 3u);
    EXPECT_EQ(line_of(document, {"empty", std::size_t{0}, "x"}), 13u);
    EXPECT_EQ(line_of(document, {"a", "b"}), 2u);
    EXPECT_EQ(line_of(document, {"none"}), 1u);
}

TEST(JsonPath, stays_inside_of_text_that_is_cut_anywhere) {
    for (std::size_t bytes = 0; bytes <= document.size(); ++bytes) {
        const std::string cut(document.substr(0, bytes));
        EXPECT_LE(line_of(cut, {"queues", std::size_t{1}, "arguments", "x-message-ttl"}), 15u);
        EXPECT_LE(line_of(cut, {"last"}), 15u);
    }
}

}  // namespace
}  // namespace warren::http
