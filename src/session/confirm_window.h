#pragma once
// Publisher confirms of one channel: numbers what is published, waits for every queue a message
// went to, and merges what is complete into as few basic.ack as the order allows (RabbitMQ,
// "publisher confirms": `multiple`).
//
// States of a sequence number: outstanding (in outstanding_) -> complete (in accepted_ or refused_)
// -> told (gone).
#include <cstdint>
#include <vector>

#include "base/sliding_map.h"

namespace warren::session {

class ConfirmWindow {
public:
    // Numbers inside the broker start behind `base`, the client's at 1: a confirm that was on its
    // way to an earlier channel of the same number must not be taken for one of this channel's.
    explicit ConfirmWindow(std::uint64_t base = 0) : base_(base), outstanding_(base + 1) {}

    // Sequence number that the next expect() will give.
    std::uint64_t next_sequence() const { return outstanding_.next_key(); }

    // The next published message has gone to `copies` queues; with none it is complete at once.
    void expect(std::uint32_t copies);
    // One queue has taken (or refused) each of the messages first..last. Numbers that are not
    // outstanding are ignored.
    void settle(std::uint64_t first, std::uint64_t last, bool accepted);

    // Nothing is waiting for a queue (told or not).
    bool idle() const { return outstanding_.empty(); }
    bool has_news() const { return !accepted_.empty() || !refused_.empty(); }
    // Taken by all their queues, and not told yet.
    std::size_t accepted() const { return accepted_.size(); }
    std::size_t outstanding() const { return outstanding_.size(); }

    // Calls emit(client's sequence number, multiple, accepted) for all that has become complete.
    // Refusals go first and one by one, so that no later `multiple` can cover them.
    template <typename Emit>
    void drain(Emit&& emit) {
        for (auto sequence : refused_)
            emit(sequence - base_, false, false);
        refused_.clear();
        if (accepted_.empty()) return;
        const std::uint64_t low =
            outstanding_.empty() ? outstanding_.next_key() : outstanding_.first_key();
        std::uint64_t newest_below = 0;
        std::size_t below = 0;
        for (auto sequence : accepted_) {
            if (sequence >= low) continue;
            ++below;
            if (sequence > newest_below) newest_below = sequence;
        }
        if (below > 0) emit(newest_below - base_, below > 1, true);
        for (auto sequence : accepted_)
            if (sequence >= low) emit(sequence - base_, false, true);
        accepted_.clear();
    }

private:
    struct Outstanding {
        std::uint32_t remaining = 0;
        bool refused = false;
        bool vacant() const { return remaining == 0; }
    };

    std::uint64_t base_;
    SlidingMap<Outstanding> outstanding_;
    std::vector<std::uint64_t> accepted_;
    std::vector<std::uint64_t> refused_;
    std::vector<std::uint64_t> completed_;  // scratch of settle()
};

}  // namespace warren::session
