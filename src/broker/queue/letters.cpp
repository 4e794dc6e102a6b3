#include "broker/queue/letters.h"

#include <utility>

#include "base/ensure.h"

namespace warren::broker {

Letter Letter::of(ReadyMessage&& ready, DeathReason reason) {
    Letter letter;
    letter.position = ready.position;
    letter.deadline = ready.deadline;
    letter.reason = reason;
    letter.level = ready.level;
    letter.delivered = ready.redelivered;
    letter.logged = ready.logged;
    letter.message = std::move(ready.message);
    return letter;
}

Letter Letter::of(UnackedMessage&& unacked, std::uint8_t level) {
    Letter letter;
    letter.position = unacked.position;
    letter.deadline = unacked.deadline;
    letter.reason = DeathReason::rejected;
    letter.level = level;
    letter.delivered = true;
    letter.logged = unacked.logged;
    letter.message = std::move(unacked.message);
    return letter;
}

void Letters::add(Letter letter) {
    holdings_.enter(*letter.message);
    const std::uint64_t position = letter.position;
    const bool added = waiting_.emplace(position, std::move(letter)).second;
    ENSURE(added);
}

std::optional<Letter> Letters::take(std::uint64_t position) {
    auto node = waiting_.extract(position);
    if (node.empty()) return std::nullopt;
    holdings_.leave(*node.mapped().message);
    return std::move(node.mapped());
}

std::optional<Letter> Letters::take_first() {
    if (waiting_.empty()) return std::nullopt;
    return take(waiting_.begin()->first);
}

const Letter* Letters::find(std::uint64_t position) const {
    const auto found = waiting_.find(position);
    return found == waiting_.end() ? nullptr : &found->second;
}

void Letters::check_invariants() const {
    Holdings holdings;
    for (const auto& [position, letter] : waiting_) {
        ENSURE(position == letter.position);
        holdings.enter(*letter.message);
    }
    ENSURE(holdings == holdings_);
}

}  // namespace warren::broker
