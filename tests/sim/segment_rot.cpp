#include "tests/sim/segment_rot.h"

#include "storage/segment.h"
#include "storage/segment_format.h"

namespace warren::sim {

using storage::IndexRow;
using storage::LoadedEntry;
using storage::RunSummary;
using storage::SegmentFault;
using storage::SegmentFile;

namespace {

class NobodySink final : public storage::LoadSink {
public:
    void take(const LoadedEntry&) override {}
};

using AllRows = std::vector<std::vector<IndexRow>>;  // by run

AllRows rows_of(SegmentFile& file) {
    AllRows all;
    for (const RunSummary& run : file.summary().runs)
        all.push_back(file.read_rows(run, 0, run.count).value_or(std::vector<IndexRow>()));
    return all;
}

std::uint64_t some_byte(const RunSummary& run, const IndexRow& row, Prng& prng) {
    switch (prng.below(3)) {
        case 0:
            return run.index_offset +
                   std::uint64_t{row.number} * storage::segment_format::row_bytes +
                   prng.below(storage::segment_format::row_bytes);
        case 1:
            if (row.body_offset != 0) return row.body_offset + prng.below(row.body_stored_bytes);
            [[fallthrough]];
        default:
            return run.data_offset + row.payload_offset + prng.below(row.payload_bytes);
    }
}

}  // namespace

std::string rot_segment(EngineRig& rig, Prng& prng) {
    const auto paths = rig.segment_paths();
    if (paths.empty()) return "nothing to rot";
    const std::string& path = paths[prng.below(paths.size())];
    const auto file = SegmentFile::open(rig.disk, path);
    if (!file) return "nothing sound to rot";
    const AllRows rows = rows_of(**file);
    const std::size_t place = prng.below(rows.size());
    const IndexRow& row = rows[place][prng.below(rows[place].size())];
    if (!row.intact) return "rotten already";
    const std::uint64_t offset = some_byte((*file)->summary().runs[place], row, prng);
    rig.disk.flip(path, offset);

    const AllRows rotten = rows_of(**file);
    for (std::size_t run = 0; run < rows.size(); ++run) {
        NobodySink sink;
        const RunSummary& summary = (*file)->summary().runs[run];
        (*file)->read_entries(summary, rotten[run], sink,
                              [&](const IndexRow& damaged, const SegmentFault&) {
                                  const auto& head = rows[run][damaged.number].head;
                                  rig.ledger.doubt(summary.queue, head.position);
                              });
    }
    return fmt::format("a bit rots in {} at byte {}", path, offset);
}

}  // namespace warren::sim
