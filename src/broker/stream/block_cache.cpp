#include "broker/stream/block_cache.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::broker {

void Block::add(std::uint64_t offset, MessageRef message) {
    ENSURE(offset >= end);
    bytes += sizeof(Entry) + message->footprint_bytes();
    entries.push_back({offset, std::move(message)});
    end = offset + 1;
}

void Block::add(BatchStart&& batch) {
    bytes += sizeof(BatchStart) + batch.filter.bits().size();
    batches.push_back(std::move(batch));
}

std::size_t Block::index_of(std::uint64_t offset) const {
    // Where nothing is lost, it is as far from the beginning as its offset is.
    const std::uint64_t guess = offset - std::min(offset, first);
    if (guess < entries.size() && entries[guess].offset == offset) return guess;
    return static_cast<std::size_t>(std::ranges::lower_bound(entries, offset, {}, &Entry::offset) -
                                    entries.begin());
}

const Block::BatchStart* Block::batch_at(std::uint64_t offset) const {
    const auto at = std::ranges::lower_bound(batches, offset, {}, &BatchStart::first_offset);
    return at != batches.end() && at->first_offset == offset ? &*at : nullptr;
}

const Block* BlockCache::find(std::uint64_t offset) {
    auto at = blocks_.upper_bound(offset);
    if (at == blocks_.begin()) return nullptr;
    Block& block = (--at)->second;
    if (block.end <= offset) return nullptr;
    block.last_use = ++uses_;
    return &block;
}

Block& BlockCache::open(std::uint64_t offset) {
    auto at = blocks_.upper_bound(offset);
    if (at != blocks_.begin()) {
        Block& before = std::prev(at)->second;
        ENSURE(before.end <= offset);
        const bool has_room =
            before.entries.size() < block_entries_max && before.bytes < block_bytes_max;
        if (before.end == offset && has_room) return before;
        const storage::LogCursor cursor =
            before.end == offset ? before.cursor : storage::LogCursor();
        // A block that was opened and not filled.
        if (before.first == offset) return before;
        at = blocks_.emplace_hint(at, offset, Block());
        at->second.cursor = cursor;
    } else {
        at = blocks_.emplace_hint(at, offset, Block());
    }
    at->second.first = at->second.end = offset;
    return at->second;
}

std::uint64_t BlockCache::next_start(std::uint64_t offset) const {
    const auto at = blocks_.upper_bound(offset);
    return at == blocks_.end() ? UINT64_MAX : at->first;
}

void BlockCache::filled(Block& block, std::uint64_t bytes_before) {
    block.last_use = ++uses_;
    bytes_ += block.bytes - bytes_before;
    evict(block);
}

void BlockCache::evict(const Block& kept) {
    while (bytes_ > bytes_max_ && blocks_.size() > 1) {
        auto oldest = blocks_.end();
        for (auto at = blocks_.begin(); at != blocks_.end(); ++at)
            if (&at->second != &kept &&
                (oldest == blocks_.end() || at->second.last_use < oldest->second.last_use))
                oldest = at;
        bytes_ -= oldest->second.bytes;
        blocks_.erase(oldest);
    }
}

void BlockCache::drop_before(std::uint64_t offset) {
    while (!blocks_.empty() && blocks_.begin()->second.first < offset) {
        bytes_ -= blocks_.begin()->second.bytes;
        blocks_.erase(blocks_.begin());
    }
}

void BlockCache::clear() {
    blocks_.clear();
    bytes_ = 0;
}

}  // namespace warren::broker
