#include "net/input_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/ensure.h"

namespace warren::net {

namespace {

// Rests up to this size are copied to the shared buffer and back.
constexpr std::size_t copied_rest_bytes = 8192;
// The least room for a read into own memory.
constexpr std::size_t own_room_bytes = 16'384;

}  // namespace

std::span<std::byte> InputBuffer::prepare(std::span<std::byte> shared) {
    shows_shared_ = size_ <= copied_rest_bytes && size_ < shared.size();
    if (shows_shared_) {
        if (size_ != 0) std::memcpy(shared.data(), own_.get() + begin_, size_);
        shared_ = shared;
        return shared.subspan(size_);
    }
    make_room();
    return {own_.get() + begin_ + size_, capacity_ - begin_ - size_};
}

ByteView InputBuffer::received(std::size_t bytes) {
    size_ += bytes;
    return shows_shared_ ? ByteView(shared_.first(size_)) : kept();
}

void InputBuffer::consume(std::size_t bytes) {
    ENSURE(bytes <= size_);
    size_ -= bytes;
    if (std::exchange(shows_shared_, false)) {
        keep({shared_.data() + bytes, size_});
        return;
    }
    begin_ += bytes;
    if (size_ == 0) keep({});
}

// The rest lies in the shared buffer.
void InputBuffer::keep(ByteView rest) {
    begin_ = 0;
    if (rest.empty()) {
        own_.reset();
        capacity_ = 0;
        return;
    }
    if (rest.size() > capacity_ || capacity_ > 2 * copied_rest_bytes) {
        own_ = std::make_unique_for_overwrite<std::byte[]>(rest.size());
        capacity_ = rest.size();
    }
    std::memcpy(own_.get(), rest.data(), rest.size());
}

// Doubles with what has arrived: the reads grow with the frame that is on its way.
void InputBuffer::make_room() {
    const std::size_t room = std::max(own_room_bytes, size_);
    if (capacity_ - begin_ - size_ >= own_room_bytes) return;
    if (capacity_ - size_ >= room) {
        std::memmove(own_.get(), own_.get() + begin_, size_);
        begin_ = 0;
        return;
    }
    auto larger = std::make_unique_for_overwrite<std::byte[]>(size_ + room);
    std::memcpy(larger.get(), own_.get() + begin_, size_);
    own_ = std::move(larger);
    capacity_ = size_ + room;
    begin_ = 0;
}

}  // namespace warren::net
