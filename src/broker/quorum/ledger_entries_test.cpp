// Notes and Raft entries as entries of a queue's log: cut, damaged, and come back twice.
#include <gtest/gtest.h>

#include <map>

#include "broker/quorum/message_notes.h"
#include "broker/quorum/raft_record.h"

namespace warren::broker {
namespace {

// A log that keeps entries and knows no paging.
class EntryLog final : public storage::QueueLog {
public:
    void append(const storage::EntryView& entry) override {
        entries[entry.head.position] = {entry.head, std::string(as_text(entry.payload[0])) +
                                                        std::string(as_text(entry.payload[1]))};
    }
    void settle(std::uint8_t level, std::uint64_t position) override {
        ASSERT_EQ(entries.at(position).head.level, level);
        entries.erase(position);
    }
    void settle_paged() override {}
    std::uint64_t paged_entries(std::uint8_t) const override { return 0; }
    const storage::PagedFigures& paged() const override { return figures_; }
    std::uint64_t first_paged(std::uint8_t) const override { return 0; }
    void load(std::uint8_t, const storage::LoadLimit&, storage::LoadSink&) override {}
    std::int64_t next_paged_deadline() const override { return INT64_MAX; }
    bool load_expiring(std::int64_t, std::uint32_t, storage::LoadSink&) override { return false; }
    bool load_entry(const storage::EntryPlace&, storage::LoadSink&) override { return false; }
    bool read(std::uint8_t, const storage::LoadLimit&, storage::LogCursor&,
              storage::LoadSink&) override {
        return false;
    }
    void cut(std::uint64_t) override {}
    void spill(std::uint64_t) override {}
    std::uint64_t segments() const override { return 0; }
    bool at_rest() const override { return false; }
    void remove() override {}

    struct Entry {
        storage::EntryHead head;
        std::string payload;
        storage::LoadedEntry loaded() const { return {head, as_bytes(payload), {}}; }
    };
    std::map<std::uint64_t, Entry> entries;

private:
    storage::PagedFigures figures_;
};

const MessageNote note{.delivery_count = 3,
                       .acquired_count = 4,
                       .returned = 9,
                       .delayed_until_ms = 12,
                       .died = DeathReason::expired,
                       .died_at_ms = 15};

class ledger_entries : public ::testing::Test {
protected:
    void log_changes() {
        next_ = notes_.log_changes(log_, next_, [](std::uint64_t, const MessageNote&) {});
    }
    template <typename Owner>
    static bool takes(const storage::EntryHead& head, const std::string& payload) {
        Owner owner;
        return owner.restore({head, as_bytes(payload), {}}).has_value();
    }
    template <typename Owner>
    void refuses_what_is_cut_or_damaged(const EntryLog::Entry& entry) {
        ASSERT_TRUE(takes<Owner>(entry.head, entry.payload));
        for (std::size_t size = 0; size < entry.payload.size(); ++size)
            EXPECT_FALSE(takes<Owner>(entry.head, entry.payload.substr(0, size))) << size;
        for (const std::size_t at : {0, 1}) {
            std::string damaged = entry.payload;
            ++damaged[at];
            EXPECT_FALSE(takes<Owner>(entry.head, damaged)) << at;
        }
        // Elsewhere a bit may change what is said; nothing else may happen.
        for (std::size_t at = 0; at < entry.payload.size(); ++at) {
            std::string damaged = entry.payload;
            damaged[at] = static_cast<char>(~damaged[at]);
            takes<Owner>(entry.head, damaged);
        }
    }

    EntryLog log_;
    MessageNotes notes_;
    std::uint64_t next_ = 100;
};

TEST_F(ledger_entries, a_note_has_one_entry_that_is_replaced) {
    notes_.change(7, 4, {.acquired_count = 1});
    notes_.change(7, 4, {.acquired_count = 2});
    log_changes();
    EXPECT_EQ(log_.entries.size(), 1u);
    EXPECT_EQ(next_, 101u);
    notes_.change(7, 4, note);
    log_changes();
    ASSERT_EQ(log_.entries.size(), 1u);
    MessageNotes restored;
    ASSERT_TRUE(restored.restore(log_.entries.at(101).loaded()).has_value());
    ASSERT_NE(restored.find(7), nullptr);
    EXPECT_EQ(*restored.find(7), note);
    notes_.forget(7, &log_);
    EXPECT_TRUE(log_.entries.empty());
}

TEST_F(ledger_entries, a_note_that_was_never_logged_leaves_nothing_behind) {
    notes_.change(7, 4, note);
    notes_.forget(7, &log_);
    log_changes();
    EXPECT_TRUE(log_.entries.empty());
    EXPECT_EQ(next_, 100u);
}

TEST_F(ledger_entries, the_newest_of_several_notes_counts_in_whatever_order_they_come) {
    EntryLog other;
    for (const auto position : {100u, 101u}) {
        MessageNotes one;
        one.change(7, 4, {.acquired_count = position});
        one.log_changes(log_, position, [](std::uint64_t, const MessageNote&) {});
    }
    for (const bool newest_first : {false, true}) {
        MessageNotes restored;
        const std::uint64_t first = newest_first ? 101 : 100;
        ASSERT_TRUE(restored.restore(log_.entries.at(first).loaded()).has_value());
        ASSERT_TRUE(restored.restore(log_.entries.at(201 - first).loaded()).has_value());
        EXPECT_EQ(restored.find(7)->acquired_count, 101u);
        EntryLog copy;
        copy.entries = log_.entries;
        restored.settle_replaced(copy);
        EXPECT_EQ(copy.entries.size(), 1u);
        EXPECT_TRUE(copy.entries.contains(101));
    }
}

TEST_F(ledger_entries, cut_or_damaged_notes_are_refused) {
    notes_.change(7, 4, note);
    log_changes();
    refuses_what_is_cut_or_damaged<MessageNotes>(log_.entries.at(100));
}

TEST_F(ledger_entries, the_newest_raft_entry_is_the_only_one) {
    RaftRecord record;
    QuorumCommand command;
    command.add_enqueued(1, 4, INT64_MAX, 10);
    record.replace(log_, 100, {2, 1}, command);
    record.replace(log_, 101, {3, 1}, {});
    ASSERT_EQ(log_.entries.size(), 1u);
    RaftRecord restored;
    ASSERT_TRUE(restored.restore(log_.entries.at(101).loaded()).has_value());
    EXPECT_EQ(restored.place(), (RaftPlace{3, 1}));
    EXPECT_EQ(decode_quorum_command(restored.command()).value(), QuorumCommand{});
}

TEST_F(ledger_entries, the_newest_of_several_raft_entries_counts) {
    RaftRecord{}.replace(log_, 100, {2, 1}, {});
    RaftRecord{}.replace(log_, 101, {3, 1}, {});
    for (const std::uint64_t first : {100, 101}) {
        RaftRecord restored;
        ASSERT_TRUE(restored.restore(log_.entries.at(first).loaded()).has_value());
        ASSERT_TRUE(restored.restore(log_.entries.at(201 - first).loaded()).has_value());
        EXPECT_EQ(restored.place().index, 3u);
        EntryLog copy;
        copy.entries = log_.entries;
        restored.settle_replaced(copy);
        EXPECT_TRUE(copy.entries.contains(101));
        EXPECT_EQ(copy.entries.size(), 1u);
    }
}

TEST_F(ledger_entries, cut_or_damaged_raft_entries_are_refused) {
    RaftRecord record;
    QuorumCommand command;
    command.add_enqueued(1, 4, INT64_MAX, 10);
    record.replace(log_, 100, {2, 1}, command);
    refuses_what_is_cut_or_damaged<RaftRecord>(log_.entries.at(100));
}

}  // namespace
}  // namespace warren::broker
