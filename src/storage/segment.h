#pragma once
// Segment files: what has left the write-ahead log and is still wanted. A file is written once, as
// a whole, synced, and never changed. segment_format.h draws the bytes.
//
// It holds runs: entries of one queue and one priority level in the order of their positions, at
// most run_entries_max of them, payloads behind one another and then an index with one fixed-size
// row an entry; and bodies, each once, however many entries of the file refer to it. Small runs of
// many queues share a file, so that a thousand queues cost one sync; a large queue has files of its
// own. The footer lists the runs: recovery reads nothing else.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/entry.h"
#include "storage/file_io.h"

namespace warren::storage {

inline constexpr std::uint32_t run_entries_max = 16'384;

// What the footer says of a run.
struct RunSummary {
    QueueId queue;
    std::uint8_t level = 0;
    bool deadlines_in_order = true;  // no entry expires before one that stands ahead of it
    std::uint32_t count = 0;
    std::uint32_t persistent_count = 0;
    std::uint64_t first_position = 0;
    std::uint64_t last_position = 0;
    // Every entry of this queue with a position up to here that is not in a segment was settled
    // when the file was written: the log's records of them are to be ignored.
    std::uint64_t flushed_through = 0;
    std::uint64_t body_bytes = 0;                             // sum
    std::int64_t first_deadline_ms = EntryHead::no_deadline;  // the earliest
    std::uint64_t data_offset = 0;                            // of the first payload
    std::uint64_t data_bytes = 0;
    std::uint64_t index_offset = 0;

    friend bool operator==(const RunSummary&, const RunSummary&) = default;
};

struct SegmentSummary {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;              // of the whole file
    std::vector<std::uint64_t> replaces;  // files whose live entries were copied into this one
    std::vector<RunSummary> runs;
};

// One row of a run's index.
struct IndexRow {
    EntryHead head;
    std::uint32_t payload_offset = 0;  // from data_offset
    std::uint32_t payload_bytes = 0;
    std::uint64_t body_offset = 0;  // in the file; 0: none stored apart
    std::uint32_t body_stored_bytes = 0;
    std::uint32_t payload_checksum = 0;
    std::uint32_t number = 0;  // in its run, from 0
    // False: the row itself is damaged. It keeps its place among the others, but says nothing more
    // than its number, its level and, in a run that leaves no position out, its position (otherwise
    // 0).
    bool intact = true;

    friend bool operator==(const IndexRow&, const IndexRow&) = default;
};

// A file or a part of it that cannot be used: where, what, and errno-like failures alike.
struct SegmentFault {
    std::string path;
    std::uint64_t offset = 0;
    std::string what;
    std::string text() const;
};

// Gathers a file in memory (on the shard), to be written by a job.
class SegmentBuilder {
public:
    explicit SegmentBuilder(std::uint64_t number);
    ~SegmentBuilder();
    SegmentBuilder(SegmentBuilder&&) noexcept;
    SegmentBuilder& operator=(SegmentBuilder&&) noexcept;

    // Entries of a queue come level by level, each level in the order of positions; a run is closed
    // and another begun where needed. flushed_through: see RunSummary.
    void begin_queue(QueueId queue, std::uint64_t flushed_through);
    // entry.body is copied once for all entries of this file that name the same address (and
    // size), until forget_bodies(): to be called when addresses may have changed their meaning.
    void add(const EntryView& entry);
    void forget_bodies();
    void add_replaced(std::uint64_t segment_number);

    bool empty() const;
    std::uint64_t bytes() const;  // about
    std::uint64_t number() const;

    // Writes, syncs and names the file folder/<number>.segment, and syncs the folder. On an error
    // nothing is left behind under that name, and it may be called again. Blocks.
    Result<SegmentSummary, IoError> write(FileIo& io, const std::string& folder);

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string segment_path(const std::string& folder, std::uint64_t number);
// The number in a file's name; none if it is not a segment's.
std::optional<std::uint64_t> segment_number_of(std::string_view file_name);
// The name of a file that was being written when the process ended; to be removed at start.
bool is_segment_leftover(std::string_view file_name);

// An open segment file, for reading. Checks what it reads.
class SegmentFile {
public:
    // Reads header and footer.
    static Result<std::unique_ptr<SegmentFile>, SegmentFault> open(FileIo& io,
                                                                   const std::string& path);
    // A file whose own header and footer cannot be used, for repairs: its runs lie inside of the
    // file and end before that offset.
    static Result<std::unique_ptr<SegmentFile>, SegmentFault> open_as(FileIo& io,
                                                                      const std::string& path,
                                                                      SegmentSummary summary,
                                                                      std::uint64_t footer_offset);
    virtual ~SegmentFile() = default;

    virtual const SegmentSummary& summary() const = 0;
    // Rows [first, first + count) of a run, which is one of summary(). Damaged rows are among them.
    virtual Result<std::vector<IndexRow>, SegmentFault> read_rows(const RunSummary& run,
                                                                  std::uint32_t first,
                                                                  std::uint32_t count) = 0;
    // Reads the payloads (and bodies) of these rows, which rise, with few large reads where they
    // are neighbours. Each row in order is either handed over or, when its bytes are damaged or the
    // disk refuses to read them, told to `damaged`.
    virtual void read_entries(
        const RunSummary& run, std::span<const IndexRow> rows, LoadSink& sink,
        const std::function<void(const IndexRow&, const SegmentFault&)>& damaged) = 0;
};

}  // namespace warren::storage
