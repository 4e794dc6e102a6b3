#pragma once
// How far the consumers of a queue are behind, as those who publish to it are told: they read their
// clients more slowly then, so that consumers come first. A queue without consumers is a buffer,
// and none of this.
#include <cstdint>

#include "base/limits.h"

namespace warren::broker {

enum class Crowding : std::uint8_t {
    none,
    crowded,      // limits::crowded_messages_high are ready
    overcrowded,  // limits::overcrowded_messages_high are
};

// Of a queue with consumers; a crowding that there is goes at a lower mark than it came.
constexpr Crowding crowding_of(std::uint64_t ready_messages, Crowding until_now) {
    const bool was_overcrowded = until_now == Crowding::overcrowded;
    if (ready_messages >
        (was_overcrowded ? limits::overcrowded_messages_low : limits::overcrowded_messages_high))
        return Crowding::overcrowded;
    const bool was_crowded = until_now != Crowding::none;
    if (ready_messages >
        (was_crowded ? limits::crowded_messages_low : limits::crowded_messages_high))
        return Crowding::crowded;
    return Crowding::none;
}

}  // namespace warren::broker
