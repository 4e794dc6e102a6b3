#pragma once
// One copy of a message in one queue, as the clients know it.
#include <cstdint>

#include "clock.h"
#include "plan.h"

namespace crash {

struct CopyId {
    SourceIndex source = 0;
    std::uint64_t sequence = 0;

    friend bool operator==(const CopyId&, const CopyId&) = default;
};

// In which queue a copy can be: the one it was published to, or that queue's dead-letter queue.
enum class Place : std::uint8_t { home, either, dead_letters };

// Acknowledged, or rejected where there is no dead-letter queue.
enum class Settled : std::uint8_t {
    no,
    sent,    // the server may have heard of it, and may have forgotten it when it was killed
    proven,  // it has heard of it, and has written it down
};

struct Copy {
    loadgen::Nanos sent_at = 0;
    loadgen::Nanos confirmed_at = 0;
    std::uint64_t rank = 0;      // in what order the last verification saw it; 0: it did not
    std::uint32_t delay_ms = 0;  // before it comes to its queue
    std::uint8_t level = 0;
    Place place = Place::home;
    Settled settled = Settled::no;
    bool persistent = true;
    bool confirmed = false;  // by the server, or because it was there after a restart
    bool refused = false;
    bool at_client = false;    // delivered, and neither settled nor requeued since
    bool delivered = false;    // at home, since the server was started
    bool dead_letter = false;  // delivered from the dead-letter queue since the server was started
    // In both queues, or twice in the one where it goes: a kill has caught it on its way.
    bool doubled = false;
    // Verifications during which a server may still publish it once more, as a dead letter or
    // because its delay is over.
    std::uint8_t letters_due = 0;
    bool seen = false;  // by the verification that is going on
    bool seen_as_dead_letter = false;

    // By its delay it may be on its way yet: what was not confirmed has reached the server by the
    // time that it was killed.
    bool may_wait_at(loadgen::Nanos now) const {
        constexpr double unconfirmed_seconds_max = 5;
        if (delay_ms == 0) return false;
        const loadgen::Nanos taken_by =
            confirmed_at != 0 ? confirmed_at : sent_at + loadgen::to_nanos(unconfirmed_seconds_max);
        return now < taken_by + loadgen::to_nanos(delay_ms / 1000.0);
    }
    bool must_be_there() const { return confirmed && settled == Settled::no && !doubled; }
    bool must_be_gone() const { return refused || (settled != Settled::no && !doubled); }
};

}  // namespace crash
