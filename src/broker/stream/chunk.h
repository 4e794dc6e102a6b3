#pragma once
// A chunk: some thousand messages of a stream that lie behind one another, in offsets and in
// positions of the log. What is known of it is one small entry of the log, written when the chunk
// is full, and all that a stream of any length keeps of its messages in memory.
#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/stream/bloom_filter.h"
#include "broker/stream/stream_format.h"

namespace warren::broker {

// What a chunk learns of a batch (stream_entry.h).
struct BatchSummary {
    std::uint64_t first_offset = 0;
    std::uint64_t first_position = 0;
    std::uint32_t count = 0;
    std::int64_t timestamp_ms = 0;
    std::uint64_t bytes = 0;
    BloomFilter filter;
};

struct Chunk {
    std::uint64_t first_offset = 0;
    std::uint64_t first_position = 0;     // of the first message; the others follow
    std::uint64_t entry_position = 0;     // of its own entry; 0: it is open, and grows
    std::int64_t first_timestamp_ms = 0;  // of its first batch
    std::int64_t last_timestamp_ms = 0;   // of its last batch
    std::uint64_t last_batch_offset = 0;
    std::uint64_t bytes = 0;
    std::uint32_t count = 0;
    std::uint32_t batches = 0;
    bool begins_segment = false;
    BloomFilter filter;

    bool open() const { return entry_position == 0; }
    std::uint64_t end_offset() const { return first_offset + count; }
    std::uint64_t end_position() const { return first_position + count; }
    void add(const BatchSummary& batch);

    friend bool operator==(const Chunk&, const Chunk&) = default;
};

// The chunk's entry. What lies beyond its bytes (entry_position) is not in there.
std::string encode_chunk(const Chunk& chunk);
// Whatever the bytes are, the outcome is a sound chunk or a text that says what is wrong.
Result<Chunk, std::string> decode_chunk(ByteView payload);

}  // namespace warren::broker
