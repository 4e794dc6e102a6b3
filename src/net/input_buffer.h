#pragma once
// Input of one connection that its session has not taken yet: usually nothing, sometimes a part of
// a frame, or what arrived while the session wanted no input. All connections of a shard read into
// one large shared buffer; only what remains is kept here, so an idle connection holds no memory.
//
//   room = prepare(shared);  n = read(room);  input = received(n);  taken = ...;  consume(taken);
//
// A short rest is copied in front of the next read, which costs less than reading into memory that
// is not in the cache. A longer one (a large frame on its way) is added to where it lies, in memory
// that grows with what has really arrived, so that a slow sender costs no repeated copying.
#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace warren::net {

class InputBuffer {
public:
    // Where the next read goes. `shared` must stay untouched until consume().
    std::span<std::byte> prepare(std::span<std::byte> shared);
    // The read has given `bytes`; all input there is now, contiguous.
    ByteView received(std::size_t bytes);
    // The front of what received() or kept() has shown is done with; the rest is kept.
    void consume(std::size_t bytes);

    // What is kept between reads.
    ByteView kept() const { return {own_.get() + begin_, size_}; }
    bool empty() const { return size_ == 0; }
    // Memory held for it.
    std::size_t footprint_bytes() const { return capacity_; }

private:
    void keep(ByteView rest);
    void make_room();

    std::unique_ptr<std::byte[]> own_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;  // of the input in own_
    std::size_t size_ = 0;
    std::span<std::byte> shared_;  // between prepare() and consume(), when the read goes there
    bool shows_shared_ = false;
};

}  // namespace warren::net
