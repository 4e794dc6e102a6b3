#include "app/config/numbers.h"

#include <gtest/gtest.h>

namespace warren::config {
namespace {

TEST(numbers, integers_have_digits_only) {
    EXPECT_EQ(parse_integer("0"), 0);
    EXPECT_EQ(parse_integer("-5"), -5);
    EXPECT_EQ(parse_integer("+5"), 5);
    EXPECT_EQ(parse_integer("9223372036854775807"), INT64_MAX);
    for (const auto* text :
         {"", "+", "-", "+-5", " 1", "1 ", "1.0", "1e3", "0x10", "10_000", "9223372036854775808"})
        EXPECT_EQ(parse_integer(text), std::nullopt) << text;
}

TEST(numbers, floats_start_with_a_digit) {
    EXPECT_EQ(parse_float("0.4"), 0.4);
    EXPECT_EQ(parse_float("-0.5"), -0.5);
    EXPECT_EQ(parse_float("1.0e3"), 1000.0);
    EXPECT_EQ(parse_float("1"), 1.0);
    for (const auto* text : {"", ".5", "inf", "nan", "abc", "0.4x", "0.4 "})
        EXPECT_EQ(parse_float(text), std::nullopt) << text;
}

TEST(numbers, byte_sizes_count_by_1024) {
    EXPECT_EQ(parse_byte_size("131072"), 131'072);
    EXPECT_EQ(parse_byte_size("128KB"), 131'072);
    EXPECT_EQ(parse_byte_size("1mb"), 1 << 20);
    EXPECT_EQ(parse_byte_size("1GiB"), 1 << 30);
    for (const auto* text :
         {"", "KB", "1 MB", "1XB", "-1", "1.5MB", "9223372036854775807KB", "1bytes"})
        EXPECT_EQ(parse_byte_size(text), std::nullopt) << text;
}

TEST(numbers, memory_sizes_count_by_1000_unless_said_otherwise) {
    EXPECT_EQ(parse_memory_size("50MB"), 50'000'000);
    EXPECT_EQ(parse_memory_size("50m"), 50'000'000);
    EXPECT_EQ(parse_memory_size("50MiB"), 52'428'800);
    EXPECT_EQ(parse_memory_size("2gi"), std::int64_t{2} << 30);
    EXPECT_EQ(parse_memory_size("1TB"), 1'000'000'000'000);
    EXPECT_EQ(parse_memory_size("1PiB"), std::int64_t{1} << 50);
    EXPECT_EQ(parse_memory_size("10000000000"), 10'000'000'000);
    for (const auto* text : {"", "2XB", "2 GB", "1.5GB", "GB", "2GBB", "99999999PB"})
        EXPECT_EQ(parse_memory_size(text), std::nullopt) << text;
}

TEST(numbers, durations_add_up_and_need_units) {
    EXPECT_EQ(parse_duration_ms("100ms"), 100);
    EXPECT_EQ(parse_duration_ms("1s500ms"), 1500);
    EXPECT_EQ(parse_duration_ms("1h30m"), 5'400'000);
    EXPECT_EQ(parse_duration_ms("1.5s"), 1500);
    EXPECT_EQ(parse_duration_ms("1M"), 60'000);
    EXPECT_EQ(parse_duration_ms("1w"), 604'800'000);
    EXPECT_EQ(parse_duration_ms("1f"), 1'209'600'000);
    EXPECT_EQ(parse_duration_ms("0.2ms"), 1);
    for (const auto* text : {"", "1", "s", "1 s", "1us", "-1s", "1s5", "1..5s", "99999999999999f"})
        EXPECT_EQ(parse_duration_ms(text), std::nullopt) << text;
}

}  // namespace
}  // namespace warren::config
