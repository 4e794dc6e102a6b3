#pragma once
// One consumer of a queue, or one channel that holds messages of it from basic.get. The record
// stays while deliveries are unsettled, cancelled or not, because settles must find who held them.
//
// Three windows limit what a consumer is sent: the session's (messages and bytes that it has not
// passed on yet), the prefetch limit (unacknowledged messages), and for a channel with a global
// limit the grants from the session.
#include <cstdint>
#include <vector>

#include "base/limits.h"
#include "broker/queue/queue_commands.h"
#include "broker/queue/unacked.h"

namespace warren::broker {

struct Consumer {
    static constexpr ConsumerSlot no_slot = UINT32_MAX;

    ConsumerSpec spec;
    ConsumerSlot slot = no_slot;
    std::uint64_t order = 0;   // rises with each consumer that registers
    bool consuming = false;    // false: only holds messages (basic.get, or cancelled)
    bool active = false;       // false: waits behind a single active consumer
    bool grant_asked = false;  // GrantWanted is under way
    std::uint32_t grants = 0;
    std::uint32_t passing_messages = 0;  // sent and not yet credited
    std::uint64_t passing_bytes = 0;
    std::uint32_t unacked = 0;
    DeliveryIndex oldest_unacked;     // no unacked message of this consumer is older
    bool listed = false;              // in its priority's list of those that can take a message
    ConsumerSlot previous = no_slot;  // neighbours in that list
    ConsumerSlot next = no_slot;
    std::vector<Delivery> batch;  // gathered in this turn

    bool needs_grants() const { return spec.shared_limit && !spec.auto_ack; }
    bool prefetch_reached() const { return spec.prefetch != 0 && unacked >= spec.prefetch; }
    // Could take a message, of whatever size: the last one into the byte window may exceed it, or a
    // large one would wait for a session that returns credit in halves. A consumer that waits for
    // grants stays in its place among the others, so that its turn is not lost.
    bool can_be_listed() const {
        return active && !prefetch_reached() &&
               passing_messages < limits::delivery_window_messages &&
               passing_bytes < limits::delivery_window_bytes;
    }
};

}  // namespace warren::broker
