// How messages leave a queue for its dead-letter exchange.
#include <utility>

#include "base/ensure.h"
#include "broker/queue/queue.h"

namespace warren::broker {

namespace {

Departure departure_by(DeathReason reason) {
    switch (reason) {
        case DeathReason::rejected:
            return Departure::rejected;
        case DeathReason::expired:
            return Departure::expired;
        case DeathReason::maxlen:
            return Departure::dropped;
        case DeathReason::delivery_limit:
            return Departure::delivery_limit;
    }
    return Departure::dropped;
}

}  // namespace

void Queue::bury(Letter&& letter) {
    holdings_.leave(*letter.message);
    if (keys_ != nullptr) keys_->leave(*letter.message, letter.position);
    // A queue that is being deleted dead-letters nothing.
    const bool goes_on = settings_.dead_letter_exchange.has_value() && !leaving_;
    if (goes_on && assures_letters()) {
        keep_letter(std::move(letter));
        return send_letters();
    }
    ENSURE(letter.logged || !goes_on || !is_to_be_logged(*letter.message));
    const bool waits = goes_on && letter.logged && is_to_be_logged(*letter.message);
    if (!waits) letter_has_left(letter);
    if (!goes_on) return;
    ++counters_.dead_lettered;
    const std::uint64_t position = waits ? letter.position : 0;
    host_.dead_letter(*this, waits ? letter.message.share() : std::move(letter.message),
                      letter.reason, position);
    if (waits) letters_.add(std::move(letter));
}

void Queue::bury_refused(MessageRef message) {
    if (!settings_.dead_letter_exchange) return;
    ++counters_.dead_lettered;
    host_.dead_letter(*this, std::move(message), DeathReason::maxlen, 0);
}

void Queue::letter_has_left(const Letter& letter) {
    if (quorum_ != nullptr) note_departure(letter.position, departure_by(letter.reason));
    if (letter.logged) store_->log().settle(letter.level, letter.position);
}

bool Queue::is_to_be_logged(const Message& message) const {
    return store_ != nullptr && store_->keeps(message);
}

// At most once: whatever has become of it, the queue has done its part.
void Queue::letter_done(std::uint64_t position, LetterOutcome outcome) {
    ENSURE(home_.is_here());
    if (leaving_) return;
    if (quorum_ != nullptr) assured_letter_done(position, outcome);
    const bool held_back = letters_.full();
    const auto letter = letters_.take(position);
    if (!letter) return;
    letter_has_left(*letter);
    if (held_back && !ready_.empty()) ask_turn();
}

}  // namespace warren::broker
