// Where a reader begins: what the argument x-stream-offset comes to. Batches are what RabbitMQ
// calls chunks: `last` and times lead to the first message of one.
#include <algorithm>
#include <limits>

#include "broker/stream/stream_queue.h"

namespace warren::broker {

std::uint64_t StreamQueue::resolve(const StreamOffset& offset) {
    switch (offset.kind) {
        case StreamOffset::Kind::first:
            return first_offset();
        case StreamOffset::Kind::last:
            return last_batch();
        case StreamOffset::Kind::next:
            return next_offset_;
        // One that is still to come is waited for.
        case StreamOffset::Kind::offset:
            return std::max(offset.value, first_offset());
        case StreamOffset::Kind::timestamp:
            return batch_of_time(static_cast<std::int64_t>(offset.value));
        case StreamOffset::Kind::interval:
            return batch_of_time(host_.now().wall.ms - static_cast<std::int64_t>(offset.value));
    }
    return next_offset_;
}

// The last one that can be read.
std::uint64_t StreamQueue::last_batch() const {
    const auto& batches = tail_.batches();
    const auto at = std::find_if(batches.rbegin(), batches.rend(), [&](const auto& batch) {
        return batch.first_offset < committed_end_;
    });
    if (at != batches.rend()) return std::max(at->first_offset, first_offset());
    if (committed_end_ == first_offset()) return committed_end_;
    const Chunk* chunk = chunks_.find(committed_end_ - 1);
    return std::max(std::min(chunk->last_batch_offset, committed_end_ - 1), first_offset());
}

std::uint64_t StreamQueue::batch_of_time(std::int64_t timestamp_ms) {
    const Chunk* chunk = chunks_.find_time(timestamp_ms);
    if (chunk == nullptr) return next_offset_;
    if (chunk->first_timestamp_ms >= timestamp_ms) return chunk->first_offset;
    Budget budget{.messages = 0, .readings = std::numeric_limits<std::size_t>::max()};
    const std::uint64_t end = std::min(chunk->end_offset(), committed_end_);
    for (std::uint64_t offset = chunk->first_offset; offset < end;) {
        const Block* block = block_at(offset, budget);
        for (const Block::BatchStart& batch : block->batches)
            if (batch.first_offset >= offset && batch.timestamp_ms >= timestamp_ms)
                return batch.first_offset;
        offset = block->end;
    }
    return end;
}

}  // namespace warren::broker
