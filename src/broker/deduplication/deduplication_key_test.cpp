#include "broker/deduplication/deduplication_key.h"

#include <gtest/gtest.h>

#include "amqp091/content_header.h"
#include "amqp091/field_table.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

std::optional<DeduplicationKey> key_in(const FieldTable& headers) {
    const std::string entries = headers.encode();
    return deduplication_key_of(amqp091::TableView::of_checked(as_bytes(entries)));
}

DeduplicationKey key_of(FieldValue value) {
    return key_in({{"x-deduplication-header", std::move(value)}}).value();
}

TEST(DeduplicationKey, without_the_header_there_is_none) {
    EXPECT_FALSE(key_in({}));
    EXPECT_FALSE(key_in({{"x-dedup", "a"}}));
    const std::string header = amqp091::HeaderEdit().encode(0);
    EXPECT_FALSE(deduplication_key_of(*Message::make("x", "k", as_bytes(header), {}, {})));
}

TEST(DeduplicationKey, equal_texts_are_equal) {
    EXPECT_EQ(key_of("a"), key_of("a"));
    EXPECT_EQ(key_of("a"), key_of(amqp091::ByteArray{"a"}));
    EXPECT_NE(key_of("a"), key_of("b"));
    EXPECT_NE(key_of(""), key_of(std::string(1, '\0')));
}

TEST(DeduplicationKey, integers_are_compared_by_value) {
    EXPECT_EQ(key_of(std::int8_t{42}), key_of(std::int64_t{42}));
    EXPECT_EQ(key_of(std::uint32_t{42}), key_of(std::int16_t{42}));
    EXPECT_EQ(key_of(amqp091::Timestamp{42}), key_of(std::int64_t{42}));
    EXPECT_NE(key_of(std::int32_t{42}), key_of(std::int32_t{43}));
    EXPECT_EQ(key_of(std::int8_t{-1}), key_of(std::int64_t{-1}));
}

TEST(DeduplicationKey, kinds_are_told_apart) {
    const FieldValue values[] = {FieldValue(),
                                 true,
                                 false,
                                 std::int32_t{1},
                                 std::int32_t{0},
                                 1.0,
                                 "1",
                                 amqp091::Decimal{0, 1},
                                 FieldTable{{"a", "1"}},
                                 amqp091::FieldArray{"1"}};
    for (std::size_t left = 0; left < std::size(values); ++left)
        for (std::size_t right = 0; right < left; ++right)
            EXPECT_NE(key_of(values[left]), key_of(values[right])) << left << " and " << right;
}

TEST(DeduplicationKey, fractions_of_either_width_are_equal_if_their_values_are) {
    EXPECT_EQ(key_of(0.5F), key_of(0.5));
    EXPECT_NE(key_of(4.2F), key_of(4.2));
}

// They are on disks.
TEST(DeduplicationKey, fingerprints_never_change) {
    EXPECT_EQ(key_of("order-1"), (DeduplicationKey{0x85eb64a126068fe9, 0x68c15aab89ee9d34}));
    EXPECT_EQ(key_of(std::int32_t{42}), (DeduplicationKey{0x2a44927c3b417834, 0x0fa1dbcc8a64fee4}));
}

TEST(DeduplicationKey, is_found_in_a_message) {
    const std::string header =
        amqp091::HeaderEdit().set_headers(FieldTable{{"x-deduplication-header", "a"}}).encode(0);
    const auto with = [&](bool has_headers) {
        return Message::make("x", "k", as_bytes(header), {}, {.has_headers = has_headers});
    };
    EXPECT_EQ(deduplication_key_of(*with(true)), key_of("a"));
    EXPECT_FALSE(deduplication_key_of(*with(false)));
}

}  // namespace
}  // namespace warren::broker
