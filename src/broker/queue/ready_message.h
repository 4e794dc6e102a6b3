#pragma once
// A message that waits in a queue. Thirty-two bytes, because a backlog holds one for each message.
#include <cstdint>

#include "base/clock.h"
#include "broker/message.h"

namespace warren::broker {

struct ReadyMessage {
    MessageRef message;          // null: it was taken out of the middle, this is the gap it left
    std::uint64_t position = 0;  // place in the queue, given at arrival and kept for life
    Instant deadline = Instant::never();  // expires then, wherever it stands
    std::uint32_t body_bytes = 0;
    std::uint8_t level = 0;  // priority level, 0 lowest
    bool redelivered = false;
    bool indexed = false;  // the deadline heap knows it; else its level's order does
    bool logged = false;   // the queue's log knows it, and must hear when it leaves

    bool has_deadline() const { return deadline != Instant::never(); }
};
static_assert(sizeof(ReadyMessage) == 32);

}  // namespace warren::broker
