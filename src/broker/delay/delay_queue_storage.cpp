// What the queue of a delayed exchange does with its log, and what is to be seen of it.
#include <algorithm>
#include <map>
#include <utility>

#include "base/ensure.h"
#include "broker/delay/delay_queue.h"

namespace warren::broker {

void DelayQueue::attach(const OpenLog& open_log, QueueStoreOptions options) {
    ENSURE(home_.is_here());
    ENSURE(store_ == nullptr);
    store_ = std::make_unique<QueueStore>(*this, host_, holdings_, nullptr, options);
    const auto restored = store_->open(
        open_log, *this, [&](ReadyMessage&& ready) { waiting_.push_back(std::move(ready)); });
    ENSURE(next_position_ == 1 || restored.last_position == 0);
    next_position_ = std::max(next_position_, restored.last_position + 1);
    logged_through_ = restored.last_position;
    // How far the queue had handed out was not known while they came.
    waiting_.for_each_at_tail(0, 0, store_->redelivered_through(),
                              [](ReadyMessage& ready) { ready.redelivered = true; });
    waiting_.attach(*store_);
    arm_timer();
}

std::uint64_t DelayQueue::log_pending() {
    ENSURE(home_.is_here());
    log_asked_ = false;
    if (leaving_) return 0;
    waiting_.for_each_arrival(logged_through_, [this](ReadyMessage& ready) {
        if (store_->keeps(*ready.message)) store_->append(ready);
    });
    logged_through_ = next_position_ - 1;
    return 0;
}

// Nobody asks for what comes next here but the clock, and it says so in time.
void DelayQueue::spill() {
    ENSURE(home_.is_here());
    if (store_ == nullptr || leaving_ || waiting_.tail_position() >= next_position_) return;
    log_pending();
    store_->log().spill(next_position_ - 1);
}

void DelayQueue::collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) {
    ENSURE(home_.is_here());
    ENSURE(through <= logged_through_);
    // What does not wait at the tail, by position; transient messages there stay in memory.
    struct Held {
        Instant deadline;
        const Message* message;
    };
    std::map<std::uint64_t, Held> held;
    const auto hold = [&](const ReadyMessage& ready) {
        if (store_->keeps(*ready.message))
            held.emplace(ready.position, Held{ready.deadline, &*ready.message});
    };
    waiting_.for_each_ahead_of_tail(0, after, through, hold);
    for_each_apart([&](const ReadyMessage& ready) {
        if (ready.position > after && ready.position <= through) hold(ready);
    });
    letters_.for_each_in(after, through, [&](const Letter& letter) {
        held.emplace(letter.position, Held{letter.deadline, &*letter.message});
    });
    auto next = held.begin();
    const auto pass_held_below = [&](std::uint64_t position) {
        for (; next != held.end() && next->first < position; ++next)
            store_->pass_on(*next->second.message, {next->first, next->second.deadline, 0}, sink);
    };
    waiting_.for_each_at_tail(0, after, through, [&](ReadyMessage& ready) {
        pass_held_below(ready.position);
        store_->pass_on(*ready.message, {ready.position, ready.deadline, 0}, sink);
        ready.logged = true;
    });
    pass_held_below(UINT64_MAX);
}

void DelayQueue::paged_out(std::uint64_t after, std::uint64_t through,
                           std::vector<storage::EntryPlace>& kept) {
    ENSURE(home_.is_here());
    waiting_.page_out(through);
    const auto keep = [&](const ReadyMessage& ready) {
        if (ready.logged) kept.push_back({0, ready.position});
    };
    waiting_.for_each_ahead_of_tail(0, after, through, keep);
    for_each_apart([&](const ReadyMessage& ready) {
        if (ready.position > after && ready.position <= through) keep(ready);
    });
    letters_.for_each_in(after, through,
                         [&](const Letter& letter) { kept.push_back({0, letter.position}); });
}

void DelayQueue::lost(std::uint8_t, std::uint64_t entries, std::uint64_t) {
    ENSURE(home_.is_here());
    store_->count_lost(entries);
    waiting_.recount_paged();
}

std::uint64_t DelayQueue::delivered_through() {
    ENSURE(home_.is_here());
    std::uint64_t through = store_ == nullptr ? 0 : store_->redelivered_through();
    for_each_apart([&](const ReadyMessage& ready) { through = std::max(through, ready.position); });
    waiting_.for_each([&](const ReadyMessage& ready) {
        if (ready.redelivered) through = std::max(through, ready.position);
    });
    return through;
}

QueueStats DelayQueue::stats() const {
    QueueStats stats;
    stats.counters = counters_;
    storage::PagedFigures paged;
    if (store_ != nullptr) {
        paged = store_->log().paged();
        stats.counters.lost = store_->lost_messages();
    }
    stats.ready = count();
    stats.unacked = got_.size();
    stats.ready_bytes = waiting_.bytes() + returned_bytes_;
    stats.unacked_bytes = got_bytes_;
    stats.persistent = holdings_.persistent + paged.persistent;
    stats.persistent_bytes = holdings_.persistent_bytes + paged.persistent_body_bytes;
    stats.paged = waiting_.paged_count();
    stats.paged_bytes = waiting_.paged_bytes();
    stats.letters = letters_.count();
    stats.memory_bytes = resident_bytes() + letters_.count() * sizeof(Letter) +
                         (count() - waiting_.paged_count()) * sizeof(ReadyMessage) +
                         got_.size() * sizeof(Got);
    stats.next_due = next_due();
    stats.last_active = last_active_;
    return stats;
}

void DelayQueue::check_invariants() {
    waiting_.check_invariants();
    letters_.check_invariants();
    Holdings holdings;
    std::uint64_t apart_bytes = 0;
    waiting_.for_each([&](const ReadyMessage& ready) {
        ENSURE(ready.has_deadline());
        holdings.enter(*ready.message);
    });
    discarded_.for_each([&](const ReadyMessage& ready) { holdings.enter(*ready.message); });
    for_each_apart([&](const ReadyMessage& ready) {
        holdings.enter(*ready.message);
        apart_bytes += ready.body_bytes;
        ENSURE(ready.has_deadline() && ready.position < next_position_);
    });
    ENSURE(holdings == holdings_ && apart_bytes == got_bytes_ + returned_bytes_);
    if (store_ != nullptr)
        check_log_invariants();
    else
        ENSURE(letters_.empty());
}

void DelayQueue::check_log_invariants() {
    ENSURE(logged_through_ < next_position_);
    const auto check = [&](const auto& held) {
        const bool kept = store_->keeps(*held.message);
        ENSURE(!kept || held.logged == (held.position <= logged_through_));
        ENSURE(log_asked_ || leaving_ || !kept || held.logged);
    };
    waiting_.for_each(check);
    for_each_apart(check);
    letters_.for_each(check);
}

}  // namespace warren::broker
