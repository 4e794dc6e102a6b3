#pragma once
// The QueueLog of the engine. Lives on the shard, as long as its queue.
//
// Where an entry is, by its position: above flushed_through() in the write-ahead log only (a Mark
// counts those of each log file); at or below it in a run, or settled. While entries are on their
// way into a segment (a Flight), both: their heads are kept until the segment is there.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "storage/engine_shared.h"
#include "storage/queue_log.h"
#include "storage/run.h"

namespace warren::storage {

class StoredQueue final : public QueueLog {
public:
    StoredQueue(QueueId id, EntryOwner& owner, EngineShared& shared,
                std::unordered_map<QueueId, StoredQueue*>& registry);
    ~StoredQueue() override;

    // ---- QueueLog ----
    void append(const EntryView& entry) override;
    void settle(std::uint8_t level, std::uint64_t position) override;
    void settle_paged() override;
    std::uint64_t paged_entries(std::uint8_t level) const override;
    const PagedFigures& paged() const override { return paged_; }
    std::uint64_t segments() const override;
    std::uint64_t first_paged(std::uint8_t level) const override;
    void load(std::uint8_t level, const LoadLimit& limit, LoadSink& sink) override;
    std::int64_t next_paged_deadline() const override { return next_deadline_ms_; }
    bool load_expiring(std::int64_t until_ms, std::uint32_t entries, LoadSink& sink) override;
    bool load_entry(const EntryPlace& place, LoadSink& sink) override;
    bool read(std::uint8_t level, const LoadLimit& limit, LogCursor& cursor,
              LoadSink& sink) override;
    void cut(std::uint64_t through) override;
    void spill(std::uint64_t through) override;
    bool at_rest() const override;
    void remove() override;

    // ---- the engine ----
    QueueId id() const { return id_; }
    std::uint64_t flushed_through() const { return flushed_through_; }
    std::uint64_t last_position() const { return last_position_; }
    bool empty() const { return marks_.empty() && levels_.empty(); }
    // Adds a settle record for what has gathered to the batch.
    void log_settlements();

    // From recovery: the state of the queue as of the last start.
    void restore(std::uint64_t flushed_through, std::uint64_t last_position);
    void restore_entry(std::uint64_t position, std::uint64_t file_number);
    // `figures`: of what is paged in it. `state_file`: a log file not behind the first that says
    // what is settled; 0 if nothing is.
    void restore_run(Run&& run, const PagedFigures& figures, std::uint64_t state_file);

    // stored_queue_flush.cpp: entries with positions up to `through` go into the segment.
    void begin_flush(std::uint64_t through, SegmentBuilder& segment);
    // The segment is there. `places`: where in its footer this queue's runs are.
    void end_flush(const SegmentSummary& segment, std::span<const std::uint32_t> places);
    // It is not and will not be; everything stays as it was.
    void abandon_flush();
    bool flushing() const { return flight_.has_value(); }
    // The last position that lies in the log files up to that number; 0 if none does.
    std::uint64_t last_position_in(std::uint64_t log_file) const;

    // Says anew, in the batch, what is settled in runs whose settlements are in files up to that.
    void log_run_states(std::uint64_t log_file);

    // stored_queue_copy.cpp: runs whose live entries are to be copied elsewhere.
    struct CopiedEntry {
        EntryHead head;
        // Where it was.
        std::uint64_t segment = 0;
        std::uint32_t place = 0;
        std::uint32_t row = 0;
    };
    struct CopiedRun {
        std::uint32_t place = 0;  // in the footer of the new segment
        std::vector<CopiedEntry> entries;
    };
    // Visits the runs in these segments in order of level and position: visit(level, run,
    // follows), where `follows` says that no other run lies between this one and the one before.
    template <typename Visitor>
    void for_each_run_in(std::span<const std::uint64_t> segments, Visitor&& visit) const;
    // The runs of `replaced` segments give way to the copies. Settlements since `state_file` are in
    // the log.
    void replace_runs(std::span<const std::uint64_t> replaced, const SegmentSummary& segment,
                      std::span<const CopiedRun> copies, std::uint64_t state_file);

private:
    struct HeldRun {
        Run run;
        // What is paged of it, as far as paged() counts it.
        std::uint32_t paged_entries = 0;
        std::uint32_t paged_persistent = 0;
        std::uint64_t paged_body_bytes = 0;
        // The oldest log file with what is known of settled entries; 0: nothing is.
        std::uint64_t state_file = 0;
    };
    struct Level {
        std::uint64_t paged = 0;   // entries
        std::size_t first = 0;     // runs before this one have nothing paged
        std::deque<HeldRun> runs;  // by position; some may be dead
    };
    struct Mark {
        std::uint64_t file = 0;
        std::uint64_t last_position = 0;
        std::uint64_t live = 0;
    };
    // Entries on their way into a segment.
    struct Flight {
        std::uint64_t after = 0;
        std::uint64_t through = 0;
        std::uint64_t log_file = 0;  // that gathered when it began
        std::vector<EntryHead> heads;
        std::vector<std::uint64_t> settled;  // meanwhile; positions, sorted when it ends
        std::uint64_t cut_through = 0;       // meanwhile

        bool is_settled(std::uint64_t position) const {
            return position <= cut_through || std::ranges::binary_search(settled, position);
        }
    };
    class FlushSink;

    Level* find_level(std::uint8_t level);
    const Level* find_level(std::uint8_t level) const;
    // The run with the next paged entry; only if there is one.
    static HeldRun& next_paged_run(Level& level);
    HeldRun* find_run(std::uint8_t level, std::uint64_t position);
    // Null: the run is dead and gone.
    const Run* source_of(const CopiedEntry& entry);
    void note_settled(const PositionRange& range);
    void log_paged_as_settled(const Run& run);
    void release_mark(std::uint64_t position);
    void settle_in_run(std::uint8_t level, std::uint64_t position);
    void settled_in(HeldRun& held, std::uint32_t entries);
    static bool is_dead(const HeldRun& held) { return held.run.live() == 0; }
    void run_died(HeldRun& held);
    void drop_dead_runs();
    bool learn_positions(HeldRun& held);

    // stored_queue_load.cpp
    // How many entries of a run to read for so many bytes.
    static std::uint32_t entries_for(std::uint64_t bytes, const RunSummary& run);
    void bring_back(Level& level, HeldRun& held, std::span<const IndexRow> rows, SegmentFile& file,
                    LoadSink& sink);
    std::uint32_t load_due_rows(Level& level, HeldRun& held, std::int64_t until_ms,
                                std::uint32_t most, LoadSink& sink);
    void no_longer_paged(Level& level, HeldRun& held, const IndexRow& row);
    // All that is paged in this run cannot be read.
    void lose_run(Level& level, HeldRun& held, const SegmentFault& fault);
    void look_for_deadlines();

    // stored_queue_read.cpp
    void read_run(const Run& run, const LoadLimit& limit, LogCursor& cursor, LoadSink& sink);
    std::optional<std::uint32_t> row_at(const Run& run, const RunSummary& summary,
                                        SegmentFile& file, std::uint64_t position,
                                        const LogCursor& hint);
    void cannot_read(const Run& run, const SegmentFault& fault);
    void cut_log(std::uint64_t through);
    void cut_run(Level& level, HeldRun& held, std::uint64_t through);

    void note_settler();
    void add_figures(const PagedFigures& figures);
    void place_run(HeldRun&& held);
    // stored_queue_flush.cpp
    void release_flushed_marks();
    void land_run(const RunSummary& summary, std::uint64_t segment, std::uint32_t place,
                  std::span<const EntryPlace> kept);
    // A new run in which nothing has been taken or settled; `heads` are those of its entries.
    HeldRun hold(const RunSummary& summary, std::uint64_t segment, std::uint32_t place,
                 std::span<const EntryHead> heads) const;
    static void count_paged(HeldRun& held, const EntryHead& head, PagedFigures& figures);

    // stored_queue_copy.cpp
    void copy_state(const SegmentSummary& segment, const CopiedRun& copy, std::uint64_t state_file);

    const QueueId id_;
    EntryOwner& owner_;
    EngineShared& shared_;
    std::unordered_map<QueueId, StoredQueue*>& registry_;

    std::uint64_t flushed_through_ = 0;
    std::uint64_t last_position_ = 0;
    std::uint64_t cut_through_ = 0;  // since the start
    std::vector<Mark> marks_;        // one for each log file with entries, oldest first
    std::optional<Flight> flight_;

    std::vector<PositionRange> settlements_;  // not in the batch yet
    std::uint64_t settler_file_ = 0;          // the last log file that lists this queue as settler

    std::map<std::uint8_t, Level> levels_;  // those that have runs
    PagedFigures paged_;
    std::int64_t next_deadline_ms_ = EntryHead::no_deadline;
    bool run_died_ = false;
    std::vector<HeldRun> arriving_;  // copies, while replace_runs() works
};

template <typename Visitor>
void StoredQueue::for_each_run_in(std::span<const std::uint64_t> segments, Visitor&& visit) const {
    for (const auto& [number, level] : levels_) {
        bool follows = false;
        for (const HeldRun& held : level.runs) {
            const bool wanted =
                held.run.live() != 0 && std::ranges::binary_search(segments, held.run.segment());
            if (wanted) visit(number, held.run, follows);
            if (held.run.live() != 0) follows = wanted;
        }
    }
}

}  // namespace warren::storage
