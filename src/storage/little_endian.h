#pragma once
// Numbers as they lie in files: little-endian, at any address. A reader never reads past its end:
// it fails, stays failed, and says so.
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace warren::storage {

template <typename Number>
constexpr Number to_little_endian(Number value) {
    if constexpr (std::endian::native == std::endian::big) return std::byteswap(value);
    return value;
}

template <typename Number>
Number load_little_endian(const std::byte* at) {
    Number value;
    std::memcpy(&value, at, sizeof value);
    return to_little_endian(value);
}

// Returns the place behind it.
template <typename Number>
std::byte* store_little_endian(std::byte* at, Number value) {
    value = to_little_endian(value);
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

inline std::byte* store_bytes(std::byte* at, ByteView bytes) {
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    return at + bytes.size();
}

class LittleEndianReader {
public:
    explicit LittleEndianReader(ByteView input) : input_(input) {}

    // Zero once the input has ended.
    template <typename Number>
    Number read() {
        if (sizeof(Number) > input_.size()) {
            failed_ = true;
            input_ = {};
            return 0;
        }
        const auto value = load_little_endian<Number>(input_.data());
        input_ = input_.subspan(sizeof(Number));
        return value;
    }
    ByteView bytes(std::size_t count) {
        if (count > input_.size()) {
            failed_ = true;
            input_ = {};
            return {};
        }
        const ByteView taken = input_.first(count);
        input_ = input_.subspan(count);
        return taken;
    }
    ByteView rest() const { return input_; }
    bool ok() const { return !failed_; }
    // Everything was read and nothing was missing.
    bool complete() const { return !failed_ && input_.empty(); }

private:
    ByteView input_;
    bool failed_ = false;
};

}  // namespace warren::storage
