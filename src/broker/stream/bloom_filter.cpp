#include "broker/stream/bloom_filter.h"

#include <algorithm>
#include <cstdint>

#include "base/ensure.h"

namespace warren::broker {

namespace {

constexpr int bits_per_value = 4;

// FNV-1a, and then a mix, because its low bits alone are poor.
std::uint64_t hash_of(std::string_view value) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (const char letter : value)
        hash = (hash ^ static_cast<std::uint8_t>(letter)) * 0x100'0000'01b3;
    hash = (hash ^ hash >> 33) * 0xff51'afd7'ed55'8ccd;
    hash = (hash ^ hash >> 33) * 0xc4ce'b9fe'1a85'ec53;
    return hash ^ hash >> 33;
}

// Calls visit(byte, mask) for each bit of a value, until it returns false.
template <typename Visit>
void for_each_bit(std::string_view value, std::size_t bytes, Visit visit) {
    const std::uint64_t hash = hash_of(value);
    const auto step = static_cast<std::uint32_t>(hash >> 32) | 1;
    auto place = static_cast<std::uint32_t>(hash);
    for (int count = 0; count < bits_per_value; ++count, place += step) {
        const std::uint64_t bit = place % (bytes * 8);
        if (!visit(bit / 8, static_cast<char>(1 << bit % 8))) return;
    }
}

}  // namespace

void BloomFilter::insert(std::string_view value) {
    ENSURE(has_bits());
    for_each_bit(value, bits_.size(), [&](std::size_t byte, char mask) {
        bits_[byte] = static_cast<char>(bits_[byte] | mask);
        return true;
    });
}

bool BloomFilter::may_contain(std::string_view value) const {
    if (!has_bits()) return value.empty();
    bool found = true;
    for_each_bit(value, bits_.size(), [&](std::size_t byte, char mask) {
        found = (bits_[byte] & mask) != 0;
        return found;
    });
    return found;
}

void BloomFilter::merge(const BloomFilter& other) {
    if (!has_bits() && !other.has_bits()) return;
    if (!has_bits()) {
        bits_ = other.bits_;
        return insert({});
    }
    if (!other.has_bits()) return insert({});
    if (bits_.size() != other.bits_.size()) {
        std::ranges::fill(bits_, '\xff');
        return;
    }
    for (std::size_t index = 0; index < bits_.size(); ++index)
        bits_[index] = static_cast<char>(bits_[index] | other.bits_[index]);
}

}  // namespace warren::broker
