#pragma once
// One copy of a message in one queue, as the clients know it.
#include <cstdint>

#include "clock.h"

namespace crash {

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
    std::uint64_t rank = 0;  // in what order the last verification saw it; 0: it did not
    std::uint8_t level = 0;
    Place place = Place::home;
    Settled settled = Settled::no;
    bool persistent = true;
    bool confirmed = false;  // by the server, or because it was there after a restart
    bool refused = false;
    bool at_client = false;    // delivered, and neither settled nor requeued since
    bool delivered = false;    // at home, since the server was started
    bool dead_letter = false;  // delivered from the dead-letter queue since the server was started
    // In both queues, or twice in the dead-letter queue: a kill has caught it on its way.
    bool doubled = false;
    // Verifications during which a server may still publish it as a dead letter once more.
    std::uint8_t letters_due = 0;
    bool seen = false;  // by the verification that is going on
    bool seen_as_dead_letter = false;

    bool must_be_there() const { return confirmed && settled == Settled::no && !doubled; }
    bool must_be_gone() const { return refused || (settled != Settled::no && !doubled); }
};

}  // namespace crash
