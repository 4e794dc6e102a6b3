#pragma once
// The keys of the messages that one queue holds, ready or unacknowledged (queue argument
// x-message-deduplication): whoever comes with a key that is here is a duplicate. Lives on the
// queue's shard, as long as the queue.
//
// A key belongs to the message with its position. Messages that a queue has taken back at start
// without their key (it was lost, or they had died and come back) are nobody's original.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "broker/deduplication/key_log.h"
#include "broker/deduplication/key_slots.h"

namespace warren::broker {

class QueueKeys {
public:
    // Takes back what the log holds, and from now on keeps there what is to survive a restart.
    // Before any message comes.
    void attach(const OpenLog& open_log);

    std::uint64_t count() const { return slots_.size(); }
    // What they take, about.
    std::uint64_t memory_bytes() const { return slots_.size() * bytes_each; }
    // No message had a key with a higher position, as far as is known.
    std::uint64_t last_position() const { return log_ == nullptr ? 0 : log_->last_position(); }

    // False: it is a duplicate. Else its key, if it has one, is here from now on. `kept`: it is to
    // survive a restart together with its message, which will be logged by the next log_pending().
    bool admit(const Message& message, std::uint64_t position, bool kept);
    // The message has left the queue.
    void leave(const Message& message, std::uint64_t position);
    // All messages have left but those with these positions, which rise.
    void leave_all_but(std::span<const std::uint64_t> positions);
    // Whatever is to survive a restart and is still here goes to the log; the messages do in the
    // same turn.
    void log_pending();
    // The queue is deleted. Only destruction may follow.
    void remove();

private:
    struct Held {
        DeduplicationKey key;
        std::uint64_t position : 63 = 0;  // 0: vacant
        std::uint64_t logged : 1 = 0;     // the log knows it, and must hear when it leaves
        bool vacant() const { return position == 0; }
    };
    static constexpr std::uint64_t position_max = (std::uint64_t{1} << 63) - 1;
    static_assert(sizeof(Held) == 24);
    using Slots = KeySlots<Held>;
    static constexpr std::uint64_t bytes_each = sizeof(Held) + Slots::bytes_a_place;

    void drop(Slots::Slot slot);

    Slots slots_;
    std::vector<LoggedKey> pending_;  // in order
    std::unique_ptr<KeyLog> log_;     // null: keys are in memory only
};

}  // namespace warren::broker
