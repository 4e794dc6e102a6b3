#pragma once
// A shard's folder for tests of checking and repairing: small, with one of everything.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/check/check.h"
#include "storage/engine_recovery.h"
#include "storage/log_records.h"
#include "storage/segment.h"
#include "tests/sim/simulated_disk.h"

namespace warren::storage::check_test {

inline const std::string shard_folder = "shard-0";
inline const std::string aside_folder = "damaged/now/shard-0";

// What a queue holds: by position, payload and body.
using Contents = std::map<std::pair<std::uint64_t, std::uint64_t>, std::string>;

inline constexpr QueueId logged{1};   // only in the log
inline constexpr QueueId fan_out{2};  // its entry shares a body with the next
inline constexpr QueueId fan_in{3};
inline constexpr QueueId paged{4};  // in a segment with gaps; the log knows its run's state
inline constexpr QueueId both{5};   // in two segments, and partly still in the log

class TestShard {
public:
    explicit TestShard(std::uint64_t seed = 1) : disk(seed) {
        for (const std::string& folder : {wal_folder(shard_folder), segments_folder(shard_folder)})
            EXPECT_TRUE(disk.create_folder(folder));
        write_segments();
        write_log();
    }

    sim::SimulatedDisk disk;
    Contents live;  // what a start brings back
    Contents ever;  // with what is settled

    ShardCheck check(const EntryCheck& entry_check = accept_all) {
        auto report = check_shard(disk, shard_folder, entry_check);
        EXPECT_TRUE(report) << report.error();
        return report ? std::move(*report) : ShardCheck{};
    }
    std::vector<std::string> repair(const EntryCheck& entry_check = accept_all) {
        auto said = repair_shard(disk, shard_folder, aside_folder, entry_check);
        EXPECT_TRUE(said) << said.error();
        return said ? std::move(*said) : std::vector<std::string>{};
    }
    // As the engine reads it at start.
    Contents recovered() {
        auto found = recover_shard(disk, shard_folder);
        EXPECT_TRUE(found) << found.error();
        Contents contents;
        if (!found) return contents;
        for (const auto& [id, queue] : found->queues) {
            for (const RecoveredEntry& entry : queue.entries)
                contents[{id.value, entry.head.position}] =
                    text_of(ByteView(queue.payloads).subspan(entry.payload_at, entry.payload_bytes),
                            entry.body ? ByteView(*entry.body) : ByteView());
            for (const RecoveredRun& run : queue.runs)
                add_run(run.run, contents);
        }
        return contents;
    }
    std::vector<std::string> paths() {
        std::vector<std::string> paths;
        for (const std::string& folder :
             {wal_folder(shard_folder), segments_folder(shard_folder)}) {
            const auto files = disk.list(folder);
            for (const FileEntry& file : *files)
                paths.push_back(folder + "/" + file.name);
        }
        return paths;
    }
    // A segment more, with so many entries of `paged`.
    void fill_segment(std::uint64_t number, std::uint64_t count) {
        SegmentBuilder builder(number);
        builder.begin_queue(paged, 100 + count);
        for (std::uint64_t position = 101; position <= 100 + count; ++position) {
            const std::string payload = payload_of(paged, position);
            builder.add({head_at(position, 0, true), {as_bytes(payload), {}}, {}});
        }
        EXPECT_TRUE(builder.write(disk, segments_folder(shard_folder)));
    }
    std::uint64_t size_of(const std::string& path) {
        return *(*disk.open(path, OpenMode::read))->size();
    }
    static std::optional<std::string> accept_all(QueueId, const LoadedEntry&) {
        return std::nullopt;
    }

private:
    static std::string text_of(ByteView payload, ByteView body) {
        return std::string(as_text(payload)) + "|" + std::string(as_text(body));
    }
    struct Collect final : LoadSink {
        std::vector<std::pair<EntryHead, std::string>> entries;
        void take(const LoadedEntry& entry) override {
            entries.emplace_back(entry.head, text_of(entry.payload, entry.body));
        }
    };
    void add_run(const Run& run, Contents& contents) {
        const auto path = segment_path(segments_folder(shard_folder), run.segment());
        const auto file = SegmentFile::open(disk, path);
        ASSERT_TRUE(file) << file.error().text();
        const RunSummary& summary = (*file)->summary().runs[run.place()];
        auto rows = (*file)->read_rows(summary, 0, summary.count);
        ASSERT_TRUE(rows);
        std::erase_if(*rows, [&](const IndexRow& row) { return run.is_settled(row.number); });
        Collect collect;
        (*file)->read_entries(summary, *rows, collect, [](const IndexRow&, const SegmentFault&) {});
        for (auto& [head, text] : collect.entries)
            contents[{summary.queue.value, head.position}] = std::move(text);
    }

    EntryHead head_at(std::uint64_t position, std::uint8_t level, bool persistent) {
        EntryHead head;
        head.position = position;
        head.level = level;
        head.persistent = persistent;
        return head;
    }
    std::string payload_of(QueueId queue, std::uint64_t position) {
        return "queue " + std::to_string(queue.value) + " message " + std::to_string(position);
    }
    void note(QueueId queue, std::uint64_t position, const std::string& body, bool lives) {
        const auto text = payload_of(queue, position) + "|" + body;
        ever[{queue.value, position}] = text;
        if (lives) live[{queue.value, position}] = text;
    }

    struct Wanted {
        std::uint64_t position;
        bool lives;
        std::uint8_t level = 0;
        bool with_body = false;
        bool persistent = true;
    };
    void add_queue(SegmentBuilder& builder, QueueId queue, std::uint64_t flushed_through,
                   const std::vector<Wanted>& entries) {
        builder.begin_queue(queue, flushed_through);
        for (const Wanted& wanted : entries) {
            const std::string payload = payload_of(queue, wanted.position);
            builder.add({head_at(wanted.position, wanted.level, wanted.persistent),
                         {as_bytes(payload), {}},
                         wanted.with_body ? as_bytes(shared_body_) : ByteView()});
            note(queue, wanted.position, wanted.with_body ? shared_body_ : "", wanted.lives);
        }
    }
    void write_segments() {
        SegmentBuilder first(1);
        add_queue(first, paged, 9,
                  {{1, false},
                   {2, true, 0, true},
                   {5, true},
                   {6, true, 0, false, true},
                   {9, true, 0, true}});
        add_queue(first, both, 6,
                  {{1, true},
                   {2, true, 0, true},
                   {3, false},
                   {4, false},
                   {6, false, 0, false, false},
                   {5, true, 3}});
        EXPECT_TRUE(first.write(disk, segments_folder(shard_folder)));
        SegmentBuilder second(2);
        add_queue(second, both, 8, {{7, true, 3}, {8, true, 3, true}});
        EXPECT_TRUE(second.write(disk, segments_folder(shard_folder)));
    }

    void add(WalBatch& batch, QueueId queue, std::uint64_t position, bool lives,
             std::uint64_t body = 0) {
        const std::string payload = payload_of(queue, position);
        add_entry(batch, queue, {head_at(position, 0, true), {as_bytes(payload), {}}, {}}, body);
        note(queue, position, body == 0 ? "" : shared_body_, lives);
    }
    void write(WalWriter& writer, WalBatch& batch, std::uint64_t file) {
        batch.seal(file, batches_ + 1, batches_);
        ++batches_;
        EXPECT_TRUE(writer.write(batch, file));
        EXPECT_TRUE(writer.sync());
        batch.clear();
    }
    void write_log() {
        WalWriter writer(disk, wal_folder(shard_folder), 0);
        WalBatch batch;
        for (const std::uint64_t position : {1, 2, 3})
            add(batch, logged, position, position != 2);
        write(writer, batch, 1);
        add_body(batch, 1, as_bytes(shared_body_));
        add(batch, fan_out, 1, true, 1);
        add(batch, fan_in, 1, true, 1);
        write(writer, batch, 1);
        const PositionRange second[] = {{2, 2}};
        add_settle(batch, logged, second);
        // Flushed since: the segment has it.
        const std::string flushed = payload_of(both, 7);
        add_entry(batch, both, {head_at(7, 3, true), {as_bytes(flushed), {}}, {}}, 0);
        write(writer, batch, 1);
        add_state_of_paged(batch);
        add(batch, logged, 4, true);
        add(batch, both, 9, true);
        write(writer, batch, 2);
        const PositionRange middle[] = {{3, 4}};
        add_settle(batch, both, middle);
        write(writer, batch, 2);
        add_stop(batch, {{{logged, 4}}});
        write(writer, batch, 2);
    }
    void add_state_of_paged(WalBatch& batch) {
        const auto file = SegmentFile::open(disk, segment_path(segments_folder(shard_folder), 1));
        ASSERT_TRUE(file);
        const auto& runs = (*file)->summary().runs;
        for (std::uint32_t place = 0; place < runs.size(); ++place) {
            if (runs[place].queue != paged) continue;
            Run run(runs[place], 1, place);
            run.settle_row(0);
            const std::string state = run.encode_state();
            add_run_state(batch, {paged, 1, place, as_bytes(state)});
        }
    }

    const std::string shared_body_ = "a body that several entries share";
    std::uint64_t batches_ = 0;
};

}  // namespace warren::storage::check_test
