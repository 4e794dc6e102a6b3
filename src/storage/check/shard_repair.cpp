#include "storage/check/log_repair.h"
#include "storage/check/segment_repair.h"
#include "storage/check/shard_inspection.h"
#include "storage/engine_recovery.h"

namespace warren::storage {

namespace {

class ShardRepair {
public:
    ShardRepair(FileIo& io, const std::string& folder, const std::string& aside_folder,
                const EntryCheck& entry_check)
        : io_(io),
          folder_(folder),
          aside_(aside_folder),
          log_repair_{wal_folder(folder), aside_folder + "/new-wal", wal_folder(aside_folder)},
          entry_check_(entry_check) {}

    Result<std::vector<std::string>, std::string> run() {
        // Before anything is looked at: half of the log may lie elsewhere.
        if (log_repair_is_under_way(io_, log_repair_))
            if (auto done = mend_log(); !done) return fail(done.error().text());
        ShardInspection inspection(io_, folder_, entry_check_);
        if (auto done = inspection.run(); !done) return fail(done.error());
        std::uint64_t number = inspection.ledger().next_segment();
        for (InspectedSegment& segment : inspection.segments()) {
            if (!segment.damaged) continue;
            if (auto done = mend(segment, inspection.ledger(), number++); !done)
                return fail(done.error().text());
        }
        if (inspection.log_damaged()) {
            if (auto done = mend_log(); !done) return fail(done.error().text());
        } else if (inspection.log().tail_cut) {
            if (auto done = cut_tail(); !done) return fail(done.error().text());
        }
        return std::move(said_);
    }

private:
    using Done = Result<void, IoError>;

    Done mend(InspectedSegment& segment, const Ledger& ledger, std::uint64_t number) {
        const std::string folder = segments_folder(folder_);
        if (!segment.replaced) {
            const auto copied =
                copy_sound_entries(io_, segment, ledger, entry_check_, folder, number);
            if (!copied) return fail(copied.error());
            if (*copied)
                said_.push_back("what is sound in " + segment.path + " was copied to " +
                                segment_path(folder, number));
        }
        const std::string aside = segments_folder(aside_);
        if (auto created = io_.create_folder(aside); !created) return created;
        const std::string to = segment_path(aside, segment.number);
        if (auto moved = io_.rename(segment.path, to); !moved) return moved;
        if (auto synced = io_.sync_folder(aside); !synced) return synced;
        said_.push_back(segment.path + " was set aside as " + to);
        return io_.sync_folder(folder);
    }

    Done mend_log() {
        const auto kept = repair_log(io_, log_repair_, entry_check_);
        if (!kept) return fail(kept.error());
        said_.push_back("the files of " + log_repair_.folder + " were set aside in " +
                        log_repair_.aside_folder +
                        (*kept ? ", " + std::to_string(**kept) +
                                     " sound records of them were written to new files"
                               : ", as an earlier repair had begun to do"));
        return {};
    }

    Done cut_tail() {
        const auto report = read_wal(io_, wal_folder(folder_), true, [](const WalRecord&) {});
        if (!report) return fail(report.error());
        said_.push_back(report->tail.path + " was cut at byte " +
                        std::to_string(report->tail.offset));
        return {};
    }

    FileIo& io_;
    const std::string& folder_;
    const std::string& aside_;
    const LogRepair log_repair_;
    const EntryCheck& entry_check_;
    std::vector<std::string> said_;
};

}  // namespace

Result<std::vector<std::string>, std::string> repair_shard(FileIo& io, const std::string& folder,
                                                           const std::string& aside_folder,
                                                           const EntryCheck& entry_check) {
    return ShardRepair(io, folder, aside_folder, entry_check).run();
}

}  // namespace warren::storage
