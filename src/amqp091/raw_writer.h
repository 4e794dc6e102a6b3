#pragma once
// Writes big-endian values into memory whose size was computed before. Checks nothing: whoever
// reserves the memory compares the place reached with the place expected.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace warren::amqp091 {

class RawWriter {
public:
    explicit RawWriter(std::byte* at) : at_(at) {}

    void u8(std::uint8_t value) { *at_++ = std::byte{value}; }
    void u16(std::uint16_t value) { write(value); }
    void u32(std::uint32_t value) { write(value); }
    void u64(std::uint64_t value) { write(value); }
    void bytes(ByteView data) {
        if (data.empty()) return;
        std::memcpy(at_, data.data(), data.size());
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
