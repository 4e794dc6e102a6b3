#include "amqp091/frame_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "amqp091/codec_test_support.h"

namespace warren::amqp091 {
namespace {

using namespace test;

std::string frame(unsigned type, unsigned channel, std::string_view payload, unsigned end = 206) {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(static_cast<std::uint8_t>(type));
    out.u16(static_cast<std::uint16_t>(channel));
    out.long_string(payload);
    out.u8(static_cast<std::uint8_t>(end));
    return bytes;
}

std::string error_text(const FrameReader& reader, std::string_view input) {
    EXPECT_EQ(reader.next(as_bytes(input)).kind, FrameStep::Kind::fault);
    const AmqpError error = reader.fault_of(as_bytes(input)).to_error();
    EXPECT_EQ(error.code, ReplyCode::frame_error);
    return error.text;
}

TEST(FrameReader, cuts_frames_in_place) {
    const std::string input = frame(1, 7, "methodpayload") + frame(2, 7, "header payload") +
                              frame(3, 65535, "") + frame(8, 0, "");
    const FrameReader reader;
    std::vector<FrameType> types;
    for (ByteView rest = as_bytes(input); !rest.empty();) {
        const FrameStep step = reader.next(rest);
        ASSERT_EQ(step.kind, FrameStep::Kind::frame);
        EXPECT_EQ(step.frame.payload.data(), rest.data() + frame_start_bytes);
        types.push_back(step.frame.type);
        rest = rest.subspan(step.frame.total_bytes());
    }
    EXPECT_EQ(types, (std::vector{FrameType::method, FrameType::header, FrameType::body,
                                  FrameType::heartbeat}));
    EXPECT_EQ(reader.next(as_bytes(input)).frame.channel, ChannelId{7});
}

TEST(FrameReader, asks_for_more_at_every_byte_before_the_last) {
    const std::string input = frame(3, 1, "a body");
    const FrameReader reader;
    for (std::size_t bytes = 0; bytes < input.size(); ++bytes) {
        const FrameStep step = reader.next(as_bytes(input).first(bytes));
        ASSERT_EQ(step.kind, FrameStep::Kind::need_more) << bytes;
        const std::size_t least = limits::frame_overhead_bytes;
        EXPECT_EQ(step.bytes_wanted, bytes < frame_start_bytes ? least : input.size());
    }
    EXPECT_EQ(reader.next(as_bytes(input)).kind, FrameStep::Kind::frame);
}

// RabbitMQ grants eight bytes more than was negotiated (rabbit_reader, FRAME_SIZE_FUDGE).
TEST(FrameReader, refuses_a_payload_larger_than_the_frame_size_before_it_arrives) {
    const FrameReader reader(4096);
    EXPECT_EQ(reader.next(as_bytes(frame(3, 1, std::string(4096, 'x')))).kind,
              FrameStep::Kind::frame);
    const std::string start = frame(3, 1, std::string(4097, 'x')).substr(0, frame_start_bytes);
    EXPECT_EQ(error_text(reader, start), "type 3, all octets = <<>>: {frame_too_large,4097,4088}");
}

TEST(FrameReader, frame_size_0_means_the_bound_of_the_limits) {
    const FrameReader reader(0);
    std::string start = frame(3, 1, "").substr(0, 3);
    ByteWriter(start).u32(limits::frame_bytes_unlimited);
    EXPECT_EQ(reader.next(as_bytes(start)).kind, FrameStep::Kind::need_more);
    start.resize(3);
    ByteWriter(start).u32(limits::frame_bytes_unlimited + 1);
    EXPECT_EQ(reader.next(as_bytes(start)).kind, FrameStep::Kind::fault);
}

TEST(FrameReader, says_which_end_octet_it_found) {
    const FrameReader reader;
    EXPECT_EQ(error_text(reader, frame(1, 1, "\0\x14\0\x0a\0"_bytes, 0)),
              "type 1, all octets = <<0,20,0,10,0>>: {invalid_frame_end_marker,0}");
    EXPECT_EQ(error_text(reader, frame(1, 1, std::string(40, 'x'), 205)),
              "type 1, first 16 octets = <<\"xxxxxxxxxxxxxxxx\">>: {invalid_frame_end_marker,205}");
}

TEST(FrameReader, refuses_types_and_shapes_that_no_frame_has) {
    const FrameReader reader;
    for (unsigned type = 0; type < 256; ++type) {
        if (type == 1 || type == 2 || type == 3 || type == 8) continue;
        EXPECT_EQ(error_text(reader, frame(type, 1, "hello")),
                  "type " + std::to_string(type) + ", all octets = <<\"hello\">>: unknown_frame");
    }
    EXPECT_EQ(error_text(reader, frame(1, 1, "abc")),
              "type 1, all octets = <<\"abc\">>: unknown_frame");
    EXPECT_EQ(error_text(reader, frame(2, 1, "elevenbytes")),
              "type 2, all octets = <<\"elevenbytes\">>: unknown_frame");
    EXPECT_EQ(error_text(reader, frame(8, 0, "a")),
              "type 8, all octets = <<\"a\">>: unknown_frame");
}

TEST(FrameReader, unexpected_frames_are_shown_as_rabbitmq_shows_them) {
    const FrameReader reader;
    const std::string heartbeat = frame(8, 1, "");
    const AmqpError error = unexpected_frame_error(reader.next(as_bytes(heartbeat)).frame);
    EXPECT_EQ(error.full_text(), "UNEXPECTED_FRAME - type 8, all octets = <<>>");
    const std::string body = frame(3, 0, "0123456789abcdefXYZ");
    EXPECT_EQ(unexpected_frame_error(reader.next(as_bytes(body)).frame).text,
              "type 3, first 16 octets = <<\"0123456789abcdef\">>");
}

TEST(FrameReader, survives_garbage_and_never_reads_past_it) {
    Prng prng(1);
    const FrameReader reader(4096);
    for (int round = 0; round < 50'000; ++round) {
        std::string input = garbage(prng, prng.below(64));
        // Half of the rounds get a small size, so that they come past the first check.
        if (input.size() > 6 && prng.below(2) == 0) input.replace(3, 3, 3, '\0');
        const std::vector<char> exact(input.begin(), input.end());  // the sanitizer sees its end
        const ByteView view = as_bytes({exact.data(), exact.size()});
        const FrameStep step = reader.next(view);
        switch (step.kind) {
            case FrameStep::Kind::frame:
                EXPECT_LE(step.frame.total_bytes(), view.size());
                break;
            case FrameStep::Kind::need_more:
                EXPECT_GT(step.bytes_wanted, view.size());
                break;
            case FrameStep::Kind::fault:
                EXPECT_FALSE(reader.fault_of(view).to_error().text.empty());
                break;
        }
    }
}

}  // namespace
}  // namespace warren::amqp091
