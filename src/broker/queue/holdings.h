#pragma once
// What the messages that a queue holds (ready and unacked) add up to beyond their number and
// bodies.
#include <cstdint>

#include "broker/message.h"

namespace warren::broker {

struct Holdings {
    std::uint64_t footprint_bytes = 0;
    std::uint64_t persistent = 0;
    std::uint64_t persistent_bytes = 0;

    void enter(const Message& message) {
        footprint_bytes += message.footprint_bytes();
        if (!message.traits().persistent) return;
        ++persistent;
        persistent_bytes += message.body_bytes();
    }
    void leave(const Message& message) {
        footprint_bytes -= message.footprint_bytes();
        if (!message.traits().persistent) return;
        --persistent;
        persistent_bytes -= message.body_bytes();
    }
    friend bool operator==(const Holdings&, const Holdings&) = default;
};

}  // namespace warren::broker
