#include "wire.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace loadgen {
namespace {

std::string queue_declare_frame() {
    std::string out;
    FrameWriter writer(out);
    writer.method(5, Method::queue_declare).u16(0).short_string("jobs").u8(2);
    writer.table({{"x-max-length", std::int64_t{10}}, {"x-lazy", true}, {"x-type", "classic"}})
        .end();
    return out;
}

TEST(frame_writer, lays_a_method_out_as_the_specification_says) {
    std::string out;
    FrameWriter(out).method(1, Method::basic_ack).u64(7).u8(1).end();
    const std::string expected(
        "\x01\x00\x01\x00\x00\x00\x0D\x00\x3C\x00\x50\0\0\0\0\0\0\0\x07\x01\xCE", 21);
    EXPECT_EQ(out, expected);
}

TEST(frame_writer, writes_a_table_with_its_own_size_and_three_kinds_of_values) {
    const std::string out = queue_declare_frame();
    const std::string table(
        "\x00\x00\x00\x32"
        "\x0Cx-max-lengthl\0\0\0\0\0\0\0\x0A"
        "\x06x-lazyt\x01"
        "\x06x-typeS\x00\x00\x00\x07"
        "classic",
        54);
    EXPECT_NE(out.find(table), std::string::npos);
}

TEST(first_frame, waits_at_every_cut_and_reads_the_whole) {
    const std::string out = queue_declare_frame();
    for (std::size_t cut = 0; cut < out.size(); ++cut) {
        EXPECT_FALSE(first_frame(std::string_view(out).substr(0, cut)).has_value()) << cut;
    }
    const auto frame = first_frame(out);
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->bytes, out.size());
    EXPECT_EQ(frame->channel, 5);
    EXPECT_EQ(frame->method(), Method::queue_declare);
    FieldReader reader(frame->arguments());
    reader.u16();
    EXPECT_EQ(reader.short_string(), "jobs");
    EXPECT_TRUE(reader.ok());
}

TEST(first_frame, refuses_a_wrong_end_octet_and_a_protocol_header) {
    std::string out = queue_declare_frame();
    out.back() = 0;
    EXPECT_THROW(first_frame(out), std::runtime_error);
    EXPECT_THROW(first_frame(std::string_view("AMQP\0\0\x09\x01", 8)), std::runtime_error);
}

TEST(field_reader, fails_past_the_end_and_stays_failed) {
    FieldReader reader(
        std::string_view("\x05"
                         "abc",
                         4));
    EXPECT_EQ(reader.short_string(), "");
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.u8(), 0);
    EXPECT_FALSE(reader.ok());
}

TEST(parse_field, tells_numbers_booleans_and_strings_apart) {
    EXPECT_EQ(parse_field("x-max-length=10")->second, FieldValue(std::int64_t{10}));
    EXPECT_EQ(parse_field("x-cancel-on-ha-failover=true")->second, FieldValue(true));
    EXPECT_EQ(parse_field("x-queue-type=quorum")->second, FieldValue("quorum"));
    EXPECT_EQ(parse_field("x-name=10a")->second, FieldValue("10a"));
    EXPECT_EQ(parse_field("x-empty=")->second, FieldValue(""));
    EXPECT_FALSE(parse_field("x-nothing").has_value());
    EXPECT_FALSE(parse_field("=1").has_value());
}

TEST(describe_close, gives_the_code_and_the_text) {
    std::string arguments("\x01\x94", 2);
    arguments += "\x14NOT_FOUND - no queue";
    EXPECT_EQ(describe_close(arguments), "404 NOT_FOUND - no queue");
}

}  // namespace
}  // namespace loadgen
