#pragma once
// Messages of one queue that have died, are on their way to its dead-letter exchange, and must not
// be forgotten here before they are safe there: a process that ends in between finds them in the
// queue's log as if they had not died. Only what the log keeps is worth waiting for.
//
// The life of a letter: Queue::bury() sends it off and add()s it; letter_done() take()s it and
// settles its entry. Counted apart from the messages of the queue, which it has left.
#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.h"
#include "base/limits.h"
#include "broker/queue/holdings.h"
#include "broker/queue/queue_host.h"
#include "broker/queue/ready_message.h"
#include "broker/queue/unacked.h"

namespace warren::broker {

// A message that is leaving its queue unconsumed, with all that its entry in the log says.
struct Letter {
    MessageRef message;
    std::uint64_t position = 0;
    Instant deadline = Instant::never();
    DeathReason reason = DeathReason::rejected;
    std::uint8_t level = 0;
    bool delivered = false;  // somebody has had it: it would come back as redelivered
    bool logged = false;     // the queue's log knows it, and must hear when it leaves

    static Letter of(ReadyMessage&& ready, DeathReason reason);
    static Letter of(UnackedMessage&& unacked, std::uint8_t level);
};

class Letters {
public:
    std::uint64_t count() const { return waiting_.size(); }
    bool empty() const { return waiting_.empty(); }
    // No more should be sent off before some have arrived: those to whom they go cannot keep up.
    bool full() const { return waiting_.size() >= limits::letters_waiting_max; }
    const Holdings& holdings() const { return holdings_; }

    void add(Letter letter);
    // Nullopt if no letter of that position waits: what is told was sent by a queue of this name
    // that has gone.
    std::optional<Letter> take(std::uint64_t position);
    std::optional<Letter> take_first();
    const Letter* find(std::uint64_t position) const;

    // Positions in (after, through], in order.
    template <typename Visitor>
    void for_each_in(std::uint64_t after, std::uint64_t through, Visitor&& visit) const {
        for (auto at = waiting_.upper_bound(after); at != waiting_.end() && at->first <= through;
             ++at)
            visit(at->second);
    }
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for_each_in(0, UINT64_MAX, visit);
    }
    void check_invariants() const;

private:
    std::map<std::uint64_t, Letter> waiting_;  // by position
    Holdings holdings_;                        // of what waits
};

}  // namespace warren::broker
