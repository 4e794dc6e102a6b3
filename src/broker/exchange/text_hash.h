#pragma once
// A hash for the few octets of a word or a routing key: made to be cheap, because there is one with
// every message.
#include <cstdint>
#include <cstring>
#include <string_view>

namespace warren::broker {

inline std::uint32_t text_hash(std::string_view text) {
    constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15ULL;
    std::uint64_t mixed = text.size();
    const auto take = [&](std::size_t octets) {
        std::uint64_t piece = 0;
        std::memcpy(&piece, text.data(), octets);
        mixed = (mixed ^ piece) * odd;
        mixed ^= mixed >> 32;
        text.remove_prefix(octets);
    };
    while (text.size() >= 8)
        take(8);
    if (text.size() >= 4) take(4);
    while (!text.empty())
        take(1);
    return static_cast<std::uint32_t>(mixed * odd >> 32);
}

}  // namespace warren::broker
