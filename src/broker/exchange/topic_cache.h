#pragma once
// What a topic exchange has lately found for which routing key: most exchanges see the same keys
// again and again. Good until one of the exchange's bindings comes or goes.
//
// Bounded by the number of bindings, and left alone for a while when hardly anything is found in
// it: keys that never come again would only push the rest out of the processor's caches.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "broker/topology/binding.h"

namespace warren::broker {

class TopicCache {
public:
    using Destinations = std::span<const Destination* const>;

    struct Entry {
        static constexpr std::size_t destinations_max = 6;
        static constexpr std::size_t key_bytes_max = 74;

        std::uint32_t generation = 0;  // it was written in; 0: never
        std::uint8_t key_bytes = 0;
        std::uint8_t destination_count = 0;
        std::array<char, key_bytes_max> key_text{};
        std::array<const Destination*, destinations_max> to{};

        std::string_view key() const { return {key_text.data(), key_bytes}; }
        Destinations destinations() const { return Destinations(to).first(destination_count); }
    };

    // Null if it is not known. Good until put() or forget().
    const Entry* find(std::string_view key);
    // After find() has not found it. Too long a key or too many destinations are not remembered.
    void put(std::string_view key, Destinations destinations);
    // The exchange has so many bindings now.
    void forget(std::size_t bindings);

private:
    bool is_resting();
    Entry& entry_of(std::string_view key);

    std::vector<Entry> entries_;  // none, or a power of two; a key has one place
    std::size_t entries_wanted_ = 0;
    std::uint32_t generation_ = 1;
    std::uint32_t asked_ = 0;  // in this round
    std::uint32_t found_ = 0;
    std::uint32_t resting_ = 0;  // so many more questions are not even looked up
};

}  // namespace warren::broker
