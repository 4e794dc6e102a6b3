#pragma once
// Bytes waiting for a socket. Small things are written in place (reserve, commit) into chunks that
// the thread recycles; large bodies are sent from where they lie (append_slice) and kept alive by
// their owner until written. The socket takes a gathered view (gather) and says how much it has
// written (consume).
//
// An empty buffer holds no chunk, so that an idle connection costs next to nothing. Appending small
// things costs a comparison and an addition; there is no allocation while the thread's pool lasts.
//
// Lives on one thread. Order: the pieces (sealed runs of chunks, and slices), then the open run
// [begin_, at_) of the newest chunk.
#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace warren {

// Keeps the bytes of a slice alive: release(object) is called once, when they have been written or
// given up. An empty owner says that somebody else does: a later slice's owner, or static memory.
class SliceOwner {
public:
    using Release = void (*)(void* object);

    SliceOwner() = default;
    SliceOwner(void* object, Release release) : object_(object), release_(release) {}
    SliceOwner(SliceOwner&& other) noexcept
        : object_(other.object_), release_(std::exchange(other.release_, nullptr)) {}
    SliceOwner& operator=(SliceOwner&& other) noexcept {
        std::swap(object_, other.object_);
        std::swap(release_, other.release_);
        return *this;
    }
    SliceOwner(const SliceOwner&) = delete;
    SliceOwner& operator=(const SliceOwner&) = delete;
    ~SliceOwner() {
        if (release_ != nullptr) release_(object_);
    }

private:
    void* object_ = nullptr;
    Release release_ = nullptr;
};

class OutputBuffer {
public:
    OutputBuffer() = default;
    OutputBuffer(const OutputBuffer&) = delete;
    OutputBuffer& operator=(const OutputBuffer&) = delete;
    ~OutputBuffer() { clear(); }

    // Room for `bytes` contiguous bytes behind all that is there; good until the next call.
    std::byte* reserve(std::size_t bytes) {
        if (bytes > static_cast<std::size_t>(end_ - at_)) [[unlikely]]
            open_chunk(bytes);
        return at_;
    }
    // The first `bytes` of what was reserved are output now.
    void commit(std::size_t bytes) { at_ += bytes; }

    // Copies.
    void append(ByteView bytes);
    // Refers to bytes that `owner` keeps alive and unchanged.
    void append_slice(ByteView bytes, SliceOwner owner);

    // Bytes not written yet.
    std::size_t size() const { return sealed_bytes_ + static_cast<std::size_t>(at_ - begin_); }
    bool empty() const { return size() == 0; }

    // Describes the oldest output, in order; returns how many entries of `into` were filled. Good
    // until the buffer changes.
    std::size_t gather(std::span<iovec> into) const;
    // The oldest `bytes` have been written. No more than size().
    void consume(std::size_t bytes);
    // Gives up all output.
    void clear();

private:
    struct Chunk;
    struct Piece {
        const std::byte* data;
        std::size_t bytes;
        SliceOwner owner;
    };

    void open_chunk(std::size_t bytes);
    void seal_run();
    void leave_chunk();
    std::size_t consume_pieces(std::size_t bytes);

    std::byte* begin_ = nullptr;  // first unwritten byte of the open run
    std::byte* at_ = nullptr;     // its end, where the next byte goes
    std::byte* end_ = nullptr;    // end of the chunk
    Chunk* chunk_ = nullptr;      // newest chunk, which holds the open run; null when empty
    std::vector<Piece> pieces_;   // those before first_ are written
    std::size_t first_ = 0;
    std::size_t sealed_bytes_ = 0;  // unwritten bytes of all pieces
};

}  // namespace warren
