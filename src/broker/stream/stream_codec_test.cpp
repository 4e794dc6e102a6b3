// The bytes of a stream on disk: what was written is read, and what is damaged does no harm.
#include <gtest/gtest.h>

#include "broker/queue/queue_test_messages.h"
#include "broker/stream/chunk.h"
#include "broker/stream/stream_entry.h"

namespace warren::broker {
namespace {

using namespace testing;

Chunk some_chunk() {
    Chunk chunk;
    chunk.add({100, 7, 3, 1000, 500, {}});
    BloomFilter filter(16);
    filter.insert("a");
    chunk.add({103, 10, 2, 2000, 300, filter});
    chunk.begins_segment = true;
    return chunk;
}

std::string entry_bytes(std::string_view filter = {}) {
    const MessageRef message = text_message("body");
    const EncodedStreamEntry encoded({.offset = 12,
                                      .timestamp_ms = 34,
                                      .batch_index = 0,
                                      .batch_count = 5,
                                      .filter = as_bytes(filter)},
                                     *message, 4096);
    return std::string(as_text(encoded.payload()[0])) + std::string(as_text(encoded.payload()[1]));
}

TEST(stream_codec, a_chunk_comes_back_as_it_was) {
    const Chunk chunk = some_chunk();
    const auto decoded = decode_chunk(as_bytes(encode_chunk(chunk)));
    ASSERT_TRUE(decoded) << decoded.error();
    EXPECT_EQ(*decoded, chunk);
    EXPECT_EQ(decoded->count, 5);
    EXPECT_EQ(decoded->last_batch_offset, 103);
    EXPECT_TRUE(decoded->filter.may_contain("a"));
    EXPECT_TRUE(decoded->filter.may_contain("")) << "its first batch has no filter values";
}

TEST(stream_codec, a_chunk_that_is_cut_off_is_none) {
    const std::string bytes = encode_chunk(some_chunk());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_chunk(as_bytes(std::string_view(bytes).substr(0, size)))) << size;
    EXPECT_FALSE(decode_chunk(as_bytes(bytes + "x")));
}

TEST(stream_codec, a_damaged_chunk_is_none_or_makes_sense) {
    const std::string bytes = encode_chunk(some_chunk());
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
            const auto chunk = decode_chunk(as_bytes(damaged));
            if (!chunk) continue;
            EXPECT_GT(chunk->end_offset(), chunk->first_offset);
            EXPECT_GT(chunk->end_position(), chunk->first_position);
            EXPECT_LT(chunk->last_batch_offset, chunk->end_offset());
        }
}

TEST(stream_codec, an_entry_comes_back_as_it_was) {
    const std::string bytes = entry_bytes("0123456789abcdef");
    const auto entry = decode_stream_entry(as_bytes(bytes), {});
    ASSERT_TRUE(entry) << entry.error();
    EXPECT_EQ(entry->head.offset, 12);
    EXPECT_EQ(entry->head.timestamp_ms, 34);
    EXPECT_EQ(entry->head.batch_count, 5);
    EXPECT_EQ(as_text(entry->head.filter), "0123456789abcdef");
    const MessageRef message = make_message(*entry);
    EXPECT_EQ(body_text(message), "body");
    EXPECT_EQ(message->routing_key(), "key");
    EXPECT_EQ(stored_bytes(*message), stored_bytes(entry->message));
}

TEST(stream_codec, an_entry_that_is_cut_off_is_none) {
    const std::string bytes = entry_bytes("0123456789abcdef");
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_stream_entry(as_bytes(std::string_view(bytes).substr(0, size)), {}))
            << size;
}

TEST(stream_codec, a_damaged_entry_is_none_or_a_sound_message) {
    const std::string bytes = entry_bytes("0123456789abcdef");
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
            const auto entry = decode_stream_entry(as_bytes(damaged), {});
            if (entry) {
                EXPECT_EQ(make_message(*entry)->body_bytes(), 4);
            }
        }
}

TEST(stream_codec, filters_find_what_was_added_and_little_else) {
    BloomFilter filter(16);
    for (const char* value : {"a", "north", "42"})
        filter.insert(value);
    for (const char* value : {"a", "north", "42"})
        EXPECT_TRUE(filter.may_contain(value)) << value;
    int found = 0;
    for (int number = 100; number < 1100; ++number)
        found += filter.may_contain(std::to_string(number));
    EXPECT_LT(found, 20);
}

TEST(stream_codec, filters_of_two_batches_say_what_either_says) {
    BloomFilter one(16);
    one.insert("one");
    BloomFilter two(16);
    two.insert("two");
    BloomFilter both = one;
    both.merge(two);
    EXPECT_TRUE(both.may_contain("one"));
    EXPECT_TRUE(both.may_contain("two"));
    EXPECT_FALSE(both.may_contain(""));
    both.merge({});
    EXPECT_TRUE(both.may_contain("")) << "a batch without values is unfiltered";
    BloomFilter larger(32);
    both.merge(larger);
    EXPECT_TRUE(both.may_contain("whatever"));
}

TEST(stream_codec, a_filter_without_bits_has_only_unfiltered_messages) {
    EXPECT_TRUE(BloomFilter().may_contain(""));
    EXPECT_FALSE(BloomFilter().may_contain("a"));
    BloomFilter none;
    none.merge({});
    EXPECT_FALSE(none.has_bits());
}

}  // namespace
}  // namespace warren::broker
