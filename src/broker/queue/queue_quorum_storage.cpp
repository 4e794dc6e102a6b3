// What a quorum queue takes back from its log beside messages, and what it holds outside of the
// ready list.
#include <algorithm>
#include <tuple>
#include <utility>

#include "base/ensure.h"
#include "broker/queue/queue.h"
#include "broker/queue/wall_deadline.h"

namespace warren::broker {

// Messages with a note were in memory, and are again, in the order in which they came back: the
// others stand where they stood.
void Queue::restore_ledger() {
    QuorumLedger& ledger = *quorum_;
    for (const std::uint8_t level : {RaftRecord::log_level, MessageNotes::log_level})
        store_->load_ledger_level(level);
    ledger.raft.settle_replaced(store_->log());
    ledger.committed = ledger.raft.place().index;
    ledger.notes.settle_replaced(store_->log());
    std::vector<std::pair<std::uint64_t, MessageNotes::Noted>> noted;
    ledger.notes.for_each([&](std::uint64_t position, const MessageNotes::Noted& one) {
        noted.emplace_back(position, one);
    });
    std::ranges::sort(noted, {}, [](const auto& one) {
        return std::tuple(one.second.note.died_at_ms, one.second.note.returned, one.first);
    });
    for (const auto& [position, one] : noted)
        restore_noted(position, one);
    ready_.recount_paged();
    // Where they go may not be there yet.
    if (!ledger.letters.unsent.empty()) ask_turn();
}

void Queue::restore_noted(std::uint64_t position, const MessageNotes::Noted& noted) {
    const MessageNote& note = noted.note;
    std::optional<ReadyMessage> ready;
    if (noted.level <= ready_.level_max()) {
        ready = ready_.take(noted.level, position);
        if (!ready)
            store_->load_entry({noted.level, position},
                               [&](ReadyMessage&& loaded) { ready = std::move(loaded); });
    }
    // It was lost, or its note is from before it left.
    if (!ready) return quorum_->notes.forget(position, &store_->log());
    quorum_->returns = std::max(quorum_->returns, note.returned);
    ready->redelivered |= note.acquired_count != 0;
    if (note.died) {
        Letter letter = Letter::of(std::move(*ready), *note.died);
        if (!assures_letters()) return bury(std::move(letter));
        holdings_.leave(*letter.message);
        return keep_letter(std::move(letter));
    }
    const Now now = host_.now();
    if (note.delayed_until_ms > now.wall.ms)
        quorum_->delayed.add(instant_of(note.delayed_until_ms, now), std::move(*ready));
    else
        ready_.put_back(std::move(*ready));
}

// What waits beside the ready list goes too. Returns how many messages that were.
std::uint64_t Queue::purge_ledger() {
    QuorumLedger& ledger = *quorum_;
    const std::uint64_t count = ledger.delayed.count() + ledger.letters.all.count();
    while (!ledger.delayed.empty()) {
        const ReadyMessage ready = ledger.delayed.take_first();
        settle_in_log(ready, Departure::purged);
        holdings_.leave(*ready.message);
    }
    drop_letters(Departure::purged);
    if (store_ == nullptr || (count == 0 && ready_.empty())) return count;
    PurgedThrough purged;
    purged.through = next_position_ - 1;
    std::vector<std::uint64_t> kept;
    unacked_.for_each([&](const UnackedMessage& entry) { kept.push_back(entry.position); });
    letters_.for_each([&](const Letter& letter) { kept.push_back(letter.position); });
    ledger.window.for_each([&](const ReadyMessage& ready) { kept.push_back(ready.position); });
    std::ranges::sort(kept);
    for (const std::uint64_t position : kept)
        add_position(purged.kept, position);
    ledger.turn.purged = std::move(purged);
    ask_log();
    return count;
}

void Queue::check_ledger_invariants() {
    const QuorumLedger& ledger = *quorum_;
    ledger.letters.all.check_invariants();
    std::uint64_t bytes = 0;
    ledger.letters.all.for_each(
        [&](const Letter& letter) { bytes += measure_.bytes_of(*letter.message); });
    ENSURE(bytes == ledger.letters.bytes);
    ENSURE(store_ != nullptr || ledger.window.empty());
    // Every note is of a message that has come back or died, and is still here.
    std::uint64_t noted = 0;
    const auto count_noted = [&](const auto& held) {
        noted += ledger.notes.find(held.position) != nullptr;
    };
    ready_.for_each(count_noted);
    unacked_.for_each(count_noted);
    letters_.for_each(count_noted);
    for_each_in_ledger(count_noted);
    ENSURE(noted == ledger.notes.count());
}

}  // namespace warren::broker
