#include "amqp091/frame_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "amqp091/content_header.h"
#include "amqp091/method_test_samples.h"

namespace warren::amqp091 {
namespace {

using namespace test;

constexpr std::uint32_t frame_bytes_max = 4096;
constexpr ChannelId channel{7};

// Cuts all frames out of written bytes; fails the test when they are not whole frames.
std::vector<Frame> frames_of(std::string_view written) {
    std::vector<Frame> frames;
    const FrameReader reader(frame_bytes_max);
    for (ByteView rest = as_bytes(written); !rest.empty();) {
        const FrameStep step = reader.next(rest);
        EXPECT_EQ(step.kind, FrameStep::Kind::frame);
        if (step.kind != FrameStep::Kind::frame) break;
        EXPECT_LE(step.frame.total_bytes(), frame_bytes_max);
        frames.push_back(step.frame);
        rest = rest.subspan(step.frame.total_bytes());
    }
    return frames;
}

std::string body_in(const std::vector<Frame>& frames) {
    std::string body;
    for (const Frame& frame : frames)
        if (frame.type == FrameType::body) body += as_text(frame.payload);
    return body;
}

class Delivery : public ::testing::Test {
protected:
    DeliveryFrames frames() const {
        return {.channel = channel,
                .consumer_tag = "tag",
                .delivery_tag = {5},
                .redelivered = true,
                .address = as_bytes(address_),
                .header = as_bytes(header_)};
    }

    std::string address_ =
        "\x08"
        "exchange\x03key";
    std::string header_ = HeaderEdit().set_delivery_mode(2).encode(3);
};

std::string letters(std::size_t count) {
    std::string text(count, ' ');
    for (std::size_t index = 0; index < count; ++index)
        text[index] = static_cast<char>('a' + index % 26);
    return text;
}

// Sizes around one, two and three full frames.
const std::vector<std::size_t> body_sizes{0,    1,    3,    4087,  4088,  4089,
                                          8175, 8176, 8177, 10000, 12264, 12265};

TEST(FrameWriter, method_frame_is_ids_and_arguments) {
    std::string output = "before";
    append_method(output, channel, BasicAck{258, true});
    EXPECT_EQ(output, "before\x01\0\x07\0\0\0\x0d\0\x3c\0\x50\0\0\0\0\0\0\x01\x02\x01\xce"_bytes);
}

TEST(FrameWriter, every_method_is_written_as_a_whole_frame) {
    for_each_method_sample([](const auto& sample) {
        std::string output;
        append_method(output, channel, sample);
        const auto frames = frames_of(output);
        ASSERT_EQ(frames.size(), 1u);
        EXPECT_EQ(frames[0].type, FrameType::method);
        EXPECT_EQ(frames[0].channel, channel);
        EXPECT_EQ(load_big_endian<std::uint32_t>(frames[0].payload.data()),
                  static_cast<std::uint32_t>(sample.id));
        EXPECT_EQ(as_text(frames[0].payload.subspan(4)), arguments_of(sample));
    });
}

TEST(FrameWriter, heartbeat_frame) {
    std::string output;
    append_heartbeat(output);
    EXPECT_EQ(output, "\x08\0\0\0\0\0\0\xce"_bytes);
}

TEST(FrameWriter, content_header_frame) {
    std::string output;
    append_content_header(output, channel, as_bytes("twelve bytes"));
    EXPECT_EQ(output, "\x02\0\x07\0\0\0\x0ctwelve bytes\xce"_bytes);
}

TEST(FrameWriter, bodies_are_cut_at_the_frame_size) {
    for (const std::size_t size : body_sizes) {
        const std::string body = letters(size);
        std::string output;
        append_body(output, channel, as_bytes(body), frame_bytes_max);
        EXPECT_EQ(output.size(), body_frames_bytes(size, frame_bytes_max));
        const auto frames = frames_of(output);
        EXPECT_EQ(frames.size(), (size + 4087) / 4088);
        EXPECT_EQ(body_in(frames), body);
    }
}

TEST_F(Delivery, is_method_header_and_body_in_exactly_the_bytes_foretold) {
    for (const std::size_t size : body_sizes) {
        const std::string body = letters(size);
        std::string output(delivery_bytes(frames(), size, frame_bytes_max), '\0');
        auto* const at = reinterpret_cast<std::byte*>(output.data());
        ASSERT_EQ(write_delivery(at, frames(), as_bytes(body), frame_bytes_max),
                  at + output.size());
        const auto written = frames_of(output);
        ASSERT_GE(written.size(), 2u);
        const auto deliver = BasicDeliver::decode(written[0].payload.subspan(4));
        ASSERT_TRUE(deliver.has_value());
        EXPECT_EQ(*deliver, (BasicDeliver{"tag", 5, true, "exchange", "key"}));
        EXPECT_EQ(written[1].type, FrameType::header);
        EXPECT_EQ(as_text(written[1].payload), header_);
        EXPECT_EQ(body_in(written), body);
    }
}

TEST_F(Delivery, head_is_what_the_generated_method_would_write) {
    std::string expected;
    append_method(expected, channel, BasicDeliver{"tag", 5, true, "exchange", "key"});
    append_content_header(expected, channel, as_bytes(header_));
    std::string output(delivery_head_bytes(frames()), '\0');
    write_delivery_head(reinterpret_cast<std::byte*>(output.data()), frames());
    EXPECT_EQ(output, expected);
}

TEST_F(Delivery, slices_with_seams_are_the_same_bytes_as_body_frames) {
    for (const std::size_t size : body_sizes) {
        if (size == 0) continue;
        const std::string body = letters(size);
        std::string expected;
        append_body(expected, channel, as_bytes(body), frame_bytes_max);

        std::string gathered(body_start_bytes, '\0');
        const std::size_t slice_max = body_frame_payload_max(frame_bytes_max);
        const auto end_of = [&] { return reinterpret_cast<std::byte*>(&*gathered.end()); };
        write_body_start(end_of() - body_start_bytes, channel, std::min(size, slice_max));
        for (std::size_t at = 0; at < size;) {
            const std::size_t slice = std::min(size - at, slice_max);
            gathered += body.substr(at, slice);
            at += slice;
            gathered.resize(gathered.size() + (at < size ? body_seam_bytes : body_end_bytes));
            if (at < size)
                write_body_seam(end_of() - body_seam_bytes, channel,
                                std::min(size - at, slice_max));
            else
                write_body_end(end_of() - body_end_bytes);
        }
        EXPECT_EQ(gathered, expected);
    }
}

}  // namespace
}  // namespace warren::amqp091
