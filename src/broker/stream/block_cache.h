#pragma once
// Blocks of messages as they are delivered, ready for any reader that comes by: ten readers at
// about the same place cost one decoding. The least recently used ones go when there are too many
// bytes.
#include <cstdint>
#include <map>
#include <vector>

#include "broker/message.h"
#include "broker/stream/bloom_filter.h"
#include "storage/queue_log.h"

namespace warren::broker {

// Offsets [first, end), those of lost messages among them.
struct Block {
    struct Entry {
        std::uint64_t offset = 0;
        MessageRef message;
    };
    // A batch whose first message is in the block.
    struct BatchStart {
        std::uint64_t first_offset = 0;
        std::uint32_t count = 0;
        std::int64_t timestamp_ms = 0;
        BloomFilter filter;
    };

    std::uint64_t first = 0;
    std::uint64_t end = 0;
    std::vector<Entry> entries;
    std::vector<BatchStart> batches;
    std::uint64_t bytes = 0;    // memory
    storage::LogCursor cursor;  // behind its last entry, if it was read from the log
    std::uint64_t last_use = 0;

    void add(std::uint64_t offset, MessageRef message);
    void add(BatchStart&& batch);
    // The place of the first entry with that offset or a higher one.
    std::size_t index_of(std::uint64_t offset) const;
    // Null: none begins at that offset.
    const BatchStart* batch_at(std::uint64_t offset) const;
};

class BlockCache {
public:
    // A block is not made larger than either.
    static constexpr std::size_t block_entries_max = 512;
    static constexpr std::uint64_t block_bytes_max = 256u << 10;

    explicit BlockCache(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    // The block with that offset; null: none.
    const Block* find(std::uint64_t offset);
    // A block that ends at that offset and has room, or a new one that begins there; no block has
    // the offset. To be given back by filled().
    Block& open(std::uint64_t offset);
    // The first offset above that one that a block has.
    std::uint64_t next_start(std::uint64_t offset) const;
    // Takes account of what was added to the block; other blocks may go.
    void filled(Block& block, std::uint64_t bytes_before);
    // What lies before that offset has left the stream.
    void drop_before(std::uint64_t offset);
    void clear();
    std::uint64_t bytes() const { return bytes_; }

private:
    void evict(const Block& kept);

    const std::uint64_t bytes_max_;
    std::map<std::uint64_t, Block> blocks_;  // by first
    std::uint64_t bytes_ = 0;
    std::uint64_t uses_ = 0;
};

}  // namespace warren::broker
