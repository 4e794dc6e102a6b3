#pragma once
// One walk over all files of a shard: what a check reports and a repair starts from.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/check/check.h"
#include "storage/log_records.h"
#include "storage/run.h"
#include "storage/segment.h"

namespace warren::storage {

// What the log and the footers say about who lives: filled first, asked then.
class Ledger {
public:
    // Every record of the log, in order.
    void note(const WalRecord& record);
    void note(const SegmentSummary& segment);
    // After the last note().
    void close();

    bool knows(QueueId queue) const { return queues_.contains(queue); }
    bool is_settled(QueueId queue, std::uint64_t position) const;
    // A start would take it from the log.
    bool lives_in_log(QueueId queue, std::uint64_t position) const;
    // The run as of the end of the log; none if what is said of it does not fit it.
    std::optional<Run> state_of(const RunSummary& run, std::uint64_t segment,
                                std::uint32_t place) const;
    // Above every segment that anything names.
    std::uint64_t next_segment() const { return next_segment_; }

private:
    struct Facts {
        std::uint64_t flushed_through = 0;
        std::vector<PositionRange> settled;
    };

    std::unordered_map<QueueId, Facts> queues_;
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::string> run_states_;
    std::uint64_t next_segment_ = 1;
};

struct InspectedSegment {
    std::uint64_t number = 0;
    std::string path;
    // As far as it can be read (segment_salvage.h): null if not at all. Runs of no entries are
    // those of which nothing is known.
    std::unique_ptr<SegmentFile> file;
    bool replaced = false;  // what is in it is in other files that are there
    bool damaged = false;
    bool salvaged = false;  // header or footer is damaged
};

// Called for each entry of a segment in order: either with the entry or with what is wrong with it.
// `live`: a start would bring it back.
class EntryVisitor {
public:
    virtual void sound(const RunSummary& run, const IndexRow& row, const LoadedEntry& entry,
                       bool live) = 0;
    virtual void damaged(const RunSummary& run, const IndexRow& row, const SegmentFault& fault,
                         bool live) = 0;

protected:
    ~EntryVisitor() = default;
};
void visit_entries(SegmentFile& file, const Ledger& ledger, const EntryCheck& entry_check,
                   EntryVisitor& visitor);

class ShardInspection {
public:
    ShardInspection(FileIo& io, const std::string& folder, const EntryCheck& entry_check)
        : io_(io), folder_(folder), entry_check_(entry_check) {}

    Result<void, std::string> run();

    const Ledger& ledger() const { return ledger_; }
    std::vector<InspectedSegment>& segments() { return segments_; }
    const WalReport& log() const { return log_; }
    bool log_damaged() const { return log_damaged_; }
    ShardCheck& report() { return report_; }

private:
    using Done = Result<void, std::string>;

    Done read_log();
    Done open_segments();
    InspectedSegment open_segment(std::uint64_t number, std::string path);
    bool is_elsewhere(const InspectedSegment& salvaged) const;
    Done read_log_entries();
    void read_segments();
    void report_log_damages();
    Damage explain(const WalDamage& damage) const;
    void add(Damage damage);

    FileIo& io_;
    const std::string& folder_;
    const EntryCheck& entry_check_;
    Ledger ledger_;
    WalReport log_;
    bool log_damaged_ = false;
    std::vector<InspectedSegment> segments_;
    ShardCheck report_;
};

// Whether what a sound record says can be used: it is of a known kind, and an entry has the body it
// needs and is liked by its owner. To be asked of every record in the order of the log.
class LogRecordCheck {
public:
    explicit LogRecordCheck(const EntryCheck& entry_check) : entry_check_(entry_check) {}

    // None: nothing is wrong with it.
    std::optional<std::string> fault_of(const WalRecord& record);

private:
    std::optional<std::string> fault_of_entry(const WalRecord& record);

    const EntryCheck& entry_check_;
    std::uint64_t batch_ = 0;
    std::unordered_map<std::uint64_t, std::vector<std::byte>> bodies_;  // of this batch
};

}  // namespace warren::storage
