#include "base/output_buffer.h"

#include <algorithm>
#include <new>

#include "base/ensure.h"

namespace warren {

namespace {

// The first chunk of a burst is small: a turn that sends one message to each of ten thousand
// connections must not touch a large chunk for each of them. Both sizes include the head.
constexpr std::size_t small_chunk_bytes = 4096;
constexpr std::size_t large_chunk_bytes = 65'536;
// A buffer that runs empty keeps room for this many pieces.
constexpr std::size_t pieces_kept = 32;

// Memory of one size, used again by the same thread.
class BlockPool {
public:
    constexpr BlockPool(std::size_t block_bytes, std::size_t kept_max)
        : block_bytes_(block_bytes), kept_max_(kept_max) {}
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    ~BlockPool() {
        while (free_ != nullptr)
            ::operator delete(std::exchange(free_, free_->next));
    }

    void* take() {
        if (free_ == nullptr) return ::operator new(block_bytes_);
        --count_;
        return std::exchange(free_, free_->next);
    }
    void give_back(void* block) {
        if (count_ == kept_max_) return ::operator delete(block);
        ++count_;
        free_ = new (block) FreeBlock{free_};
    }

private:
    struct FreeBlock {
        FreeBlock* next;
    };

    std::size_t block_bytes_;
    std::size_t kept_max_;
    FreeBlock* free_ = nullptr;
    std::size_t count_ = 0;
};

// A thread keeps at most 1 MiB of small chunks and 4 MiB of large ones.
constinit thread_local BlockPool small_blocks{small_chunk_bytes, 256};
constinit thread_local BlockPool large_blocks{large_chunk_bytes, 64};

}  // namespace

// References: one of the buffer while it is the newest chunk, one of each sealed run in it.
struct OutputBuffer::Chunk {
    std::size_t bytes;  // head included
    std::size_t references;

    std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
    std::byte* end() { return reinterpret_cast<std::byte*>(this) + bytes; }

    static Chunk* take(std::size_t bytes) {
        void* memory = bytes == small_chunk_bytes   ? small_blocks.take()
                       : bytes == large_chunk_bytes ? large_blocks.take()
                                                    : ::operator new(bytes);
        return new (memory) Chunk{bytes, 1};
    }
    void drop_reference() {
        if (--references != 0) return;
        if (bytes == small_chunk_bytes) return small_blocks.give_back(this);
        if (bytes == large_chunk_bytes) return large_blocks.give_back(this);
        ::operator delete(this);
    }
};

void OutputBuffer::append(ByteView bytes) {
    while (!bytes.empty()) {
        if (at_ == end_) open_chunk(1);
        const std::size_t part = std::min(bytes.size(), static_cast<std::size_t>(end_ - at_));
        std::copy_n(bytes.data(), part, at_);
        at_ += part;
        bytes = bytes.subspan(part);
    }
}

void OutputBuffer::append_slice(ByteView bytes, SliceOwner owner) {
    if (bytes.empty()) return;
    seal_run();
    pieces_.push_back({bytes.data(), bytes.size(), std::move(owner)});
    sealed_bytes_ += bytes.size();
}

void OutputBuffer::open_chunk(std::size_t bytes) {
    const std::size_t needed = sizeof(Chunk) + bytes;
    std::size_t chunk_bytes = empty() ? small_chunk_bytes : large_chunk_bytes;
    if (needed > chunk_bytes) chunk_bytes = std::max(needed, large_chunk_bytes);
    leave_chunk();
    chunk_ = Chunk::take(chunk_bytes);
    begin_ = at_ = chunk_->data();
    end_ = chunk_->end();
}

void OutputBuffer::seal_run() {
    if (begin_ == at_) return;
    const auto bytes = static_cast<std::size_t>(at_ - begin_);
    ++chunk_->references;
    pieces_.push_back({begin_, bytes, SliceOwner(chunk_, [](void* chunk) {
                           static_cast<Chunk*>(chunk)->drop_reference();
                       })});
    sealed_bytes_ += bytes;
    begin_ = at_;
}

void OutputBuffer::leave_chunk() {
    if (chunk_ == nullptr) return;
    seal_run();
    std::exchange(chunk_, nullptr)->drop_reference();
    begin_ = at_ = end_ = nullptr;
}

std::size_t OutputBuffer::gather(std::span<iovec> into) const {
    std::size_t count = 0;
    const auto add = [&](const std::byte* data, std::size_t bytes) {
        into[count++] = {const_cast<std::byte*>(data), bytes};  // iovec serves reads too
    };
    for (std::size_t index = first_; index < pieces_.size() && count < into.size(); ++index)
        add(pieces_[index].data, pieces_[index].bytes);
    if (count < into.size() && begin_ != at_) add(begin_, static_cast<std::size_t>(at_ - begin_));
    return count;
}

void OutputBuffer::consume(std::size_t bytes) {
    ENSURE(bytes <= size());
    if (!pieces_.empty()) bytes = consume_pieces(bytes);
    begin_ += bytes;
    if (empty()) leave_chunk();
}

// Returns what is left to be consumed of the open run.
std::size_t OutputBuffer::consume_pieces(std::size_t bytes) {
    for (; first_ != pieces_.size(); ++first_) {
        Piece& piece = pieces_[first_];
        const std::size_t part = std::min(bytes, piece.bytes);
        piece.data += part;
        piece.bytes -= part;
        sealed_bytes_ -= part;
        bytes -= part;
        if (piece.bytes != 0) break;
        SliceOwner released = std::move(piece.owner);
    }
    if (first_ == pieces_.size()) {
        pieces_.clear();
        first_ = 0;
        if (pieces_.capacity() > pieces_kept) pieces_.shrink_to_fit();
    } else if (first_ > pieces_kept && first_ * 2 > pieces_.size()) {
        pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    return bytes;
}

void OutputBuffer::clear() {
    consume(size());
}

}  // namespace warren
