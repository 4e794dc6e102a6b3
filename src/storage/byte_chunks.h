#pragma once
// Bytes that are gathered piece by piece, each piece in one stretch of memory that never moves.
// Growing copies nothing and fills nothing with zeros.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/ensure.h"

namespace warren::storage {

class ByteChunks {
    struct Chunk {
        std::unique_ptr<std::byte[]> memory;
        std::size_t capacity = 0;
        std::size_t used = 0;

        std::size_t free_bytes() const { return capacity - used; }
    };

public:
    // Room for one more piece, to be filled by the caller.
    std::byte* add(std::size_t piece_bytes) {
        if (chunks_.empty() || chunks_.back().free_bytes() < piece_bytes) begin_chunk(piece_bytes);
        Chunk& chunk = chunks_.back();
        std::byte* const piece = chunk.memory.get() + chunk.used;
        chunk.used += piece_bytes;
        bytes_ += piece_bytes;
        return piece;
    }
    std::uint64_t bytes() const { return bytes_; }

    // Calls visit(span) for each stretch of memory, in order, until one call says false.
    template <typename Visit>
    bool for_each_stretch(Visit visit) const {
        for (const Chunk& chunk : chunks_)
            if (!visit(std::span<std::byte>(chunk.memory.get(), chunk.used))) return false;
        return true;
    }

    // Goes over the pieces once more, in the order in which they were added.
    class Walk {
    public:
        explicit Walk(const ByteChunks& chunks) : chunks_(chunks) {}

        // Where the next piece begins, before its length is known; it is not of no bytes.
        std::byte* peek() {
            while (at_ == chunk().used)
                leave_chunk();
            return chunk().memory.get() + at_;
        }
        // `piece_bytes` as given to add().
        std::span<std::byte> next(std::size_t piece_bytes) {
            if (piece_bytes == 0) return {};
            while (chunk().used - at_ < piece_bytes)
                leave_chunk();
            std::byte* const piece = chunk().memory.get() + at_;
            at_ += piece_bytes;
            return {piece, piece_bytes};
        }
        bool at_end() const {
            return index_ == chunks_.chunks_.size() ||
                   (index_ + 1 == chunks_.chunks_.size() && at_ == chunk().used);
        }

    private:
        const Chunk& chunk() const {
            ENSURE(index_ < chunks_.chunks_.size());
            return chunks_.chunks_[index_];
        }
        void leave_chunk() {
            // A piece lies in one chunk: what is left of this one must be nothing.
            ENSURE(at_ == chunk().used);
            ++index_;
            at_ = 0;
        }

        const ByteChunks& chunks_;
        std::size_t index_ = 0;
        std::size_t at_ = 0;
    };

private:
    static constexpr std::size_t chunk_bytes_min = 16u << 10;
    static constexpr std::size_t chunk_bytes_max = 1u << 20;

    // As large as all before it: little is wasted, and there are few.
    void begin_chunk(std::size_t piece_bytes) {
        const std::size_t usual = std::clamp(bytes_, chunk_bytes_min, chunk_bytes_max);
        const std::size_t capacity = std::max(usual, piece_bytes);
        chunks_.push_back({std::make_unique_for_overwrite<std::byte[]>(capacity), capacity, 0});
    }

    std::vector<Chunk> chunks_;
    std::size_t bytes_ = 0;
};

}  // namespace warren::storage
