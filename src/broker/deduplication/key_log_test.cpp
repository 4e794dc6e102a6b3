#include "broker/deduplication/key_log.h"

#include <gtest/gtest.h>

#include <optional>

#include "broker/queue/queue_disk_model.h"

namespace warren::broker {
namespace {

using testing::QueueDisk;

class KeyLogTest : public ::testing::Test {
protected:
    // A new process: what the disk holds comes back.
    void open() {
        log.reset();
        found.clear();
        log.emplace([this](auto& owner, auto& restore,
                           auto& restored) { return disk.open(owner, restore, {}, restored); },
                    [this](std::uint64_t count) { expected = count; },
                    [this](const LoggedKey& key) { found.push_back(key); });
    }
    void append(std::uint64_t position, std::int64_t deadline_ms = 1000) {
        log->append({{position, ~position}, position, deadline_ms});
    }
    void page_out(std::uint64_t through) {
        disk.begin_paging(through);
        disk.end_paging();
    }
    std::vector<std::uint64_t> positions() const {
        std::vector<std::uint64_t> positions;
        for (const LoggedKey& key : found) {
            EXPECT_EQ(key.key, (DeduplicationKey{key.position, ~key.position}));
            positions.push_back(key.position);
        }
        return positions;
    }
    using Positions = std::vector<std::uint64_t>;

    QueueDisk disk;
    std::optional<KeyLog> log;
    std::vector<LoggedKey> found;
    std::uint64_t expected = 0;
};

TEST_F(KeyLogTest, keys_come_back_with_all_that_was_said) {
    open();
    append(3);
    append(7, storage::EntryHead::no_deadline);
    open();
    EXPECT_EQ(positions(), (Positions{3, 7}));
    EXPECT_EQ(found[0].deadline_ms, 1000);
    EXPECT_EQ(found[1].deadline_ms, storage::EntryHead::no_deadline);
    EXPECT_EQ(log->last_position(), 7u);
}

TEST_F(KeyLogTest, keys_in_runs_come_back_too) {
    open();
    for (std::uint64_t position = 1; position <= 5; ++position)
        append(position);
    page_out(3);
    EXPECT_EQ(disk.entries().size(), 5u);
    open();
    EXPECT_EQ(expected, 3u);
    EXPECT_EQ(positions(), (Positions{4, 5, 1, 2, 3}));
}

TEST_F(KeyLogTest, settled_keys_are_gone) {
    open();
    for (std::uint64_t position = 1; position <= 6; ++position)
        append(position);
    log->settle(2);
    page_out(4);
    log->settle(3);
    log->settle(6);
    open();
    EXPECT_EQ(positions(), (Positions{5, 1, 4}));
    log->settle(4);
    log->settle(5);
    open();
    EXPECT_EQ(positions(), (Positions{1}));
}

TEST_F(KeyLogTest, a_key_that_leaves_on_its_way_to_a_run_is_gone) {
    open();
    append(1);
    append(2);
    disk.begin_paging(2);
    log->settle(1);
    disk.end_paging();
    open();
    EXPECT_EQ(positions(), (Positions{2}));
}

// Each byte that matters, and each length.
TEST_F(KeyLogTest, what_is_no_key_is_dropped_and_settled) {
    open();
    append(1);
    append(2);
    const std::string sound = disk.entries().at(1).payload;
    for (std::size_t damage = 0; damage < sound.size() + 2; ++damage) {
        std::string payload = sound;
        if (damage < 2)
            payload[damage] = static_cast<char>(payload[damage] ^ 0x40);
        else
            payload.resize(damage - 2);
        disk.entries().at(1).payload = payload;
        open();
        EXPECT_EQ(positions(), (Positions{2}));
        EXPECT_EQ(disk.entries().count(1), 0u);
        // Back again, for the next round.
        auto again = disk.entries().at(2);
        again.head.position = 1;
        disk.entries()[1] = again;
    }
}

}  // namespace
}  // namespace warren::broker
