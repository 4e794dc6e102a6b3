#include "amqp091/content_header.h"

#include <gtest/gtest.h>

#include <vector>

#include "amqp091/codec_test_support.h"

namespace warren::amqp091 {
namespace {

using namespace test;

std::string header_with_everything() {
    return HeaderEdit()
        .set_text(Property::content_type, "text/plain")
        .set_text(Property::content_encoding, "gzip")
        .set_headers(table_of_every_type())
        .set_delivery_mode(2)
        .set_priority(7)
        .set_text(Property::correlation_id, "correlation")
        .set_text(Property::reply_to, "reply")
        .set_text(Property::expiration, "60000")
        .set_text(Property::message_id, "message")
        .set_timestamp(1'700'000'000)
        .set_text(Property::type, "type")
        .set_text(Property::user_id, "guest")
        .set_text(Property::app_id, "app")
        .set_text(Property::cluster_id, "cluster")
        .encode(12345);
}

// From memory of exactly that size, so that the sanitizer sees a read past its end.
Result<ContentHeader, DecodeFault> decode_exact(std::vector<char>& memory,
                                                std::string_view payload) {
    memory.assign(payload.begin(), payload.end());
    return ContentHeader::decode(as_bytes({memory.data(), memory.size()}));
}

std::string payload_of(std::uint16_t flags, std::string_view properties) {
    std::string payload;
    ByteWriter out(payload);
    out.u16(60);
    out.u16(0);
    out.u64(5);
    out.u16(flags);
    out.text(properties);
    return payload;
}

TEST(ContentHeader, wire_form) {
    // persistent, with a content type and headers: flags 1011...
    const auto expected =
        "\0\x3c\0\0\0\0\0\0\0\0\0\x05\xb0\0\x03"
        "a/b\0\0\0\x04\x01kt\x01\x02"_bytes;
    const std::string payload = HeaderEdit()
                                    .set_delivery_mode(2)
                                    .set_headers(FieldTable{{"k", FieldValue(true)}})
                                    .set_text(Property::content_type, "a/b")
                                    .encode(5);
    EXPECT_EQ(payload, expected);
}

TEST(ContentHeader, finds_every_property) {
    const std::string payload = header_with_everything();
    const auto header = ContentHeader::decode(as_bytes(payload));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->body_bytes(), 12345u);
    EXPECT_EQ(header->text(Property::content_type), "text/plain");
    EXPECT_EQ(header->text(Property::content_encoding), "gzip");
    EXPECT_EQ(header->headers().decode(), table_of_every_type());
    EXPECT_EQ(header->delivery_mode(), 2);
    EXPECT_EQ(header->priority(), 7);
    EXPECT_EQ(header->correlation_id(), "correlation");
    EXPECT_EQ(header->reply_to(), "reply");
    EXPECT_EQ(header->expiration(), "60000");
    EXPECT_EQ(header->message_id(), "message");
    EXPECT_EQ(header->timestamp(), 1'700'000'000u);
    EXPECT_EQ(header->text(Property::type), "type");
    EXPECT_EQ(header->user_id(), "guest");
    EXPECT_EQ(header->text(Property::app_id), "app");
    EXPECT_EQ(header->text(Property::cluster_id), "cluster");
}

TEST(ContentHeader, absent_properties_are_empty_or_0) {
    const std::string payload = HeaderEdit().encode(0);
    EXPECT_EQ(payload.size(), ContentHeader::preamble_bytes + 2);
    const auto header = ContentHeader::decode(as_bytes(payload));
    ASSERT_TRUE(header.has_value());
    for (std::size_t index = 0; index < property_count; ++index) {
        EXPECT_FALSE(header->has(Property(index)));
        EXPECT_TRUE(header->wire(Property(index)).empty());
    }
    EXPECT_TRUE(header->headers().empty());
    EXPECT_EQ(header->delivery_mode(), 0);
    EXPECT_EQ(header->timestamp(), 0u);
    EXPECT_EQ(header->reply_to(), "");
}

TEST(ContentHeader, empty_properties_differ_from_absent_ones) {
    const std::string payload =
        HeaderEdit().set_text(Property::reply_to, "").set_headers(FieldTable{}).encode(0);
    const auto header = ContentHeader::decode(as_bytes(payload));
    ASSERT_TRUE(header.has_value());
    EXPECT_TRUE(header->has(Property::reply_to));
    EXPECT_TRUE(header->has(Property::headers));
    EXPECT_EQ(header->reply_to(), "");
    EXPECT_TRUE(header->headers().empty());
    EXPECT_EQ(HeaderEdit(*header).encode(0), payload);
}

TEST(ContentHeader, preamble_is_read_without_the_rest) {
    const auto preamble = ContentPreamble::of(as_bytes("\0\x3c\0\x01\0\0\0\0\0\0\x01\0"_bytes));
    EXPECT_EQ(preamble.class_id, 60);
    EXPECT_EQ(preamble.weight, 1);
    EXPECT_EQ(preamble.body_bytes, 256u);
}

TEST(ContentHeader, truncation_is_found_at_every_byte) {
    const std::string payload = header_with_everything();
    std::vector<char> memory;
    for (std::size_t bytes = 0; bytes < payload.size(); ++bytes) {
        const auto header = decode_exact(memory, std::string_view(payload).substr(0, bytes));
        ASSERT_FALSE(header.has_value()) << bytes;
        EXPECT_EQ(header.error(), DecodeFault::truncated) << bytes;
    }
    EXPECT_TRUE(decode_exact(memory, payload).has_value());
}

TEST(ContentHeader, bytes_behind_the_last_property_are_refused) {
    std::vector<char> memory;
    EXPECT_EQ(decode_exact(memory, header_with_everything() + "x").error(),
              DecodeFault::trailing_bytes);
    EXPECT_EQ(decode_exact(memory, payload_of(0, "x")).error(), DecodeFault::trailing_bytes);
}

TEST(ContentHeader, headers_table_is_checked) {
    std::vector<char> memory;
    EXPECT_EQ(decode_exact(memory, payload_of(0x2000,
                                              "\0\0\0\x03\x01"
                                              "aZ"_bytes))
                  .error(),
              DecodeFault::unknown_field_type);
    std::string deep;
    ByteWriter(deep).long_string(nested_tables(1000));
    EXPECT_EQ(decode_exact(memory, payload_of(0x2000, deep)).error(), DecodeFault::nested_too_deep);
}

TEST(ContentHeader, further_flag_words_may_only_be_empty) {
    std::vector<char> memory;
    const auto header = decode_exact(memory, payload_of(0x1001, "\0\x01\0\0\x02"_bytes));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->delivery_mode(), 2);
    EXPECT_EQ(HeaderEdit(*header).encode(5), payload_of(0x1000, "\x02"));
    EXPECT_EQ(decode_exact(memory, payload_of(0x1001, "\x80\0\x02"_bytes)).error(),
              DecodeFault::unknown_property);
    EXPECT_EQ(decode_exact(memory, payload_of(0x1001, "\0\x01"_bytes)).error(),
              DecodeFault::truncated);
}

TEST(ContentHeader, short_strings_may_hold_any_bytes) {
    std::vector<char> memory;
    const auto header = decode_exact(memory, payload_of(0x8000, "\x02\xff\xfe"));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->text(Property::content_type), "\xff\xfe");
}

TEST(HeaderEdit, without_changes_gives_the_same_bytes) {
    const std::string payload = header_with_everything();
    const auto header = ContentHeader::decode(as_bytes(payload));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(HeaderEdit(*header).encode(header->body_bytes()), payload);
}

TEST(HeaderEdit, each_property_can_be_removed_and_all_others_stay) {
    const std::string payload = header_with_everything();
    const auto header = ContentHeader::decode(as_bytes(payload));
    ASSERT_TRUE(header.has_value());
    for (std::size_t removed = 0; removed < property_count; ++removed) {
        const std::string edited = HeaderEdit(*header).remove(Property(removed)).encode(1);
        const auto after = ContentHeader::decode(as_bytes(edited));
        ASSERT_TRUE(after.has_value());
        EXPECT_EQ(after->body_bytes(), 1u);
        for (std::size_t index = 0; index < property_count; ++index) {
            const auto expected = index == removed ? ByteView{} : header->wire(Property(index));
            EXPECT_EQ(as_text(after->wire(Property(index))), as_text(expected));
        }
    }
}

TEST(HeaderEdit, changes_and_adds_properties) {
    const std::string payload = HeaderEdit()
                                    .set_text(Property::expiration, "1000")
                                    .set_text(Property::reply_to, "amq.rabbitmq.reply-to")
                                    .encode(3);
    const auto header = ContentHeader::decode(as_bytes(payload));
    ASSERT_TRUE(header.has_value());
    const std::string edited = HeaderEdit(*header)
                                   .set_text(Property::reply_to, "amq.rabbitmq.reply-to.g1h2")
                                   .set_headers(FieldTable{{"x-death", FieldValue(FieldArray{})}})
                                   .set_priority(3)
                                   .remove(Property::expiration)
                                   .encode(3);
    const auto after = ContentHeader::decode(as_bytes(edited));
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(after->reply_to(), "amq.rabbitmq.reply-to.g1h2");
    EXPECT_TRUE(after->headers().find("x-death").has_value());
    EXPECT_EQ(after->priority(), 3);
    EXPECT_FALSE(after->has(Property::expiration));
    EXPECT_FALSE(after->has(Property::delivery_mode));
}

TEST(HeaderEdit, last_change_of_a_property_counts) {
    const std::string payload = HeaderEdit()
                                    .set_text(Property::type, "first")
                                    .remove(Property::type)
                                    .set_text(Property::type, "last")
                                    .encode(0);
    EXPECT_EQ(ContentHeader::decode(as_bytes(payload))->text(Property::type), "last");
}

TEST(ContentHeader, garbage_is_refused_or_encodes_alike) {
    Prng prng(3);
    const std::string sound = header_with_everything();
    std::vector<char> memory;
    int taken = 0;
    for (int round = 0; round < 50'000; ++round) {
        std::string payload = sound;
        for (auto changes = prng.below(3); changes-- != 0;)
            payload[prng.below(payload.size())] = static_cast<char>(prng.next());
        if (prng.below(4) == 0) payload = garbage(prng, prng.below(40));
        const auto header = decode_exact(memory, payload);
        if (!header) continue;
        ++taken;
        const std::string edited = HeaderEdit(*header).encode(header->body_bytes());
        const auto after = ContentHeader::decode(as_bytes(edited));
        ASSERT_TRUE(after.has_value());
        for (std::size_t index = 0; index < property_count; ++index)
            EXPECT_EQ(as_text(after->wire(Property(index))),
                      as_text(header->wire(Property(index))));
    }
    EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace warren::amqp091
