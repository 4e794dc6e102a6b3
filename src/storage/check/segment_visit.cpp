#include "storage/check/shard_inspection.h"

namespace warren::storage {

namespace {

// Takes what one run gives, row by row, and says of each row whether it lives.
class RunVisit final : public LoadSink {
public:
    RunVisit(const RunSummary& run, std::vector<IndexRow> rows, const Ledger& ledger,
             std::optional<Run> state, const EntryCheck& entry_check, EntryVisitor& visitor)
        : run_(run),
          rows_(std::move(rows)),
          ledger_(ledger),
          state_(std::move(state)),
          entry_check_(entry_check),
          visitor_(visitor) {}

    void read(SegmentFile& file) {
        file.read_entries(run_, rows_, *this,
                          [this](const IndexRow& row, const SegmentFault& fault) {
                              ++next_;
                              visitor_.damaged(run_, row, fault, lives(row));
                          });
    }
    void take(const LoadedEntry& entry) override {
        const IndexRow& row = rows_[next_++];
        const auto fault = entry_check_(run_.queue, entry);
        if (fault)
            visitor_.damaged(run_, row, {"", run_.data_offset + row.payload_offset, *fault},
                             lives(row));
        else
            visitor_.sound(run_, row, entry, lives(row));
    }

private:
    // A damaged row does not say whether it is persistent: it is taken for what most are.
    bool lives(const IndexRow& row) const {
        if (state_ && state_->is_settled(row.number)) return false;
        if (row.head.position != 0 && ledger_.is_settled(run_.queue, row.head.position))
            return false;
        return row.head.persistent;
    }

    const RunSummary& run_;
    const std::vector<IndexRow> rows_;
    const Ledger& ledger_;
    const std::optional<Run> state_;
    const EntryCheck& entry_check_;
    EntryVisitor& visitor_;
    std::size_t next_ = 0;  // of rows_; the file gives every one, in order
};

void visit_run(SegmentFile& file, std::uint32_t place, const Ledger& ledger,
               const EntryCheck& entry_check, EntryVisitor& visitor) {
    const RunSummary& run = file.summary().runs[place];
    auto state = ledger.state_of(run, file.summary().number, place);
    auto rows = file.read_rows(run, 0, run.count);
    if (rows) {
        RunVisit(run, std::move(*rows), ledger, std::move(state), entry_check, visitor).read(file);
        return;
    }
    // The disk refuses the whole index.
    for (std::uint32_t number = 0; number < run.count; ++number) {
        IndexRow row{.head = {}, .number = number, .intact = false};
        row.head.level = run.level;
        visitor.damaged(run, row, rows.error(), !state || !state->is_settled(number));
    }
}

}  // namespace

void visit_entries(SegmentFile& file, const Ledger& ledger, const EntryCheck& entry_check,
                   EntryVisitor& visitor) {
    for (std::uint32_t place = 0; place < file.summary().runs.size(); ++place)
        if (file.summary().runs[place].count != 0)
            visit_run(file, place, ledger, entry_check, visitor);
}

}  // namespace warren::storage
