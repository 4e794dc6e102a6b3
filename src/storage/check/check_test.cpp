#include "storage/check/check.h"

#include <gtest/gtest.h>

#include "storage/check/check_test_support.h"

namespace warren::storage::check_test {
namespace {

std::map<QueueId, std::uint64_t> counts_of(const Contents& contents) {
    std::map<QueueId, std::uint64_t> counts;
    for (const auto& [place, text] : contents)
        ++counts[QueueId{place.first}];
    return counts;
}

std::map<QueueId, std::uint64_t> by_log(const EntryCounts& counts) {
    std::map<QueueId, std::uint64_t> sums;
    for (const auto& [place, count] : counts)
        sums[place.log] += count;
    return sums;
}

std::uint64_t sum_of(const std::map<QueueId, std::uint64_t>& counts) {
    std::uint64_t sum = 0;
    for (const auto& [queue, count] : counts)
        sum += count;
    return sum;
}

TEST(check, finds_nothing_wrong_with_a_sound_shard) {
    TestShard shard;
    const ShardCheck report = shard.check();
    EXPECT_TRUE(report.damages.empty());
    EXPECT_TRUE(report.notes.empty());
    EXPECT_EQ(report.log_files, 2u);
    EXPECT_EQ(report.segments, 2u);
    EXPECT_EQ(report.segment_entries, 13u);
    EXPECT_EQ(by_log(report.entries), counts_of(shard.live));
    EXPECT_EQ(shard.recovered(), shard.live);
}

TEST(check, changes_nothing) {
    TestShard shard;
    shard.disk.flip(shard.paths().back(), 100);
    const auto before = shard.disk.mutating_calls();
    shard.check();
    EXPECT_EQ(shard.disk.mutating_calls(), before);
}

TEST(repair, of_a_sound_shard_does_nothing) {
    TestShard shard;
    const auto before = shard.disk.mutating_calls();
    EXPECT_TRUE(shard.repair().empty());
    EXPECT_EQ(shard.disk.mutating_calls(), before);
}

// What is true of any damage: the report tells at least what is lost, and after a repair the engine
// starts with all the rest.
class Damaged {
public:
    explicit Damaged(TestShard& shard) : shard_(shard), report_(shard.check()) {
        for (const Damage& damage : report_.damages) {
            unknown_ |= damage.more_is_unknown;
            settlements_ += damage.settlements;
            for (const auto& [queue, count] : by_log(damage.entries))
                told_[queue] += count;
        }
    }
    const ShardCheck& report() const { return report_; }

    void expect_repairable() {
        if (report_.damages.empty()) {
            EXPECT_EQ(shard_.recovered(), shard_.live);
            return;
        }
        EXPECT_FALSE(shard_.repair().empty());
        const ShardCheck after = shard_.check();
        EXPECT_TRUE(after.damages.empty()) << after.damages.front().what;
        const Contents kept = shard_.recovered();
        EXPECT_EQ(by_log(after.entries), counts_of(kept));
        expect_kept_as_told(kept);
    }

private:
    void expect_kept_as_told(const Contents& kept) {
        std::map<QueueId, std::uint64_t> lost;
        for (const auto& [place, text] : shard_.live)
            if (!kept.contains(place)) ++lost[QueueId{place.first}];
        std::uint64_t lost_of_nobody = 0;
        for (const auto& [queue, count] : lost)
            if (count > told_[queue]) lost_of_nobody += count - told_[queue];
        EXPECT_TRUE(unknown_ || lost_of_nobody <= told_[QueueId{}]);
        for (const auto& [place, text] : kept) {
            EXPECT_EQ(shard_.ever[place], text);
            EXPECT_TRUE(unknown_ || settlements_ != 0 || shard_.live.contains(place));
        }
    }

    TestShard& shard_;
    const ShardCheck report_;
    std::map<QueueId, std::uint64_t> told_;
    std::uint64_t settlements_ = 0;
    bool unknown_ = false;
};

TEST(check, tells_what_any_wrong_bit_costs_and_repair_keeps_the_rest) {
    const auto paths = TestShard().paths();
    std::uint64_t found = 0;
    for (const std::string& path : paths) {
        const std::uint64_t bytes = TestShard().size_of(path);
        for (std::uint64_t offset = 0; offset < bytes; ++offset) {
            SCOPED_TRACE(path + " at " + std::to_string(offset));
            TestShard shard(offset + 1);
            shard.disk.flip(path, offset);
            Damaged damaged(shard);
            found += damaged.report().damages.empty() ? 0 : 1;
            damaged.expect_repairable();
            if (::testing::Test::HasFailure()) return;
        }
    }
    EXPECT_GT(found, 2000u);
}

// A log file that ends before its first batch is what a start leaves that comes to nothing.
constexpr std::uint64_t log_head_bytes =
    wal_format::file_header_bytes + wal_format::batch_header_bytes;

TEST(check, tells_what_any_cut_file_costs_and_repair_keeps_the_rest) {
    for (const std::string& path : TestShard().paths()) {
        const std::uint64_t bytes = TestShard().size_of(path);
        for (std::uint64_t size = 0; size < bytes; ++size) {
            SCOPED_TRACE(path + " cut to " + std::to_string(size));
            TestShard shard(size + 1);
            ASSERT_TRUE((*shard.disk.open(path, OpenMode::update))->truncate(size));
            const bool in_log = path.starts_with(wal_folder(shard_folder));
            // Nothing says how far the last file of a log should reach.
            const bool last_of_log = in_log && path.ends_with(wal_format::file_name(2));
            if (last_of_log || (in_log && size < log_head_bytes))
                shard.repair();
            else
                Damaged(shard).expect_repairable();
            EXPECT_TRUE(shard.check().damages.empty());
            if (::testing::Test::HasFailure()) return;
        }
    }
}

TEST(check, names_the_queue_of_a_damaged_payload_and_its_place) {
    TestShard shard;
    const std::string path = segment_path(segments_folder(shard_folder), 2);
    const auto file = SegmentFile::open(shard.disk, path);
    const std::uint64_t offset = (*file)->summary().runs[0].data_offset;
    shard.disk.flip(path, offset);
    const ShardCheck report = shard.check();
    ASSERT_EQ(report.damages.size(), 1u);
    EXPECT_EQ(report.damages[0].place.path, path);
    EXPECT_EQ(report.damages[0].place.offset, offset);
    EXPECT_EQ(report.damages[0].entries, (EntryCounts{{{both, 3}, 1}}));
    EXPECT_FALSE(report.damages[0].more_is_unknown);
}

TEST(check, says_that_damage_among_settled_entries_costs_nothing) {
    TestShard shard;
    const std::string path = segment_path(segments_folder(shard_folder), 1);
    const auto file = SegmentFile::open(shard.disk, path);
    shard.disk.flip(path, (*file)->summary().runs[0].data_offset);  // message 1, settled
    const ShardCheck report = shard.check();
    ASSERT_EQ(report.damages.size(), 1u);
    EXPECT_TRUE(report.damages[0].entries.empty());
    EXPECT_EQ(sum_of(by_log(report.entries)), shard.live.size());
}

// Whatever byte of header, footer or trailer is wrong: at most one run is lost.
TEST(repair, keeps_what_a_damaged_footer_still_proves) {
    const std::string path = segment_path(segments_folder(shard_folder), 1);
    const std::uint64_t bytes = TestShard().size_of(path);
    constexpr std::uint64_t footer_bytes = 24 + 3 * 88 + 40;
    constexpr std::uint64_t header_bytes = 64;
    for (std::uint64_t offset = 0; offset < bytes; ++offset) {
        if (offset == header_bytes) offset = bytes - footer_bytes;
        SCOPED_TRACE("byte " + std::to_string(offset));
        TestShard shard(offset + 1);
        shard.disk.flip(path, offset);
        const ShardCheck report = shard.check();
        ASSERT_FALSE(report.damages.empty());
        shard.repair();
        const Contents kept = shard.recovered();
        const std::pair<std::uint64_t, std::uint64_t> of_level_3{both.value, 5};
        std::set<std::pair<std::uint64_t, bool>> runs_lost;
        for (const auto& [place, text] : shard.live)
            if (!kept.contains(place)) runs_lost.insert({place.first, place == of_level_3});
        EXPECT_LE(runs_lost.size(), 1u);
        if (::testing::Test::HasFailure()) return;
    }
}

// A copy with a damaged footer, and the file that it was copied from.
TEST(repair, takes_the_original_when_a_damaged_file_holds_the_same) {
    TestShard shard;
    const std::string original = segment_path(segments_folder(shard_folder), 2);
    SegmentBuilder copy(3);
    copy.begin_queue(both, 8);
    for (const std::uint64_t position : {7, 8}) {
        const std::string payload = "copied";
        EntryHead head;
        head.position = position;
        head.level = 3;
        copy.add({head, {as_bytes(payload), {}}, {}});
    }
    copy.add_replaced(2);
    ASSERT_TRUE(copy.write(shard.disk, segments_folder(shard_folder)));
    const std::string path = segment_path(segments_folder(shard_folder), 3);
    shard.disk.flip(path, shard.size_of(path) - 1);
    ASSERT_EQ(shard.check().damages.size(), 1u);
    shard.repair();
    EXPECT_TRUE(shard.disk.open(original, OpenMode::read));
    EXPECT_EQ(shard.recovered(), shard.live);
}

TEST(check, counts_entries_that_their_owner_does_not_understand) {
    TestShard shard;
    const EntryCheck dislike = [](QueueId, const LoadedEntry& entry) -> std::optional<std::string> {
        if (as_text(entry.payload).ends_with("message 4")) return "not a message";
        return std::nullopt;
    };
    const ShardCheck report = shard.check(dislike);
    ASSERT_EQ(report.damages.size(), 2u);  // one in the log, and a settled one in a segment
    EXPECT_EQ(report.damages[0].entries, (EntryCounts{{{logged, 0}, 1}}));
    EXPECT_TRUE(report.damages[1].entries.empty());
    shard.repair(dislike);
    EXPECT_TRUE(shard.check(dislike).damages.empty());
    Contents expected = shard.live;
    expected.erase({logged.value, 4});
    EXPECT_EQ(shard.recovered(), expected);
}

TEST(check, asks_the_owner_with_log_and_level_of_every_entry) {
    TestShard shard;
    EntryCounts asked;
    const ShardCheck report = shard.check([&](QueueId log, const LoadedEntry& entry) {
        EXPECT_TRUE(as_text(entry.payload).starts_with("queue " + std::to_string(log.value)));
        ++asked[{log, entry.head.level}];
        return std::nullopt;
    });
    for (const auto& [place, count] : report.entries)
        EXPECT_GE(asked[place], count);
    EXPECT_EQ(report.entries.at({both, 3}), 3u);
}

TEST(check, tells_no_more_than_so_many_damages) {
    TestShard shard;
    shard.fill_segment(3, damages_max + 100);
    std::uint64_t number = 0;
    const ShardCheck report = shard.check([&](QueueId, const LoadedEntry&) {
        return std::optional("fault " + std::to_string(++number));
    });
    ASSERT_EQ(report.damages.size(), damages_max);
    EXPECT_EQ(report.damages.back().what,
              "fault " + std::to_string(damages_max) + " (or something else)");
    std::uint64_t places = 0;
    for (const Damage& damage : report.damages)
        places += damage.places;
    EXPECT_EQ(places, number);
}

TEST(check, of_a_torn_tail_is_a_note_and_repair_cuts_it) {
    TestShard shard;
    const std::string path = wal_folder(shard_folder) + "/" + wal_format::file_name(2);
    const std::uint64_t bytes = shard.size_of(path);
    ASSERT_TRUE((*shard.disk.open(path, OpenMode::update))->truncate(bytes - 1));
    const ShardCheck report = shard.check();
    EXPECT_TRUE(report.damages.empty());
    ASSERT_EQ(report.notes.size(), 1u);
    EXPECT_NE(report.notes[0].find("never finished"), std::string::npos);
    EXPECT_EQ(shard.repair().size(), 1u);
    EXPECT_LT(shard.size_of(path), bytes - 1);
    EXPECT_TRUE(shard.check().notes.empty());
    EXPECT_EQ(shard.recovered(), shard.live);
}

TEST(repair, sets_the_damaged_files_aside_as_they_were) {
    TestShard shard;
    const std::string log = wal_folder(shard_folder) + "/" + wal_format::file_name(1);
    const std::string segment = segment_path(segments_folder(shard_folder), 1);
    shard.disk.flip(log, shard.size_of(log) / 2);
    shard.disk.flip(segment, shard.size_of(segment) - 1);
    const auto log_bytes = *read_file(shard.disk, log);
    const auto segment_bytes = *read_file(shard.disk, segment);
    shard.repair();
    EXPECT_EQ(*read_file(shard.disk, aside_folder + "/wal/" + wal_format::file_name(1)), log_bytes);
    EXPECT_EQ(*read_file(shard.disk, segment_path(aside_folder + "/segments", 1)), segment_bytes);
    EXPECT_FALSE(shard.disk.open(log, OpenMode::read));
    EXPECT_FALSE(shard.disk.open(segment, OpenMode::read));
}

// The same damage, repaired with a crash at every call, and then again.
TEST(repair, goes_on_after_a_crash_anywhere) {
    const auto damage = [](TestShard& shard) {
        const std::string log = wal_folder(shard_folder) + "/" + wal_format::file_name(1);
        const std::string segment = segment_path(segments_folder(shard_folder), 1);
        const auto file = SegmentFile::open(shard.disk, segment);
        shard.disk.flip(log, 140);
        shard.disk.flip(segment, (*file)->summary().runs[0].data_offset + 30);
    };
    TestShard whole;
    damage(whole);
    const auto before = whole.disk.mutating_calls();
    whole.repair();
    const auto calls = whole.disk.mutating_calls() - before;
    const Contents expected = whole.recovered();
    ASSERT_GT(calls, 20u);
    for (const auto crash : {sim::Crash::power_loss, sim::Crash::process_kill})
        for (std::uint64_t call = 1; call <= calls; ++call)
            for (std::uint64_t seed = 1; seed <= 10; ++seed) {
                SCOPED_TRACE("call " + std::to_string(call) + " seed " + std::to_string(seed));
                TestShard shard(seed);
                damage(shard);
                shard.disk.crash_at(call, crash);
                EXPECT_FALSE(
                    repair_shard(shard.disk, shard_folder, aside_folder, TestShard::accept_all));
                shard.disk.restart();
                shard.repair();
                EXPECT_EQ(shard.recovered(), expected);
                if (::testing::Test::HasFailure()) return;
            }
}

TEST(repair, of_a_disk_that_fails_says_so) {
    TestShard shard;
    shard.disk.flip(segment_path(segments_folder(shard_folder), 1), 10);
    shard.disk.add_fault({.call = sim::IoCall::rename, .path_part = "segments"});
    const auto said = repair_shard(shard.disk, shard_folder, aside_folder, TestShard::accept_all);
    ASSERT_FALSE(said);
    EXPECT_NE(said.error().find("rename"), std::string::npos) << said.error();
}

TEST(check, of_a_folder_that_cannot_be_read_says_so) {
    sim::SimulatedDisk disk(1);
    EXPECT_FALSE(check_shard(disk, shard_folder, TestShard::accept_all));
}

}  // namespace
}  // namespace warren::storage::check_test
