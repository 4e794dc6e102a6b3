#pragma once
// The newest messages of a stream, which only memory and the write-ahead log have, batch by batch.
// They leave from the front, when segments have them or retention takes them.
#include <cstdint>
#include <deque>
#include <vector>

#include "broker/message.h"
#include "broker/stream/bloom_filter.h"

namespace warren::broker {

class StreamTail {
public:
    struct Batch {
        std::uint64_t first_offset = 0;
        std::uint64_t first_position = 0;
        std::int64_t timestamp_ms = 0;
        std::uint32_t count = 0;  // with those that have left the tail
        // Where a start finds messages missing, a batch comes back in pieces: place of this one in
        // the batch as it was written, and, of the first piece, how many that had.
        std::uint16_t written_index = 0;
        std::uint16_t written_count = 0;
        BloomFilter filter;
        std::vector<MessageRef> messages;

        // Of the messages that are still there.
        std::uint32_t gone() const { return count - static_cast<std::uint32_t>(messages.size()); }
        std::uint64_t offset() const { return first_offset + gone(); }
        std::uint64_t position() const { return first_position + gone(); }
        std::uint64_t end_offset() const { return first_offset + count; }
        std::uint64_t end_position() const { return first_position + count; }
    };

    bool empty() const { return batches_.empty(); }
    std::uint64_t first_offset() const { return batches_.front().offset(); }
    std::uint64_t bytes() const { return bytes_; }
    const std::deque<Batch>& batches() const { return batches_; }
    // The last batch, to be added to while the stream is being restored.
    void push_back(Batch&& batch);
    void extend(MessageRef message);
    // The batch with that offset or the first behind it.
    std::deque<Batch>::const_iterator find(std::uint64_t offset) const;
    // The first batch with a message at that position or above it.
    std::deque<Batch>::const_iterator find_position(std::uint64_t position) const;
    // What lies at positions up to that one is forgotten.
    void drop_through(std::uint64_t position);

private:
    void leave(const Batch& batch, std::size_t messages);

    std::deque<Batch> batches_;
    std::uint64_t bytes_ = 0;
};

}  // namespace warren::broker
