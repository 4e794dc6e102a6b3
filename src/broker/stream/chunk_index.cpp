#include "broker/stream/chunk_index.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::broker {

namespace {

// A chunk is closed at or above either.
constexpr std::uint32_t chunk_messages = 4096;
constexpr std::uint64_t chunk_bytes = 4u << 20;
// RabbitMQ begins a new segment after so many chunks, which are batches here.
constexpr std::uint64_t segment_batches_max = 256'000;

}  // namespace

bool ChunkIndex::segment_is_full(std::uint64_t segment_bytes_max) const {
    const Segment& segment = segments_.back();
    return segment.bytes >= segment_bytes_max || segment.batches >= segment_batches_max;
}

void ChunkIndex::begin_chunk(bool begins_segment, std::uint64_t first_offset) {
    chunks_.emplace_back().begins_segment = begins_segment;
    if (begins_segment) segments_.emplace_back().first_offset = first_offset;
    ++segments_.back().chunks;
}

void ChunkIndex::count(std::uint64_t bytes, std::uint64_t batches, std::int64_t timestamp_ms) {
    Segment& segment = segments_.back();
    segment.bytes += bytes;
    segment.batches += batches;
    segment.last_timestamp_ms = timestamp_ms;
    bytes_ += bytes;
}

bool ChunkIndex::add(const BatchSummary& batch, std::uint64_t segment_bytes_max) {
    ENSURE(batch.count != 0 && batch.first_offset >= end_offset_);
    const bool first = segments_.empty();
    const bool begins_segment = first || (!has_open_chunk() && segment_is_full(segment_bytes_max));
    if (begins_segment || !has_open_chunk()) begin_chunk(begins_segment, batch.first_offset);
    chunks_.back().add(batch);
    count(batch.bytes, 1, batch.timestamp_ms);
    end_offset_ = batch.first_offset + batch.count;
    return begins_segment && !first;
}

bool ChunkIndex::should_close(std::uint64_t segment_bytes_max) const {
    if (!has_open_chunk()) return false;
    const Chunk& chunk = chunks_.back();
    return chunk.count >= chunk_messages || chunk.bytes >= chunk_bytes ||
           segment_is_full(segment_bytes_max);
}

bool ChunkIndex::restore(const Chunk& chunk) {
    if (chunk.first_offset < end_offset_) return false;
    if (!empty() && chunk.first_position <= chunks_.back().entry_position) return false;
    begin_chunk(empty() || chunk.begins_segment, chunk.first_offset);
    const bool begins_segment = chunks_.back().begins_segment;
    chunks_.back() = chunk;
    chunks_.back().begins_segment = begins_segment;
    count(chunk.bytes, chunk.batches, chunk.last_timestamp_ms);
    end_offset_ = chunk.end_offset();
    return true;
}

const Chunk* ChunkIndex::find(std::uint64_t offset) const {
    const auto at = std::ranges::upper_bound(chunks_, offset, {}, &Chunk::end_offset);
    return at == chunks_.end() ? nullptr : &*at;
}

const Chunk* ChunkIndex::find_time(std::int64_t timestamp_ms) const {
    // A clock that was set back makes times fall: then the first chunk that fits counts.
    const auto at = std::ranges::find_if(
        chunks_, [&](const Chunk& chunk) { return chunk.last_timestamp_ms >= timestamp_ms; });
    return at == chunks_.end() ? nullptr : &*at;
}

std::uint64_t ChunkIndex::position_of(std::uint64_t offset) const {
    const Chunk* chunk = find(offset);
    ENSURE(chunk != nullptr);
    return chunk->first_position + (std::max(offset, chunk->first_offset) - chunk->first_offset);
}

std::uint64_t ChunkIndex::offset_at(std::uint64_t position) const {
    const auto at = std::ranges::upper_bound(chunks_, position, {}, &Chunk::end_position);
    if (at == chunks_.end()) return end_offset_;
    return at->first_offset + (std::max(position, at->first_position) - at->first_position);
}

// ---- retention ----

std::uint64_t ChunkIndex::drop_first_segment() {
    const Segment segment = segments_.front();
    segments_.pop_front();
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(segment.chunks));
    bytes_ -= segment.bytes;
    return chunks_.front().first_position - 1;
}

std::optional<std::uint64_t> ChunkIndex::retain(const QueueSettings& settings,
                                                std::int64_t now_ms) {
    std::optional<std::uint64_t> through;
    const auto too_long = [&] { return bytes_ > settings.length_bytes_max.value_or(UINT64_MAX); };
    const auto too_old = [&] {
        const auto expiry_ms = next_expiry_ms(settings);
        return expiry_ms && *expiry_ms <= now_ms;
    };
    while (segments_.size() > 1 && (too_long() || too_old()))
        through = drop_first_segment();
    return through;
}

std::optional<std::int64_t> ChunkIndex::next_expiry_ms(const QueueSettings& settings) const {
    if (segments_.size() < 2 || !settings.age_max_ms) return std::nullopt;
    const std::int64_t last_ms = segments_.front().last_timestamp_ms;
    const auto age_ms =
        static_cast<std::int64_t>(std::min<std::uint64_t>(*settings.age_max_ms, INT64_MAX));
    if (last_ms > 0 && age_ms >= INT64_MAX - last_ms) return std::nullopt;
    return last_ms + age_ms;
}

std::uint64_t ChunkIndex::memory_bytes() const {
    return chunks_.size() * sizeof(Chunk) + segments_.size() * sizeof(Segment);
}

void ChunkIndex::check_invariants() const {
    std::uint64_t bytes = 0;
    std::size_t chunks = 0;
    for (const Segment& segment : segments_) {
        ENSURE(segment.chunks != 0 && chunks_[chunks].begins_segment);
        chunks += segment.chunks;
    }
    ENSURE(chunks == chunks_.size());
    std::uint64_t offset = 0;
    std::uint64_t position = 0;
    for (const Chunk& chunk : chunks_) {
        ENSURE(chunk.count != 0 && chunk.first_offset >= offset);
        ENSURE(chunk.first_position > position);
        ENSURE(chunk.open() || chunk.entry_position >= chunk.end_position());
        ENSURE(!chunk.open() || &chunk == &chunks_.back());
        offset = chunk.end_offset();
        position = chunk.open() ? chunk.end_position() - 1 : chunk.entry_position;
        bytes += chunk.bytes;
    }
    ENSURE(empty() || offset == end_offset_);
    ENSURE(bytes == bytes_);
}

}  // namespace warren::broker
