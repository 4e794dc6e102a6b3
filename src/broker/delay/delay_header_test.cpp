#include "broker/delay/delay_header.h"

#include <gtest/gtest.h>

#include <limits>

#include "amqp091/content_header.h"
#include "base/limits.h"

namespace warren::broker {
namespace {

using amqp091::ContentHeader;
using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::Timestamp;

constexpr Now now{{1'000'000}, {1'700'000'000'000}};
constexpr auto ten_years_ms = std::int64_t{10} * 365 * 24 * 60 * 60 * 1000;
// So much later than asked for, because clocks are cut.
constexpr std::int64_t margin_ms = clock_margin_ms;

MessageRef message_with(const FieldTable& headers) {
    const std::string header = amqp091::HeaderEdit().set_headers(headers).encode(4);
    return Message::make("x", "k", as_bytes(header), as_bytes("body"), MessageTraits{});
}

bool asks(const FieldTable& headers) {
    const std::string entries = headers.encode();
    return asks_for_delay(amqp091::TableView::of_checked(as_bytes(entries)));
}

// Milliseconds until it is due; 0: at once.
std::int64_t wait_of(const FieldTable& headers) {
    return due_time(*message_with(headers), now).ms_since(now.instant);
}
std::int64_t wait_of(FieldValue x_delay) {
    return wait_of(FieldTable{{"x-delay", std::move(x_delay)}});
}

TEST(delay_header, is_read_from_any_number) {
    EXPECT_EQ(wait_of(std::int32_t{5}), 5 + margin_ms);
    EXPECT_EQ(wait_of(std::uint8_t{1}), 1 + margin_ms);
    EXPECT_EQ(wait_of("1500"), 1500 + margin_ms);
    EXPECT_EQ(wait_of(2.9), 2 + margin_ms);
    EXPECT_EQ(wait_of(2.5F), 2 + margin_ms);
    EXPECT_EQ(wait_of(std::int64_t{4'294'967'296}), 4'294'967'296 + margin_ms);
    EXPECT_EQ(wait_of(ten_years_ms), ten_years_ms + margin_ms);
}

TEST(delay_header, of_more_than_ten_years_is_one_of_ten_years) {
    EXPECT_EQ(limits::delay_ms_max, static_cast<std::uint64_t>(ten_years_ms));
    for (const FieldValue& most :
         {FieldValue(ten_years_ms + 1), FieldValue(INT64_MAX), FieldValue(1e300),
          FieldValue(std::numeric_limits<double>::infinity()), FieldValue("999999999999999")})
        EXPECT_EQ(wait_of(most), ten_years_ms + margin_ms);
}

TEST(delay_header, that_is_not_above_zero_holds_nothing) {
    for (const FieldValue& none :
         {FieldValue(std::int32_t{0}), FieldValue(std::int32_t{-5}), FieldValue(INT64_MIN),
          FieldValue(-1e300), FieldValue(0.9), FieldValue("-7")}) {
        EXPECT_FALSE(asks({{"x-delay", none}}));
        EXPECT_EQ(wait_of(none), 0);
    }
}

TEST(delay_header, that_is_no_number_counts_as_none) {
    for (const FieldValue& none :
         {FieldValue("5 s"), FieldValue(""), FieldValue(true), FieldValue(FieldTable{}),
          FieldValue(std::numeric_limits<double>::quiet_NaN()),
          FieldValue("99999999999999999999999")}) {
        EXPECT_FALSE(asks({{"x-delay", none}}));
        EXPECT_EQ(wait_of(none), 0);
    }
    EXPECT_FALSE(asks({}));
}

TEST(delay_header, may_name_the_time_of_delivery) {
    const std::int64_t soon = now.wall.ms + 2500;
    EXPECT_TRUE(asks({{"x-opt-delivery-time", soon}}));
    EXPECT_EQ(wait_of(FieldTable{{"x-opt-delivery-time", soon}}), 2500);
    EXPECT_EQ(wait_of(FieldTable{{"x-opt-delivery-time", std::to_string(soon)}}), 2500);
    const Timestamp seconds{static_cast<std::uint64_t>(now.wall.ms / 1000 + 3)};
    EXPECT_EQ(wait_of(FieldTable{{"x-opt-delivery-time", seconds}}), 3000);
    EXPECT_EQ(wait_of(FieldTable{{"x-opt-delivery-time", Timestamp{UINT64_MAX}}}),
              ten_years_ms + margin_ms);
    EXPECT_EQ(wait_of(FieldTable{{"x-opt-delivery-time", now.wall.ms - 1}}), 0);
    EXPECT_EQ(wait_of(FieldTable{{"x-opt-delivery-time", INT64_MIN}}), 0);
}

TEST(delay_header, goes_before_the_time_of_delivery) {
    const FieldTable both{{"x-opt-delivery-time", now.wall.ms + 2500},
                          {"x-delay", std::int32_t{10}}};
    EXPECT_EQ(wait_of(both), 10 + margin_ms);
    EXPECT_FALSE(asks({{"x-opt-delivery-time", now.wall.ms}, {"x-delay", std::int32_t{-1}}}));
}

TEST(delay_header, is_negated_when_the_delay_has_passed) {
    const MessageRef passed =
        with_delay_passed(*message_with({{"a", "b"}, {"x-delay", std::int32_t{500}}}));
    const auto headers = ContentHeader::decode(passed->header())->headers();
    EXPECT_EQ(headers.find("x-delay")->as_integer(), -500);
    EXPECT_EQ(headers.find("a")->as_text(), "b");
    EXPECT_FALSE(asks_for_delay(headers));
    EXPECT_EQ(passed->exchange(), "x");
    EXPECT_EQ(passed->routing_key(), "k");
    EXPECT_EQ(as_text(passed->body()), "body");
}

TEST(delay_header, is_zero_when_the_time_of_delivery_has_come) {
    const MessageRef passed =
        with_delay_passed(*message_with({{"x-opt-delivery-time", now.wall.ms}}));
    const auto headers = ContentHeader::decode(passed->header())->headers();
    EXPECT_EQ(headers.find("x-delay")->as_integer(), 0);
    EXPECT_EQ(headers.find("x-opt-delivery-time")->as_integer(), now.wall.ms);
    EXPECT_FALSE(asks_for_delay(headers));
}

}  // namespace
}  // namespace warren::broker
