#include "broker/queue/queue_disk_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace warren::broker::testing {

using storage::EntryHead;
using storage::EntryPlace;
using storage::EntryView;

class QueueDisk::Log final : public storage::QueueLog {
public:
    explicit Log(QueueDisk& disk) : disk_(disk) {}

    void append(const EntryView& entry) override { disk_.append(entry); }
    void settle(std::uint8_t level, std::uint64_t position) override {
        disk_.settle(level, position);
    }
    void settle_paged() override { disk_.settle_paged(); }
    std::uint64_t paged_entries(std::uint8_t level) const override {
        const auto found = disk_.paged_of_level_.find(level);
        return found == disk_.paged_of_level_.end() ? 0 : found->second;
    }
    const storage::PagedFigures& paged() const override { return disk_.figures_; }
    std::uint64_t first_paged(std::uint8_t level) const override {
        for (const auto& [position, entry] : disk_.entries_)
            if (entry.paged && entry.head.level == level) return position;
        ADD_FAILURE() << "first_paged() of a level without";
        return 0;
    }
    void load(std::uint8_t level, const storage::LoadLimit& limit,
              storage::LoadSink& sink) override {
        disk_.load(level, limit, sink);
    }
    std::int64_t next_paged_deadline() const override { return disk_.next_deadline(); }
    bool load_expiring(std::int64_t until_ms, std::uint32_t entries,
                       storage::LoadSink& sink) override {
        return disk_.load_expiring(until_ms, entries, sink);
    }
    bool load_entry(const EntryPlace& place, storage::LoadSink& sink) override {
        return disk_.load_entry(place, sink);
    }
    bool read(std::uint8_t level, const storage::LoadLimit& limit, storage::LogCursor& cursor,
              storage::LoadSink& sink) override {
        return disk_.read(level, limit, cursor, sink);
    }
    void cut(std::uint64_t through) override { disk_.cut(through); }
    void spill(std::uint64_t through) override {
        if (!disk_.is_paging()) disk_.begin_paging(through);
    }
    std::uint64_t segments() const override {
        return std::ranges::any_of(disk_.entries_,
                                   [](const auto& held) { return held.second.in_run; });
    }
    bool at_rest() const override { return disk_.entries_.empty() && !disk_.busy_; }
    void remove() override { disk_.removed_ = true; }

private:
    QueueDisk& disk_;
};

namespace {

std::string joined(const EntryView& entry) {
    return std::string(as_text(entry.payload[0])) + std::string(as_text(entry.payload[1]));
}

class CollectSink final : public storage::EntrySink {
public:
    explicit CollectSink(std::function<void(const EntryView&)> take) : take_(std::move(take)) {}
    void take(const EntryView& entry) override { take_(entry); }

private:
    std::function<void(const EntryView&)> take_;
};

}  // namespace

std::unique_ptr<storage::QueueLog> QueueDisk::open(storage::EntryOwner& owner,
                                                   storage::LoadSink& restore,
                                                   std::optional<std::uint64_t> delivered_through,
                                                   storage::LogEngine::Restored& restored) {
    owner_ = &owner;
    // A run that was being written may have come to the disk, or not.
    if (is_paging() && in_mood(2))
        flushed_through_ = std::exchange(paging_through_, 0);
    else
        paging_through_ = 0;
    std::erase_if(entries_, [](const auto& one) { return !one.second.head.persistent; });
    for (auto& [position, entry] : entries_) {
        entry.in_run = entry.paged = position <= flushed_through_;
        if (!entry.paged) restore.take({entry.head, as_bytes(entry.payload), as_bytes(entry.body)});
    }
    told_not_due_ms_ = INT64_MIN;
    add_up();
    restored = {last_position_, delivered_through.value_or(UINT64_MAX)};
    return std::make_unique<Log>(*this);
}

void QueueDisk::begin_paging(std::uint64_t through) {
    ASSERT_FALSE(is_paging());
    if (through <= flushed_through_) return;
    paging_through_ = through;
    last_position_ = std::max(last_position_, through);
    std::vector<EntryPlace> places;
    CollectSink sink([&](const EntryView& entry) { collected(entry, places); });
    owner_->collect(flushed_through_, through, sink);
    std::set<std::uint64_t> given;
    for (std::size_t i = 0; i < places.size(); ++i) {
        given.insert(places[i].position);
        if (i == 0) continue;
        ASSERT_LT(std::pair(places[i - 1].level, places[i - 1].position),
                  std::pair(places[i].level, places[i].position));
    }
    for (const auto& [position, entry] : entries_)
        if (position > flushed_through_ && position <= through && entry.head.persistent) {
            ASSERT_TRUE(given.count(position)) << position << " was not given";
        }
}

void QueueDisk::collected(const EntryView& entry, std::vector<EntryPlace>& places) {
    const std::uint64_t position = entry.head.position;
    places.push_back({entry.head.level, position});
    ASSERT_GT(position, flushed_through_);
    ASSERT_LE(position, paging_through_);
    const auto known = entries_.find(position);
    if (entry.head.persistent) {
        ASSERT_NE(known, entries_.end()) << position << " was not appended, or has left";
        ASSERT_EQ(known->second.head, entry.head);
        ASSERT_EQ(known->second.payload, joined(entry));
        ASSERT_EQ(known->second.body, as_text(entry.body));
    } else {
        ASSERT_EQ(known, entries_.end()) << position << " was given before";
        entries_[position] = {entry.head, joined(entry), std::string(as_text(entry.body))};
    }
    entries_[position].in_run = true;
}

void QueueDisk::end_paging() {
    ASSERT_TRUE(is_paging());
    std::vector<EntryPlace> kept;
    owner_->paged_out(flushed_through_, paging_through_, kept);
    std::map<std::uint64_t, std::uint8_t> resident;
    for (const EntryPlace& place : kept) {
        ASSERT_TRUE(resident.emplace(place.position, place.level).second);
        ASSERT_TRUE(entries_.count(place.position)) << place.position << " is unknown or has left";
        ASSERT_EQ(entries_[place.position].head.level, place.level);
        ASSERT_TRUE(entries_[place.position].in_run);
    }
    for (auto& [position, entry] : entries_)
        if (position > flushed_through_ && position <= paging_through_ &&
            !resident.count(position)) {
            ASSERT_TRUE(entry.in_run);
            entry.paged = true;
        }
    flushed_through_ = std::exchange(paging_through_, 0);
    told_not_due_ms_ = INT64_MIN;
    add_up();
}

void QueueDisk::append(const EntryView& entry) {
    ++appends_;
    ASSERT_TRUE(entry.head.persistent);
    ASSERT_GT(entry.head.position, appended_through_);
    ASSERT_GT(entry.head.position, last_position_);
    appended_through_ = last_position_ = entry.head.position;
    entries_[entry.head.position] = {entry.head, joined(entry), std::string(as_text(entry.body))};
}

void QueueDisk::settle(std::uint8_t level, std::uint64_t position) {
    ++settles_;
    const auto found = entries_.find(position);
    ASSERT_NE(found, entries_.end()) << position << " was never logged or is settled already";
    ASSERT_EQ(found->second.head.level, level);
    ASSERT_FALSE(found->second.paged) << position << " is not the queue's to settle";
    entries_.erase(found);
}

void QueueDisk::settle_paged() {
    std::erase_if(entries_, [](const auto& one) { return one.second.paged; });
    add_up();
}

void QueueDisk::load(std::uint8_t level, const storage::LoadLimit& limit, storage::LoadSink& sink) {
    std::uint64_t most = limit.entries;
    if (in_mood(2)) most = 1 + moods_->below(5);
    std::vector<std::uint64_t> positions;
    std::uint64_t bytes = 0;
    for (const auto& [position, entry] : entries_) {
        if (!entry.paged || entry.head.level != level) continue;
        if (positions.size() == most || bytes >= limit.bytes) break;
        positions.push_back(position);
        bytes += entry.payload.size() + entry.body.size();
    }
    ASSERT_FALSE(positions.empty()) << "nothing is paged there";
    for (const std::uint64_t position : positions)
        hand_over(position, sink);
    add_up();
}

bool QueueDisk::read(std::uint8_t level, const storage::LoadLimit& limit,
                     storage::LogCursor& cursor, storage::LoadSink& sink) {
    // As files do that still hold what was cut off: that alone can be a reading.
    if (cursor.position <= cut_through_) {
        cursor.position = cut_through_ + 1;
        return paged_of_level_.count(level) != 0;
    }
    std::uint64_t left = in_mood(2) ? 1 + moods_->below(5) : limit.entries;
    std::uint64_t bytes = 0;
    bool found = false;
    for (auto at = entries_.lower_bound(cursor.position); at != entries_.end(); ++at) {
        const auto& [position, entry] = *at;
        if (!entry.paged || entry.head.level != level) continue;
        if (left-- == 0 || bytes >= limit.bytes) break;
        found = true;
        bytes += entry.payload.size() + entry.body.size();
        cursor.position = position + 1;
        if (damaged_.count(position) == 0)
            sink.take({entry.head, as_bytes(entry.payload), as_bytes(entry.body)});
    }
    return found;
}

void QueueDisk::cut(std::uint64_t through) {
    ASSERT_LE(through, last_position_);
    std::erase_if(entries_, [&](const auto& one) { return one.first <= through; });
    cut_through_ = std::max(cut_through_, through);
    add_up();
}

std::int64_t QueueDisk::next_deadline() const {
    std::int64_t earliest = EntryHead::no_deadline;
    if (figures_.entries == 0) return earliest;
    for (const auto& [position, entry] : entries_)
        if (entry.paged) earliest = std::min(earliest, entry.head.deadline_ms);
    if (moods_ == nullptr || earliest == EntryHead::no_deadline) return earliest;
    constexpr std::int64_t slack_ms = 17;
    return std::min(earliest, std::max(earliest - slack_ms, told_not_due_ms_ + 1));
}

bool QueueDisk::load_expiring(std::int64_t until_ms, std::uint32_t limit, storage::LoadSink& sink) {
    const std::int64_t soon_ms = in_mood(3) ? until_ms + 20 : until_ms;
    std::vector<std::pair<std::int64_t, std::uint64_t>> due;
    for (const auto& [position, entry] : entries_)
        if (entry.paged && entry.head.deadline_ms <= soon_ms)
            due.emplace_back(entry.head.deadline_ms, position);
    std::sort(due.begin(), due.end());
    if (due.empty() || due.front().first > until_ms) {
        told_not_due_ms_ = std::max(told_not_due_ms_, until_ms);
        return false;
    }
    std::size_t most = limit;
    if (in_mood(2)) most = 1 + moods_->below(4);
    due.resize(std::min(due.size(), most));
    for (const auto& [deadline, position] : due)
        hand_over(position, sink);
    add_up();
    return true;
}

bool QueueDisk::load_entry(const EntryPlace& place, storage::LoadSink& sink) {
    const auto found = entries_.find(place.position);
    if (found == entries_.end() || found->second.head.level != place.level || !found->second.paged)
        return false;
    hand_over(place.position, sink);
    add_up();
    return true;
}

void QueueDisk::hand_over(std::uint64_t position, storage::LoadSink& sink) {
    Entry& entry = entries_.at(position);
    entry.paged = false;
    if (damaged_.count(position) == 0) {
        sink.take({entry.head, as_bytes(entry.payload), as_bytes(entry.body)});
        return;
    }
    const EntryHead head = entry.head;
    entries_.erase(position);
    add_up();
    owner_->lost(head.level, 1, head.body_bytes);
}

void QueueDisk::add_up() {
    figures_ = {};
    paged_of_level_.clear();
    for (const auto& [position, entry] : entries_) {
        if (!entry.paged) continue;
        ++figures_.entries;
        ++paged_of_level_[entry.head.level];
        figures_.body_bytes += entry.head.body_bytes;
        figures_.persistent += entry.head.persistent;
        figures_.persistent_body_bytes += entry.head.persistent ? entry.head.body_bytes : 0;
    }
}

}  // namespace warren::broker::testing
