#include "net/input_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/prng.h"

namespace warren::net {
namespace {

std::vector<std::byte> shared_buffer(262'144);

ByteView feed(InputBuffer& buffer, std::string_view text) {
    const auto room = buffer.prepare(shared_buffer);
    EXPECT_GE(room.size(), text.size());
    std::copy_n(as_bytes(text).data(), text.size(), room.data());
    return buffer.received(text.size());
}

TEST(input_buffer, holds_no_memory_when_all_is_consumed) {
    InputBuffer buffer;
    EXPECT_EQ(as_text(feed(buffer, "whole frames")), "whole frames");
    buffer.consume(12);
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.footprint_bytes(), 0u);
}

TEST(input_buffer, shows_the_rest_in_front_of_the_next_read) {
    InputBuffer buffer;
    feed(buffer, "frame|fra");
    buffer.consume(6);
    EXPECT_EQ(as_text(buffer.kept()), "fra");
    EXPECT_LE(buffer.footprint_bytes(), 16u);
    EXPECT_EQ(as_text(feed(buffer, "me|")), "frame|");
}

TEST(input_buffer, a_large_frame_in_small_pieces_stays_where_it_is) {
    InputBuffer buffer;
    feed(buffer, std::string(20'000, 'a'));
    buffer.consume(0);
    const std::byte* before = nullptr;
    int moves = 0;
    for (int piece = 0; piece < 1000; ++piece) {
        const ByteView input = feed(buffer, std::string(100, 'b'));
        if (input.data() != before) ++moves;
        before = input.data();
        buffer.consume(0);
    }
    EXPECT_LE(moves, 6);
    EXPECT_EQ(buffer.kept().size(), 120'000u);
    EXPECT_LE(buffer.footprint_bytes(), 2 * 120'000u);
    buffer.consume(120'000);
    EXPECT_EQ(buffer.footprint_bytes(), 0u);
}

TEST(input_buffer, kept_input_can_be_consumed_bit_by_bit_without_reading) {
    InputBuffer buffer;
    feed(buffer, "one two three");
    buffer.consume(0);
    buffer.consume(4);
    EXPECT_EQ(as_text(buffer.kept()), "two three");
    buffer.consume(9);
    EXPECT_TRUE(buffer.empty());
}

TEST(input_buffer, behaves_like_a_string_under_random_use) {
    Prng random(5);
    InputBuffer buffer;
    std::string model;
    char next = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (random.below(3) != 0) {
            const auto room = buffer.prepare(shared_buffer);
            ASSERT_FALSE(room.empty());
            const auto bytes = random.below(room.size() + 1) >> random.below(12);
            for (std::size_t at = 0; at < bytes; ++at) {
                room[at] = static_cast<std::byte>(next);
                model += next++;
            }
            ASSERT_EQ(as_text(buffer.received(bytes)), model);
        } else {
            ASSERT_EQ(as_text(buffer.kept()), model);
        }
        std::size_t taken = random.below(3) == 0 ? model.size() : random.below(model.size() + 1);
        if (random.below(4) == 0 && model.size() < 1'000'000) taken = 0;
        buffer.consume(taken);
        model.erase(0, taken);
    }
}

}  // namespace
}  // namespace warren::net
