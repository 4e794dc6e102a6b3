#include "auth/link/sealed_frames.h"

#include <gtest/gtest.h>

#include "auth/link/link_format.h"

namespace warren::auth {
namespace {

Bytes32 key_of(int number) {
    Bytes32 key;
    key.fill(static_cast<std::byte>(number));
    return key;
}

std::string sealed(FrameSealer& sealer, std::string_view content) {
    std::string frame(FrameSealer::frame_bytes(content.size()), '\0');
    EXPECT_TRUE(sealer.seal(as_bytes(content), std::as_writable_bytes(std::span(frame))));
    return frame;
}

TEST(SealedFrames, come_out_as_they_went_in) {
    FrameSealer sealer(key_of(1));
    FrameOpener opener(key_of(1));
    const std::string longest(link_format::frame_content_bytes_max, 'x');
    std::string input = sealed(sealer, "GET");
    input += sealed(sealer, longest);
    input += sealed(sealer, "!");
    EXPECT_EQ(input.find("GET"), std::string::npos);
    std::string content;
    EXPECT_EQ(opener.open(as_bytes(input), content), input.size());
    EXPECT_EQ(content, "GET" + longest + "!");
}

TEST(SealedFrames, half_a_frame_waits_for_the_rest) {
    FrameSealer sealer(key_of(1));
    std::string input = sealed(sealer, "one");
    input += sealed(sealer, "two");
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
        FrameOpener opener(key_of(1));
        std::string content;
        const auto taken = opener.open(as_bytes(input).first(cut), content);
        ASSERT_TRUE(taken.has_value()) << cut;
        EXPECT_TRUE(opener.open(as_bytes(input).subspan(*taken), content).has_value()) << cut;
        EXPECT_EQ(content, "onetwo") << cut;
    }
}

TEST(SealedFrames, no_bit_can_be_changed) {
    FrameSealer sealer(key_of(1));
    const std::string input = sealed(sealer, "delete everything");
    for (std::size_t at = 0; at < input.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            FrameOpener opener(key_of(1));
            std::string changed = input;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            std::string content;
            const auto taken = opener.open(as_bytes(changed), content);
            // A length that is longer now waits for what never comes.
            EXPECT_TRUE(!taken || *taken == 0) << at;
            EXPECT_EQ(content, "") << at;
        }
}

TEST(SealedFrames, cannot_be_repeated_left_out_or_exchanged) {
    FrameSealer sealer(key_of(1));
    const std::string one = sealed(sealer, "one");
    const std::string two = sealed(sealer, "two");
    std::string content;
    EXPECT_FALSE(FrameOpener(key_of(1)).open(as_bytes(one + one), content).has_value());
    EXPECT_EQ(content, "one");
    content.clear();
    EXPECT_FALSE(FrameOpener(key_of(1)).open(as_bytes(two), content).has_value());
    EXPECT_FALSE(FrameOpener(key_of(1)).open(as_bytes(two + one), content).has_value());
    EXPECT_FALSE(FrameOpener(key_of(2)).open(as_bytes(one), content).has_value());
    EXPECT_EQ(content, "");
}

TEST(SealedFrames, lengths_out_of_bounds_are_refused) {
    std::string content;
    EXPECT_FALSE(FrameOpener(key_of(1)).open(as_bytes({"\0\0", 2}), content).has_value());
    EXPECT_FALSE(FrameOpener(key_of(1)).open(as_bytes({"\x40\x01", 2}), content).has_value());
    EXPECT_EQ(FrameOpener(key_of(1)).open(as_bytes({"\x40\x00", 2}), content), 0u);
}

}  // namespace
}  // namespace warren::auth
