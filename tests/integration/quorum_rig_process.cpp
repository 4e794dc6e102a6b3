// How a simulated process starts and ends, and what it must find.
#include "tests/integration/quorum_rig.h"

#include <gtest/gtest.h>

#include "base/ensure.h"

namespace warren::broker::testing {

// ---- lives of the process ----

void QuorumRig::start() {
    while (true) {
        if (open_engine()) attach();
        if (!disk_.is_off()) return;
        first_crash_came_ = true;
        queue_.reset();
        engine_.reset();
        log_lane_.drop_all();
        store_lane_.drop_all();
        disk_.restart();
    }
}

bool QuorumRig::open_engine() {
    auto opened = storage::LogEngine::open({.folder = "shard",
                                            .wal_file_bytes = 4u << 10,
                                            .wal_bytes_max = 20u << 10,
                                            .unflushed_bytes_max = 3u << 10,
                                            .small_segment_bytes = 2u << 10},
                                           disk_, log_lane_, store_lane_, *this);
    if (!opened) {
        ENSURE(disk_.is_off());
        return false;
    }
    engine_ = std::move(*opened);
    EXPECT_EQ(engine_->recovery().damages, std::vector<std::string>{});
    return true;
}

void QuorumRig::attach() {
    turn_wanted_ = log_wanted_ = false;
    timer_ = Instant::never();
    waits_.clear();
    early_letters_.clear();
    attaching_ = true;
    std::vector<ObservedEntry> entries;
    queue_ =
        std::make_unique<Queue>(QueueId{1}, "/", "q", settings_, static_cast<QueueHost&>(*this));
    queue_->attach(
        [&](auto& owner, auto& sink, auto& restored) {
            ObservedLog::Observer observer(entries, &sink);
            auto log = std::make_unique<ObservedLog>(
                engine_->attach(queue_->id(), owner, observer, restored),
                [this](const ObservedEntry& entry) { appended(entry); });
            log_ = log.get();
            return log;
        },
        {.embed_bytes_max = 200});
    engine_->drop_unclaimed();
    attaching_ = false;
    entries.insert(entries.end(), log_->loaded.begin(), log_->loaded.end());
    const auto paged = log_->paged_entries(settings_.priority_max);
    entries.insert(entries.end(), paged.begin(), paged.end());
    if (disk_.is_off()) return;
    check_restored(entries);
    queue_->check_invariants();
    for (const std::uint64_t position : early_letters_)
        letter_sent(position);
}

void QuorumRig::restart() {
    first_crash_came_ |= disk_.is_off();
    queue_.reset();
    log_lane_.drop_all();
    store_lane_.drop_all();
    engine_.reset();
    disk_.clear_faults();
    // A disk that has failed to sync shows what it really has when its power has gone.
    const bool killed = !std::exchange(disk_may_lie_, false) && chance(2);
    disk_.restart(!killed ? sim::Crash::power_loss : sim::Crash::process_kill);
    // The next process counts its time from elsewhere.
    const auto jump_ms = static_cast<std::int64_t>(random_.below(1'000'000));
    clock_ = clock_.plus_ms(jump_ms);
    wall_offset_ms_ -= jump_ms;
    start();
}

void QuorumRig::check_restored(const std::vector<ObservedEntry>& entries) {
    QuorumState::Entries found;
    RaftRecord record;
    MessageNotes notes;
    int records = 0;
    for (const auto& [head, payload] : entries) {
        const storage::LoadedEntry entry{head, as_bytes(payload), {}};
        if (head.level == RaftRecord::log_level) {
            ++records;
            ASSERT_TRUE(record.restore(entry).has_value());
        } else if (head.level == MessageNotes::log_level) {
            ASSERT_TRUE(notes.restore(entry).has_value());
        } else {
            found[head.position] = {head.deadline_ms, head.body_bytes, head.level, {}};
        }
    }
    ASSERT_LE(records, 1);
    const std::uint64_t index = record.place().index;
    ASSERT_GE(index, durable_index_);
    ASSERT_TRUE(states_.contains(index)) << index;
    notes.for_each([&](std::uint64_t position, const MessageNotes::Noted& noted) {
        ASSERT_TRUE(found.contains(position)) << "a note without a message: " << position;
        found[position].note = noted.note;
    });
    const QuorumState& state = states_.at(index);
    ASSERT_EQ(found.size(), state.entries().size());
    for (const auto& [position, entry] : state.entries()) {
        ASSERT_TRUE(found.contains(position)) << position;
        const QuorumState::Entry& one = found[position];
        // What was due when it was committed has its chance then: its time is up a little later.
        ASSERT_TRUE(one.deadline_ms == entry.deadline_ms ||
                    (one.deadline_ms > entry.deadline_ms && one.deadline_ms <= now().wall.ms))
            << position;
        ASSERT_EQ(one.counted_bytes, entry.counted_bytes) << position;
        ASSERT_EQ(one.level, entry.level) << position;
        ASSERT_EQ(one.note, entry.note) << position;
    }
    begin_with(record.place());
}

// What is known now is what the disk says; and what one process has found, the next finds too.
void QuorumRig::begin_with(const RaftPlace& place) {
    states_.erase(states_.upper_bound(place.index), states_.end());
    durable_index_ = place.index;
    proposed_ = place;
    ++term_;
    lives_.clear();
    published_.clear();
    out_.clear();
    letters_.clear();
    accepted_.clear();
    consumers_.clear();
    credits_.clear();
    for (const auto& [position, entry] : states_.at(place.index).entries())
        lives_[bodies_.at(position)] = {
            entry.note.died ? Life::State::assured : Life::State::waiting, position,
            entry.note.acquired_count, entry.note.delivery_count};
}

}  // namespace warren::broker::testing
