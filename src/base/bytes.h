#pragma once
// Big-endian reading and writing of byte sequences. A reader never reads past its end: it fails,
// stays failed, and says so.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace warren {

using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <typename Unsigned>
constexpr Unsigned to_big_endian(Unsigned value) {
    if constexpr (std::endian::native == std::endian::little) return std::byteswap(value);
    return value;
}

template <typename Unsigned>
Unsigned load_big_endian(const std::byte* at) {
    Unsigned value;
    std::memcpy(&value, at, sizeof value);
    return to_big_endian(value);
}

template <typename Unsigned>
void store_big_endian(std::byte* at, Unsigned value) {
    value = to_big_endian(value);
    std::memcpy(at, &value, sizeof value);
}

// Reads a byte sequence from front to back. After the first failure every read returns zero or
// empty and ok() is false.
class ByteReader {
public:
    explicit ByteReader(ByteView input) : input_(input) {}

    std::uint8_t u8() { return read<std::uint8_t>(); }
    std::uint16_t u16() { return read<std::uint16_t>(); }
    std::uint32_t u32() { return read<std::uint32_t>(); }
    std::uint64_t u64() { return read<std::uint64_t>(); }

    ByteView bytes(std::size_t count) {
        if (count > remaining()) {
            set_failed();
            return {};
        }
        ByteView taken = input_.subspan(at_, count);
        at_ += count;
        return taken;
    }
    // AMQP short string: one length octet. The view borrows from the input.
    std::string_view short_string() { return as_text(bytes(u8())); }
    // AMQP long string: four length octets.
    ByteView long_string() { return bytes(u32()); }

    std::size_t position() const { return at_; }
    std::size_t remaining() const { return input_.size() - at_; }
    bool ok() const { return !failed_; }
    bool at_end() const { return at_ == input_.size(); }
    void set_failed() {
        failed_ = true;
        at_ = input_.size();
    }

private:
    template <typename Unsigned>
    Unsigned read() {
        if (sizeof(Unsigned) > remaining()) {
            set_failed();
            return 0;
        }
        auto value = load_big_endian<Unsigned>(input_.data() + at_);
        at_ += sizeof(Unsigned);
        return value;
    }

    ByteView input_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

// Appends to a std::string used as a byte buffer; for encoders away from the hot path and for
// building blocks made once.
class ByteWriter {
public:
    explicit ByteWriter(std::string& output) : output_(output) {}

    void u8(std::uint8_t value) { write(value); }
    void u16(std::uint16_t value) { write(value); }
    void u32(std::uint32_t value) { write(value); }
    void u64(std::uint64_t value) { write(value); }
    void bytes(ByteView data) { output_.append(as_text(data)); }
    void text(std::string_view data) { output_.append(data); }
    // Must hold at most 255 bytes: callers check names before.
    void short_string(std::string_view value) {
        u8(static_cast<std::uint8_t>(value.size()));
        output_.append(value);
    }
    void long_string(std::string_view value) {
        u32(static_cast<std::uint32_t>(value.size()));
        output_.append(value);
    }
    std::size_t position() const { return output_.size(); }
    // Fills in a length that was not known when its place was written.
    void patch_u32(std::size_t at, std::uint32_t value) {
        store_big_endian(reinterpret_cast<std::byte*>(output_.data()) + at, value);
    }

private:
    template <typename Unsigned>
    void write(Unsigned value) {
        value = to_big_endian(value);
        output_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }

    std::string& output_;
};

}  // namespace warren
