#pragma once
// Writes big-endian values into memory whose size was computed before. Checks nothing: whoever
// reserves the memory compares the place reached with the place expected.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace warren::amqp091 {

namespace detail {

// Copies two overlapping halves of a fixed size each: no call and no loop.
template <std::size_t half_bytes>
void copy_in_halves(std::byte* to, const std::byte* from, std::size_t bytes) {
    std::byte first[half_bytes];
    std::byte last[half_bytes];
    std::memcpy(first, from, half_bytes);
    std::memcpy(last, from + bytes - half_bytes, half_bytes);
    std::memcpy(to, first, half_bytes);
    std::memcpy(to + bytes - half_bytes, last, half_bytes);
}

// What stands in a frame is mostly shorter than the call of memcpy takes: names, tags, headers,
// small bodies.
inline void copy_short(std::byte* to, const std::byte* from, std::size_t bytes) {
    if (bytes > 32)
        std::memcpy(to, from, bytes);
    else if (bytes >= 16)
        copy_in_halves<16>(to, from, bytes);
    else if (bytes >= 8)
        copy_in_halves<8>(to, from, bytes);
    else if (bytes >= 4)
        copy_in_halves<4>(to, from, bytes);
    else if (bytes >= 2)
        copy_in_halves<2>(to, from, bytes);
    else if (bytes == 1)
        *to = *from;
}

}  // namespace detail

class RawWriter {
public:
    explicit RawWriter(std::byte* at) : at_(at) {}

    void u8(std::uint8_t value) { *at_++ = std::byte{value}; }
    void u16(std::uint16_t value) { write(value); }
    void u32(std::uint32_t value) { write(value); }
    void u64(std::uint64_t value) { write(value); }
    void bytes(ByteView data) {
        detail::copy_short(at_, data.data(), data.size());
        at_ += data.size();
    }
    // At most 255 bytes: names come from the wire or were checked.
    void short_string(std::string_view text) {
        u8(static_cast<std::uint8_t>(text.size()));
        bytes(as_bytes(text));
    }
    void long_string(std::string_view text) {
        u32(static_cast<std::uint32_t>(text.size()));
        bytes(as_bytes(text));
    }
    std::byte* at() const { return at_; }

private:
    template <typename Unsigned>
    void write(Unsigned value) {
        store_big_endian(at_, value);
        at_ += sizeof value;
    }

    std::byte* at_;
};

}  // namespace warren::amqp091
