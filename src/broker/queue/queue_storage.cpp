// What a queue does with its log: takes back what it holds, adds to it, and gives it what it asks
// for.
#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "broker/queue/queue.h"

namespace warren::broker {

namespace {
// A queue that spills keeps this many of its newest messages: they may be wanted in a moment.
constexpr std::uint64_t newest_kept = 256;
}  // namespace

void Queue::attach(const OpenLog& open_log, QueueStoreOptions options) {
    ENSURE(home_.is_here());
    ENSURE(store_ == nullptr);
    store_ = std::make_unique<QueueStore>(*this, host_, holdings_, quorum_.get(), options);
    std::uint64_t last_taken = 0;
    const auto restored = store_->open(open_log, *this, [&](ReadyMessage&& ready) {
        last_taken = std::max(last_taken, ready.position);
        ready_.push_back(std::move(ready));
    });
    ENSURE(last_taken <= restored.last_position);
    ENSURE(next_position_ == 1 || restored.last_position == 0);
    next_position_ = std::max(next_position_, restored.last_position + 1);
    if (keys_ != nullptr) next_position_ = std::max(next_position_, keys_->last_position() + 1);
    logged_through_ = restored.last_position;
    // How far the queue had delivered was not known while they came.
    for (std::size_t level = 0; level <= ready_.level_max(); ++level)
        ready_.for_each_at_tail(static_cast<std::uint8_t>(level), 0, store_->redelivered_through(),
                                [](ReadyMessage& ready) { ready.redelivered = true; });
    ready_.attach(*store_);
    if (quorum_ != nullptr) restore_ledger();
    drop_excess();
    if (!ready_.empty()) ask_turn();
    arm_timer();
}

std::uint64_t Queue::log_pending() {
    ENSURE(home_.is_here());
    if (quorum_ != nullptr) return log_turn();
    log_arrivals();
    // Nothing of a classic queue waits for the disk.
    return 0;
}

void Queue::log_arrivals() {
    if (quorum_ != nullptr) return;
    log_asked_ = false;
    if (leaving_) return;
    if (keys_ != nullptr) keys_->log_pending();
    std::uint64_t written = 0;
    ready_.for_each_arrival(logged_through_, [&](ReadyMessage& ready) {
        if (!store_->keeps(*ready.message)) return;
        store_->append(ready);
        ++written;
    });
    store_->count_written(written);
    logged_through_ = next_position_ - 1;
}

void Queue::spill() {
    ENSURE(home_.is_here());
    if (store_ == nullptr || leaving_ || next_position_ <= newest_kept) return;
    log_arrivals();
    const std::uint64_t through = std::min(next_position_ - 1 - newest_kept, logged_through_);
    if (ready_.tail_position() > through) return;
    store_->log().spill(through);
}

// Called with positions that were logged, and by spill().
void Queue::collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) {
    ENSURE(home_.is_here());
    ENSURE(through <= logged_through_);
    // What does not wait at the tail, of all levels; of what is returned, transient messages stay
    // in memory.
    struct Held {
        QueueStore::Place place;
        const Message* message;
    };
    std::vector<Held> held;
    for (std::size_t level = 0; level <= ready_.level_max(); ++level)
        ready_.for_each_ahead_of_tail(
            static_cast<std::uint8_t>(level), after, through, [&](const ReadyMessage& ready) {
                if (store_->keeps(*ready.message))
                    held.push_back(
                        {{ready.position, ready.deadline, ready.level}, &*ready.message});
            });
    unacked_.for_each([&](const UnackedMessage& entry) {
        if (entry.position > after && entry.position <= through && store_->keeps(*entry.message))
            held.push_back(
                {{entry.position, entry.deadline, level_of(*entry.message)}, &*entry.message});
    });
    letters_.for_each_in(after, through, [&](const Letter& letter) {
        held.push_back({{letter.position, letter.deadline, letter.level}, &*letter.message});
    });
    for_each_in_ledger([&](const auto& one) {
        if (one.position > after && one.position <= through)
            held.push_back({{one.position, one.deadline, one.level}, &*one.message});
    });
    std::sort(held.begin(), held.end(), [](const Held& a, const Held& b) {
        return std::pair(a.place.level, a.place.position) <
               std::pair(b.place.level, b.place.position);
    });
    auto next = held.begin();
    const auto pass_held_below = [&](std::size_t level, std::uint64_t position) {
        for (; next != held.end() && next->place.level == level && next->place.position < position;
             ++next)
            store_->pass_on(*next->message, next->place, sink);
    };
    for (std::size_t level = 0; level <= ready_.level_max(); ++level) {
        ready_.for_each_at_tail(
            static_cast<std::uint8_t>(level), after, through, [&](ReadyMessage& ready) {
                pass_held_below(level, ready.position);
                store_->pass_on(*ready.message, {ready.position, ready.deadline, ready.level},
                                sink);
                // A transient one is written for the first time.
                if (!std::exchange(ready.logged, true)) store_->count_written(1);
            });
        pass_held_below(level, UINT64_MAX);
    }
    if (quorum_ == nullptr) return;
    quorum_->raft.collect(after, through, sink);
    quorum_->notes.collect(after, through, sink);
}

void Queue::paged_out(std::uint64_t after, std::uint64_t through,
                      std::vector<storage::EntryPlace>& kept) {
    ENSURE(home_.is_here());
    ready_.page_out(through);
    for (std::size_t level = 0; level <= ready_.level_max(); ++level)
        ready_.for_each_ahead_of_tail(static_cast<std::uint8_t>(level), after, through,
                                      [&](const ReadyMessage& ready) {
                                          if (ready.logged)
                                              kept.push_back({ready.level, ready.position});
                                      });
    unacked_.for_each([&](const UnackedMessage& entry) {
        if (entry.logged && entry.position > after && entry.position <= through)
            kept.push_back({level_of(*entry.message), entry.position});
    });
    letters_.for_each_in(after, through, [&](const Letter& letter) {
        kept.push_back({letter.level, letter.position});
    });
    if (quorum_ == nullptr) return;
    for_each_in_ledger([&](const auto& one) {
        if (one.position > after && one.position <= through)
            kept.push_back({one.level, one.position});
    });
    quorum_->raft.add_kept(after, through, kept);
    quorum_->notes.add_kept(after, through, kept);
    quorum_->flushed_through = through;
}

void Queue::lost(std::uint8_t level, std::uint64_t entries, std::uint64_t) {
    ENSURE(home_.is_here());
    if (quorum_ == nullptr || !QuorumLedger::has_level(level)) store_->count_lost(entries);
    ready_.recount_paged();
}

void Queue::discard(ReadyList&& discarded) {
    if (keys_ != nullptr) drop_ready_keys();
    if (store_ != nullptr) {
        discarded.for_each(
            [this](const ReadyMessage& ready) { settle_in_log(ready, Departure::purged); });
        store_->log().settle_paged();
    }
    if (discarded.empty()) return;
    discarded_.add(std::move(discarded));
    ask_turn();
}

std::uint64_t Queue::delivered_through() {
    ENSURE(home_.is_here());
    std::uint64_t through = store_ == nullptr ? 0 : store_->redelivered_through();
    unacked_.for_each(
        [&](const UnackedMessage& entry) { through = std::max(through, entry.position); });
    ready_.for_each([&](const ReadyMessage& ready) {
        if (ready.redelivered) through = std::max(through, ready.position);
    });
    letters_.for_each([&](const Letter& letter) {
        if (letter.delivered) through = std::max(through, letter.position);
    });
    if (quorum_ != nullptr)
        quorum_->notes.for_each([&](std::uint64_t position, const MessageNotes::Noted& noted) {
            if (noted.note.acquired_count != 0) through = std::max(through, position);
        });
    return through;
}

void Queue::check_log_invariants() {
    ENSURE(logged_through_ < next_position_);
    const auto check_place = [&](const auto& held) {
        const bool kept = store_->keeps(*held.message);
        ENSURE(!kept || held.logged == (held.position <= logged_through_));
        ENSURE(kept || !held.logged || held.position <= logged_through_);
        ENSURE(log_asked_ || leaving_ || !kept || held.logged);
    };
    ready_.for_each(check_place);
    letters_.for_each(check_place);
    for_each_in_ledger(check_place);
    unacked_.for_each([&](const UnackedMessage& entry) {
        check_place(entry);
        ENSURE(!store_->keeps(*entry.message) || entry.logged);
    });
}

}  // namespace warren::broker
