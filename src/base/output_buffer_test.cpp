#include "base/output_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "base/prng.h"

namespace warren {
namespace {

std::string gathered(const OutputBuffer& buffer, std::size_t entries_max = 1024) {
    std::vector<iovec> entries(entries_max);
    entries.resize(buffer.gather(entries));
    std::string text;
    for (const iovec& entry : entries)
        text.append(static_cast<const char*>(entry.iov_base), entry.iov_len);
    return text;
}

void write_text(OutputBuffer& buffer, std::string_view text) {
    std::copy_n(as_bytes(text).data(), text.size(), buffer.reserve(text.size()));
    buffer.commit(text.size());
}

// A slice that counts itself while it lives.
void append_counted_slice(OutputBuffer& buffer, std::string_view text, int& live) {
    struct Body {
        std::string text;
        int& live;
    };
    ++live;
    auto* body = new Body{std::string(text), live};
    buffer.append_slice(as_bytes(body->text), SliceOwner(body, [](void* object) {
                            auto* gone = static_cast<Body*>(object);
                            --gone->live;
                            std::fill(gone->text.begin(), gone->text.end(), '!');
                            delete gone;
                        }));
}

TEST(output_buffer, keeps_order_of_written_and_referred_bytes) {
    OutputBuffer buffer;
    int live = 0;
    write_text(buffer, "head ");
    append_counted_slice(buffer, "body ", live);
    write_text(buffer, "tail");
    EXPECT_EQ(buffer.size(), 14u);
    EXPECT_EQ(gathered(buffer), "head body tail");
}

TEST(output_buffer, releases_a_slice_once_its_last_byte_is_written) {
    OutputBuffer buffer;
    int live = 0;
    append_counted_slice(buffer, "0123456789", live);
    write_text(buffer, "abc");
    buffer.consume(9);
    EXPECT_EQ(live, 1);
    EXPECT_EQ(gathered(buffer), "9abc");
    buffer.consume(1);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(gathered(buffer), "abc");
}

TEST(output_buffer, small_things_of_one_turn_are_one_entry) {
    OutputBuffer buffer;
    for (int n = 0; n < 100; ++n)
        write_text(buffer, "0123456789");
    std::array<iovec, 8> entries{};
    EXPECT_EQ(buffer.gather(entries), 1u);
    EXPECT_EQ(entries[0].iov_len, 1000u);
}

TEST(output_buffer, commits_less_than_was_reserved) {
    OutputBuffer buffer;
    std::memcpy(buffer.reserve(100), "abc", 3);
    buffer.commit(3);
    std::memcpy(buffer.reserve(100), "def", 3);
    buffer.commit(3);
    EXPECT_EQ(gathered(buffer), "abcdef");
}

TEST(output_buffer, gathers_no_more_entries_than_it_is_given_room_for) {
    OutputBuffer buffer;
    int live = 0;
    for (int n = 0; n < 10; ++n)
        append_counted_slice(buffer, std::to_string(n), live);
    EXPECT_EQ(gathered(buffer, 4), "0123");
    buffer.consume(4);
    EXPECT_EQ(gathered(buffer, 4), "4567");
}

TEST(output_buffer, releases_everything_when_cleared_or_destroyed) {
    int live = 0;
    {
        OutputBuffer buffer;
        append_counted_slice(buffer, "first", live);
        buffer.clear();
        EXPECT_EQ(live, 0);
        EXPECT_TRUE(buffer.empty());
        write_text(buffer, "again");
        EXPECT_EQ(gathered(buffer), "again");
        append_counted_slice(buffer, "second", live);
    }
    EXPECT_EQ(live, 0);
}

TEST(output_buffer, takes_one_reservation_larger_than_any_chunk) {
    OutputBuffer buffer;
    const std::string large(1'000'000, 'x');
    write_text(buffer, "head");
    write_text(buffer, large);
    write_text(buffer, "tail");
    EXPECT_EQ(gathered(buffer), "head" + large + "tail");
}

TEST(output_buffer, behaves_like_a_string_under_random_use) {
    Prng random(11);
    OutputBuffer buffer;
    std::string model;
    int live = 0;
    for (int step = 0; step < 50'000; ++step) {
        const std::string text(random.below(random.below(20) == 0 ? 100'000 : 300),
                               static_cast<char>('a' + step % 26));
        model += text;
        switch (random.below(3)) {
            case 0:
                write_text(buffer, text);
                break;
            case 1:
                buffer.append(as_bytes(text));
                break;
            default:
                append_counted_slice(buffer, text, live);
                break;
        }
        ASSERT_EQ(buffer.size(), model.size());
        if (random.below(3) == 0) {
            ASSERT_EQ(gathered(buffer), model);
            const std::size_t written =
                random.below(2) == 0 ? model.size() : random.below(model.size() + 1);
            buffer.consume(written);
            model.erase(0, written);
        }
    }
    buffer.clear();
    EXPECT_EQ(live, 0);
}

}  // namespace
}  // namespace warren
