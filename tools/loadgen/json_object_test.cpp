#include "json_object.h"

#include <gtest/gtest.h>

#include <limits>

namespace loadgen {
namespace {

TEST(json_object, keeps_order_and_nests) {
    JsonObject inner;
    inner.add("a", 1).add("b", 0.25);
    JsonObject outer;
    outer.add("ok", true).add("inner", inner).add("list", std::vector<std::string>{"x", "y"});
    EXPECT_EQ(outer.text(), R"({"ok": true, "inner": {"a": 1, "b": 0.25}, "list": ["x", "y"]})");
    EXPECT_EQ(JsonObject().text(), "{}");
}

TEST(json_object, escapes_what_text_may_hold) {
    JsonObject object;
    object.add("k\"", "a\\b\n\x01");
    EXPECT_EQ(object.text(), "{\"k\\\"\": \"a\\\\b\\u000a\\u0001\"}");
}

TEST(json_object, has_no_infinity_and_no_fraction_lost_in_counts) {
    JsonObject object;
    object.add("x", std::numeric_limits<double>::infinity())
        .add("n", std::uint64_t{9007199254740993});
    EXPECT_EQ(object.text(), R"({"x": null, "n": 9007199254740993})");
}

}  // namespace
}  // namespace loadgen
