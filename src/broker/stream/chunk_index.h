#pragma once
// All chunks of a stream, in order, and how they make up segments: the pieces that retention
// removes, each of x-stream-max-segment-size-bytes or a little more. Offsets, positions of the log
// and times are found in here. Holds no messages.
//
// Invariant: chunks lie behind one another in offsets and positions, and only the last one may be
// open. The first chunk begins a segment. A segment is never empty.
#include <cstdint>
#include <deque>
#include <optional>

#include "broker/queue/queue_settings.h"
#include "broker/stream/chunk.h"

namespace warren::broker {

class ChunkIndex {
public:
    bool empty() const { return chunks_.empty(); }
    std::size_t size() const { return chunks_.size(); }
    const Chunk& back() const { return chunks_.back(); }
    // The first offset that is there, or will be.
    std::uint64_t first_offset() const {
        return empty() ? end_offset_ : chunks_.front().first_offset;
    }
    // None: there is nothing.
    std::optional<std::int64_t> first_timestamp_ms() const {
        if (empty()) return std::nullopt;
        return chunks_.front().first_timestamp_ms;
    }
    // Behind the last one.
    std::uint64_t end_offset() const { return end_offset_; }
    std::uint64_t bytes() const { return bytes_; }
    std::size_t segments() const { return segments_.size(); }
    // The first offset of the last segment; only if there is one.
    std::uint64_t last_segment_offset() const { return segments_.back().first_offset; }

    // ---- growing ----
    // Adds a batch, which follows the last one, to the open chunk, or to a new one. True: it has
    // begun a segment that is not the first.
    bool add(const BatchSummary& batch, std::uint64_t segment_bytes_max);
    // The last chunk is open and has enough.
    bool should_close(std::uint64_t segment_bytes_max) const;
    bool has_open_chunk() const { return !empty() && chunks_.back().open(); }
    // The last chunk's entry has that position.
    void close(std::uint64_t entry_position) { chunks_.back().entry_position = entry_position; }
    // A closed chunk that was stored. False: it does not follow what is there.
    bool restore(const Chunk& chunk);

    // ---- looking ----
    // The chunk with that offset, or the first one behind it; null: there is none.
    const Chunk* find(std::uint64_t offset) const;
    // The first chunk with a batch of that time or a later one; null: there is none.
    const Chunk* find_time(std::int64_t timestamp_ms) const;
    // Where the message of that offset lies, which is there.
    std::uint64_t position_of(std::uint64_t offset) const;
    // The first offset that lies at that position or above it.
    std::uint64_t offset_at(std::uint64_t position) const;
    // Calls visit(chunk) for closed chunks whose own entries lie in (after, through].
    template <typename Visitor>
    void for_each_entry(std::uint64_t after, std::uint64_t through, Visitor&& visit) const;

    // ---- retention: whole segments, and never the last one ----
    // Removes what is more than the settings allow. The last position of the log that goes; none:
    // nothing does.
    std::optional<std::uint64_t> retain(const QueueSettings& settings, std::int64_t now_ms);
    // When the first segment is too old; none: never, as things are.
    std::optional<std::int64_t> next_expiry_ms(const QueueSettings& settings) const;

    std::uint64_t memory_bytes() const;
    void check_invariants() const;

private:
    struct Segment {
        std::uint64_t first_offset = 0;
        std::size_t chunks = 0;
        std::uint64_t bytes = 0;
        std::uint64_t batches = 0;
        std::int64_t last_timestamp_ms = 0;
    };

    bool segment_is_full(std::uint64_t segment_bytes_max) const;
    void begin_chunk(bool begins_segment, std::uint64_t first_offset);
    void count(std::uint64_t bytes, std::uint64_t batches, std::int64_t timestamp_ms);
    // Returns the last position of it.
    std::uint64_t drop_first_segment();

    std::deque<Chunk> chunks_;
    std::deque<Segment> segments_;
    std::uint64_t end_offset_ = 0;
    std::uint64_t bytes_ = 0;
};

template <typename Visitor>
void ChunkIndex::for_each_entry(std::uint64_t after, std::uint64_t through, Visitor&& visit) const {
    // An open chunk's own entry will come behind its messages.
    auto at = std::ranges::upper_bound(chunks_, after, {}, [](const Chunk& chunk) {
        return chunk.open() ? UINT64_MAX : chunk.entry_position;
    });
    for (; at != chunks_.end() && !at->open() && at->entry_position <= through; ++at)
        visit(*at);
}

}  // namespace warren::broker
