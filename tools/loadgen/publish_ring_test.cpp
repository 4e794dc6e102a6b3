#include "publish_ring.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "wire.h"

namespace loadgen {
namespace {

struct Message {
    std::string routing_key;
    std::string body;
    bool persistent = false;
};

// Reads publishes back frame by frame, which is what a broker does.
std::vector<Message> messages_in(std::string_view bytes) {
    std::vector<Message> messages;
    std::uint64_t left = 0;
    while (!bytes.empty()) {
        const auto frame = first_frame(bytes);
        if (!frame) {
            ADD_FAILURE() << "the last frame is cut";
            break;
        }
        bytes.remove_prefix(frame->bytes);
        FieldReader reader(frame->type == FrameType::method ? frame->arguments() : frame->payload);
        if (frame->type == FrameType::method) {
            EXPECT_EQ(left, 0u);
            EXPECT_EQ(frame->method(), Method::basic_publish);
            reader.u16();
            reader.short_string();
            messages.push_back({.routing_key = std::string(reader.short_string()), .body = {}});
        } else if (frame->type == FrameType::header) {
            EXPECT_EQ(reader.u16(), 60);
            reader.u16();
            left = reader.u64();
            messages.back().persistent = reader.u16() == 0x1000 && reader.u8() == 2;
        } else {
            left -= frame->payload.size();
            messages.back().body += frame->payload;
        }
    }
    return messages;
}

std::uint64_t identity_of(const Message& message) {
    return load_big<std::uint64_t>(message.body.data());
}

TEST(publish_ring, numbers_messages_across_many_laps_and_uneven_writes) {
    PublishRing ring({.channel = 3, .source = 9, .routing_keys = {"q"}, .body_bytes = 16}, 1000,
                     1000);
    ASSERT_GT(ring.slot_count(), 4u);
    std::string sent;
    for (std::size_t step = 1; ring.prepared() < 500; step = step * 7 % 101) {
        ring.prepare(step % 5, 1000 + step);
        const std::string_view pending = ring.pending();
        const std::size_t part = std::min(pending.size(), step * 3);
        sent += pending.substr(0, part);
        ring.written(part);
    }
    while (!ring.pending().empty()) {
        sent += ring.pending();
        ring.written(ring.pending().size());
    }
    const auto messages = messages_in(sent);
    ASSERT_EQ(messages.size(), ring.prepared());
    for (std::size_t i = 0; i < messages.size(); ++i) {
        EXPECT_EQ(identity_of(messages[i]), make_identity(9, i));
        EXPECT_EQ(messages[i].routing_key, "q");
    }
}

TEST(publish_ring, takes_turns_among_routing_keys_across_laps) {
    const std::vector<std::string> keys{"a", "b", "c"};
    PublishRing ring({.routing_keys = keys, .body_bytes = 16}, 1000, 1);
    EXPECT_EQ(ring.slot_count() % keys.size(), 0u);
    std::string sent;
    while (ring.prepared() < 50) {
        ring.prepare(2, 1);
        sent += ring.pending();
        ring.written(ring.pending().size());
    }
    const auto messages = messages_in(sent);
    for (std::size_t i = 0; i < messages.size(); ++i)
        EXPECT_EQ(messages[i].routing_key, keys[i % keys.size()]);
}

TEST(publish_ring, never_overwrites_what_is_not_written) {
    PublishRing ring({.body_bytes = 16}, 1, 1);
    ASSERT_EQ(ring.slot_count(), 2u);
    EXPECT_EQ(ring.prepare(5, 1), 2u);
    EXPECT_EQ(ring.prepare(5, 1), 0u);
    ring.written(ring.slot_bytes() - 1);
    EXPECT_EQ(ring.prepare(5, 1), 0u) << "the last octet of the first message is still to go";
    ring.written(1);
    EXPECT_EQ(ring.prepare(5, 1), 1u);
}

TEST(publish_ring, cuts_large_bodies_into_frames_of_the_negotiated_size) {
    PublishRing ring({.body_bytes = 10'000, .persistent = true, .frame_bytes_max = 4096}, 1, 1);
    ring.prepare(1, 77);
    const auto messages = messages_in(ring.pending());
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_TRUE(messages[0].persistent);
    ASSERT_EQ(messages[0].body.size(), 10'000u);
    EXPECT_EQ(load_big<std::uint64_t>(messages[0].body.data() + 8), 77u);
    EXPECT_EQ(messages[0].body.substr(16), body_filler(10'000).substr(16));
}

TEST(publish_ring, leaves_short_bodies_without_identity_or_stamp) {
    for (const std::size_t size : {0u, 1u, 7u, 8u, 15u}) {
        PublishRing ring({.source = 1, .body_bytes = size}, 1, 1);
        ring.prepare(1, ~Nanos{0});
        const auto messages = messages_in(ring.pending());
        ASSERT_EQ(messages.size(), 1u) << size;
        ASSERT_EQ(messages[0].body.size(), size);
        if (size >= 8) {
            EXPECT_EQ(identity_of(messages[0]), make_identity(1, 0));
        }
        EXPECT_EQ(messages[0].body.substr(std::min<std::size_t>(size, 8)),
                  body_filler(size).substr(std::min<std::size_t>(size, size >= 8 ? 8 : size)));
    }
}

}  // namespace
}  // namespace loadgen
