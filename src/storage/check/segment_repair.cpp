#include "storage/check/segment_repair.h"

#include <algorithm>
#include <map>

namespace warren::storage {

namespace {

// Entries that are sound and live, held until all of the file is read: a new file wants them queue
// by queue.
class LiveEntries final : public EntryVisitor {
public:
    void sound(const RunSummary& run, const IndexRow& row, const LoadedEntry& entry,
               bool live) override {
        if (!live) return;
        Queue& queue = queues_[run.queue];
        queue.flushed_through = std::max(queue.flushed_through, run.flushed_through);
        queue.entries[{run.level, row.head.position}] = {
            entry.head, {entry.payload.begin(), entry.payload.end()}, row.body_offset};
        if (row.body_offset != 0)
            bodies_.try_emplace(row.body_offset, entry.body.begin(), entry.body.end());
    }
    void damaged(const RunSummary&, const IndexRow&, const SegmentFault&, bool) override {}

    void add_to(SegmentBuilder& builder) const {
        for (const auto& [id, queue] : queues_) {
            builder.begin_queue(id, queue.flushed_through);
            for (const auto& [place, entry] : queue.entries) {
                const auto body = bodies_.find(entry.body);
                builder.add({entry.head,
                             {entry.payload, {}},
                             body == bodies_.end() ? ByteView{} : ByteView(body->second)});
            }
        }
    }

private:
    struct Entry {
        EntryHead head;
        std::vector<std::byte> payload;
        std::uint64_t body = 0;  // its offset in the old file
    };
    struct Queue {
        std::uint64_t flushed_through = 0;
        std::map<std::pair<std::uint8_t, std::uint64_t>, Entry> entries;  // by level, position
    };

    std::map<QueueId, Queue> queues_;
    std::map<std::uint64_t, std::vector<std::byte>> bodies_;
};

}  // namespace

Result<bool, IoError> copy_sound_entries(FileIo& io, InspectedSegment& segment,
                                         const Ledger& ledger, const EntryCheck& entry_check,
                                         const std::string& folder, std::uint64_t number) {
    if (!segment.file) return false;
    LiveEntries entries;
    visit_entries(*segment.file, ledger, entry_check, entries);
    SegmentBuilder builder(number);
    entries.add_to(builder);
    if (builder.empty()) return false;
    builder.add_replaced(segment.number);
    for (const std::uint64_t replaced : segment.file->summary().replaces)
        builder.add_replaced(replaced);
    const auto written = builder.write(io, folder);
    if (!written) return fail(written.error());
    return true;
}

}  // namespace warren::storage
