// What consumers of streams may ask for, and what is said of what they may not.
#include "broker/stream/stream_arguments.h"

#include <gtest/gtest.h>

#include "broker/queue/queue_test_messages.h"
#include "broker/stream/delivered_message.h"

namespace warren::broker {
namespace {

using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;
using Kind = StreamOffset::Kind;

StreamOffset offset(const FieldValue& value) {
    const auto parsed = parse_stream_offset({{"x-stream-offset", value}});
    EXPECT_TRUE(parsed) << parsed.error();
    return parsed.value_or(StreamOffset());
}
std::string fault(const FieldValue& value) {
    const auto parsed = parse_stream_offset({{"x-stream-offset", value}});
    return parsed ? "accepted" : parsed.error();
}

TEST(stream_arguments, offsets_of_every_kind) {
    EXPECT_EQ(parse_stream_offset({}).value().kind, Kind::next);
    EXPECT_EQ(offset("first").kind, Kind::first);
    EXPECT_EQ(offset("last").kind, Kind::last);
    EXPECT_EQ(offset("next").kind, Kind::next);
    EXPECT_EQ(offset(amqp091::ByteArray{"first"}).kind, Kind::first);
    EXPECT_EQ(offset(17), (StreamOffset{Kind::offset, 17}));
    EXPECT_EQ(offset(std::uint8_t{200}), (StreamOffset{Kind::offset, 200}));
    EXPECT_EQ(offset(std::int64_t{-1}), (StreamOffset{Kind::offset, 0}));
    EXPECT_EQ(offset(amqp091::Timestamp{5}), (StreamOffset{Kind::timestamp, 5000}));
    EXPECT_EQ(offset("2m"), (StreamOffset{Kind::interval, 120'000}));
    EXPECT_LE(offset("99999999999999999999Y").value, INT64_MAX);
    EXPECT_LE(offset(amqp091::Timestamp{UINT64_MAX}).value, INT64_MAX);
}

TEST(stream_arguments, what_is_no_offset_is_quoted) {
    EXPECT_EQ(fault("nowhere"), "{invalid_stream_offset_arg,{longstr,<<\"nowhere\">>}}");
    EXPECT_EQ(fault(""), "{invalid_stream_offset_arg,{longstr,<<>>}}");
    EXPECT_EQ(fault("0s"), "{invalid_stream_offset_arg,{longstr,<<\"0s\">>}}");
    EXPECT_EQ(fault(true), "{invalid_stream_offset_arg,{bool,true}}");
}

TEST(stream_arguments, filters_are_a_text_or_several) {
    EXPECT_FALSE(parse_stream_filter({}).active());
    EXPECT_EQ(parse_stream_filter({{"x-stream-filter", "a"}}).values,
              (std::vector<std::string>{"a"}));
    EXPECT_EQ(parse_stream_filter({{"x-stream-filter", FieldArray{5, "a", "b"}}}).values,
              (std::vector<std::string>{"a", "b"}));
    EXPECT_FALSE(parse_stream_filter({{"x-stream-filter", 5}}).active());
    EXPECT_TRUE(parse_stream_filter({{"x-stream-match-unfiltered", true}}).match_unfiltered);
    EXPECT_FALSE(parse_stream_filter({{"x-stream-match-unfiltered", "true"}}).match_unfiltered);
}

// ---- what is put into the header ----

std::string rewritten(const amqp091::HeaderEdit& edit) {
    const std::string original = edit.encode(3);
    const auto header = amqp091::ContentHeader::decode(as_bytes(original));
    std::string out = "what was there before";
    add_offset(header.value(), 77, out);
    return out;
}

TEST(stream_arguments, the_offset_goes_in_whatever_else_is_there) {
    using amqp091::Property;
    for (unsigned present = 0; present < 64; ++present) {
        amqp091::HeaderEdit edit;
        if ((present & 1) != 0) edit.set_text(Property::content_type, "text/plain");
        if ((present & 2) != 0) edit.set_text(Property::content_encoding, "gzip");
        if ((present & 4) != 0) edit.set_headers(FieldTable{{"a", 1}});
        if ((present & 8) != 0) edit.set_delivery_mode(2);
        if ((present & 16) != 0) edit.set_priority(9);
        if ((present & 32) != 0) edit.set_text(Property::app_id, "app");
        const std::string out = rewritten(edit);
        const auto header = amqp091::ContentHeader::decode(as_bytes(out));
        ASSERT_TRUE(header.has_value()) << present;
        EXPECT_EQ(header->body_bytes(), 3);
        EXPECT_EQ(header->headers().find("x-stream-offset")->as_integer(), 77);
        EXPECT_EQ(header->headers().find("a").has_value(), (present & 4) != 0);
        EXPECT_EQ(header->delivery_mode(), (present & 8) != 0 ? 2 : 1);
        EXPECT_EQ(header->priority(), (present & 16) != 0 ? 9 : 0);
        EXPECT_EQ(header->text(Property::content_type), (present & 1) != 0 ? "text/plain" : "");
        EXPECT_EQ(header->text(Property::content_encoding), (present & 2) != 0 ? "gzip" : "");
        EXPECT_EQ(header->text(Property::app_id), (present & 32) != 0 ? "app" : "");
    }
}

// Further words of flags are allowed, and say nothing.
TEST(stream_arguments, flags_may_go_on) {
    std::string original;
    ByteWriter writer(original);
    writer.u16(60);
    writer.u16(0);
    writer.u64(0);
    writer.u16(1 | amqp091::ContentHeader::flag_bit(amqp091::Property::priority));
    writer.u16(0);
    writer.u8(4);
    const auto header = amqp091::ContentHeader::decode(as_bytes(original));
    ASSERT_TRUE(header.has_value());
    std::string out;
    add_offset(*header, 5, out);
    const auto changed = amqp091::ContentHeader::decode(as_bytes(out));
    ASSERT_TRUE(changed.has_value());
    EXPECT_EQ(changed->priority(), 4);
    EXPECT_EQ(changed->headers().find("x-stream-offset")->as_integer(), 5);
}

}  // namespace
}  // namespace warren::broker
