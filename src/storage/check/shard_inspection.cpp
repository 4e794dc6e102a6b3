#include "storage/check/shard_inspection.h"

#include <set>

#include "storage/check/segment_salvage.h"
#include "storage/engine_recovery.h"
#include "storage/wal_scan.h"

namespace warren::storage {

namespace {

// The batch of this file that holds the byte at `offset`; none if that is not known.
std::optional<FoundBatch> batch_around(ByteView file, std::uint64_t file_number,
                                       std::uint64_t offset) {
    std::uint64_t from = wal_format::file_header_bytes;
    while (const auto batch = find_batch(file, file_number, from, 1)) {
        if (batch->offset > offset) break;
        if (offset < batch->end()) return batch;
        from = batch->end();
    }
    return std::nullopt;
}

// Counts what the runs of one segment hold, and tells what they lose.
class Tally final : public EntryVisitor {
public:
    using Tell = std::function<void(Damage)>;
    Tally(const std::string& path, Tell tell) : path_(path), tell_(std::move(tell)) {}

    void sound(const RunSummary& run, const IndexRow&, const LoadedEntry&, bool live) override {
        ++entries;
        if (live) ++living[{run.queue, run.level}];
    }
    void damaged(const RunSummary& run, const IndexRow&, const SegmentFault& fault,
                 bool live) override {
        ++entries;
        any_damaged = true;
        Damage damage{.place = {path_, fault.offset}, .what = fault.what};
        if (live) damage.entries[{run.queue, run.level}] = 1;
        tell_(std::move(damage));
    }

    std::uint64_t entries = 0;
    EntryCounts living;
    bool any_damaged = false;

private:
    const std::string& path_;
    const Tell tell_;
};

}  // namespace

std::optional<std::string> LogRecordCheck::fault_of(const WalRecord& record) {
    if (std::exchange(batch_, record.batch_number) != record.batch_number) bodies_.clear();
    bool understood = false;
    switch (record.type) {
        case RecordType::entry:
            return fault_of_entry(record);
        case RecordType::body:
            if (const auto body = read_body(record)) {
                bodies_[body->number].assign(body->body.begin(), body->body.end());
                understood = true;
            }
            break;
        case RecordType::settle:
            understood = read_settle(record).has_value();
            break;
        case RecordType::run_state:
            understood = read_run_state(record).has_value();
            break;
        case RecordType::stop:
            understood = read_stop(record).has_value();
            break;
        case RecordType::flushed:
            understood = read_flushed(record).has_value();
            break;
        default:  // belongs to other logs, or to a newer version
            break;
    }
    if (understood) return std::nullopt;
    return "a record of type " + std::to_string(static_cast<unsigned>(record.type)) +
           " and version " + std::to_string(record.version) + " is not understood";
}

std::optional<std::string> LogRecordCheck::fault_of_entry(const WalRecord& record) {
    const auto entry = read_entry(record);
    if (!entry) return "an entry is not understood";
    if (entry->body == 0) return entry_check_(entry->queue, {entry->head, entry->payload, {}});
    const auto body = bodies_.find(entry->body);
    if (body == bodies_.end()) return "the body of an entry is missing";
    return entry_check_(entry->queue, {entry->head, entry->payload, body->second});
}

Result<void, std::string> ShardInspection::run() {
    if (auto done = read_log(); !done) return done;
    if (auto done = open_segments(); !done) return done;
    ledger_.close();
    report_log_damages();
    if (auto done = read_log_entries(); !done) return done;
    read_segments();
    return {};
}

ShardInspection::Done ShardInspection::read_log() {
    const auto report = read_wal(io_, wal_folder(folder_), false,
                                 [this](const WalRecord& record) { ledger_.note(record); });
    if (!report) return fail(report.error().text());
    log_ = *report;
    report_.log_files = log_.files.size();
    report_.log_records = log_.records;
    if (log_.tail_cut)
        report_.notes.push_back(log_.tail.path + ": the last " + std::to_string(log_.tail_bytes) +
                                " bytes, from byte " + std::to_string(log_.tail.offset) +
                                " on, were never finished; nobody was promised anything in them");
    return {};
}

ShardInspection::Done ShardInspection::open_segments() {
    const std::string path = segments_folder(folder_);
    const auto files = io_.list(path);
    if (!files) return fail(files.error().text());
    std::set<std::uint64_t> replaced;
    for (const FileEntry& entry : *files) {
        if (is_segment_leftover(entry.name))
            report_.notes.push_back(path + "/" + entry.name + " was never finished; not needed");
        const auto number = segment_number_of(entry.name);
        if (!number) continue;
        segments_.push_back(open_segment(*number, path + "/" + entry.name));
        if (!segments_.back().file) continue;
        const auto& replaces = segments_.back().file->summary().replaces;
        replaced.insert(replaces.begin(), replaces.end());
    }
    for (InspectedSegment& segment : segments_) {
        segment.replaced = replaced.contains(segment.number) || is_elsewhere(segment);
        SegmentSummary named;
        named.number = segment.number;
        if (segment.file && !segment.replaced) named = segment.file->summary();
        ledger_.note(named);
    }
    return {};
}

InspectedSegment ShardInspection::open_segment(std::uint64_t number, std::string path) {
    auto opened = SegmentFile::open(io_, path);
    InspectedSegment segment{.number = number, .path = std::move(path), .file = nullptr};
    if (opened) {
        segment.file = std::move(*opened);
        return segment;
    }
    auto salvaged = salvage_segment(io_, segment.path, number);
    segment.file = std::move(salvaged.file);
    segment.damaged = segment.salvaged = true;
    add({.place = {opened.error().path, opened.error().offset},
         .what = opened.error().what,
         .more_is_unknown = !salvaged.complete});
    return segment;
}

// Which files a damaged one has replaced cannot be believed; but two files never hold the same
// stretch of a queue unless one was copied from the other.
bool ShardInspection::is_elsewhere(const InspectedSegment& salvaged) const {
    if (!salvaged.salvaged || !salvaged.file) return false;
    for (const InspectedSegment& other : segments_) {
        if (other.damaged) continue;
        for (const RunSummary& run : salvaged.file->summary().runs)
            for (const RunSummary& there : other.file->summary().runs)
                if (run.count != 0 && run.queue == there.queue && run.level == there.level &&
                    run.first_position <= there.last_position &&
                    there.first_position <= run.last_position)
                    return true;
    }
    return false;
}

ShardInspection::Done ShardInspection::read_log_entries() {
    LogRecordCheck check(entry_check_);
    const auto visit = [&](const WalRecord& record) {
        const auto fault = check.fault_of(record);
        const auto entry = read_entry(record);
        const bool lives = entry && ledger_.lives_in_log(entry->queue, entry->head.position);
        if (!fault) {
            if (lives) ++report_.entries[{entry->queue, entry->head.level}];
            return;
        }
        log_damaged_ = true;
        Damage damage{.place = record.place, .bytes = record.payload.size(), .what = *fault};
        if (lives) damage.entries[{entry->queue, entry->head.level}] = 1;
        damage.more_is_unknown = !entry;
        add(std::move(damage));
    };
    const auto report = read_wal(io_, wal_folder(folder_), false, visit);
    if (!report) return fail(report.error().text());
    return {};
}

void ShardInspection::read_segments() {
    for (InspectedSegment& segment : segments_) {
        if (segment.replaced) {
            if (!segment.damaged)
                report_.notes.push_back(segment.path + " has been replaced; not needed");
            continue;
        }
        if (!segment.file) continue;
        ++report_.segments;
        Tally tally(segment.path, [this](Damage damage) { add(std::move(damage)); });
        visit_entries(*segment.file, ledger_, entry_check_, tally);
        report_.segment_entries += tally.entries;
        for (const auto& [place, count] : tally.living)
            report_.entries[place] += count;
        segment.damaged |= tally.any_damaged;
    }
}

void ShardInspection::report_log_damages() {
    for (const WalDamage& damage : log_.damages) {
        log_damaged_ = true;
        add(explain(damage));
    }
}

// The head of a damaged record often still says what kind it is; what its payload says of a queue
// may be the damage itself.
Damage ShardInspection::explain(const WalDamage& damage) const {
    Damage explained{.place = damage.place, .bytes = damage.bytes, .what = damage.what};
    if (damage.place.offset == 0) return explained;  // the file's header: costs nothing
    explained.more_is_unknown = true;
    const auto contents = read_file(io_, damage.place.path);
    const auto number =
        wal_format::file_number_of(damage.place.path.substr(damage.place.path.rfind('/') + 1));
    if (!contents || !number) return explained;
    const auto batch = batch_around(*contents, *number, damage.place.offset);
    if (!batch) return explained;
    const std::uint64_t seed = wal_format::record_seed(*number, batch->header.batch_number);
    ByteView rest = ByteView(*contents).subspan(damage.place.offset);
    if (rest.size() < damage.bytes) return explained;  // the file ends before
    rest = rest.first(damage.bytes);
    while (!rest.empty()) {
        const auto record = wal_format::read_record_head(rest, seed);
        if (!record) return explained;
        rest = rest.subspan(record->bytes());
        const auto type = static_cast<RecordType>(record->type);
        if (type == RecordType::settle || type == RecordType::run_state) ++explained.settlements;
        if (type != RecordType::entry) continue;
        WalRecord damaged;
        damaged.type = type;
        damaged.version = record->version;
        damaged.payload = record->payload;
        const auto entry = read_entry(damaged);
        ++explained.entries[{}];
        if (entry && ledger_.knows(entry->queue)) explained.perhaps_of.insert(entry->queue);
    }
    explained.more_is_unknown = false;
    return explained;
}

// What has befallen neighbours alike is told once, and so is everything behind the first many.
void ShardInspection::add(Damage damage) {
    auto& damages = report_.damages;
    const bool alike = !damages.empty() && damages.back().place.path == damage.place.path &&
                       damages.back().what == damage.what;
    if (!alike && damages.size() < damages_max) {
        if (damages.size() + 1 == damages_max) damage.what += " (or something else)";
        damages.push_back(std::move(damage));
        return;
    }
    Damage& told = damages.back();
    told.bytes = told.bytes == 0 || damage.bytes == 0 ? 0 : told.bytes + damage.bytes;
    told.places += damage.places;
    told.settlements += damage.settlements;
    told.more_is_unknown |= damage.more_is_unknown;
    told.perhaps_of.merge(damage.perhaps_of);
    for (const auto& [place, count] : damage.entries)
        told.entries[place] += count;
}

Result<ShardCheck, std::string> check_shard(FileIo& io, const std::string& folder,
                                            const EntryCheck& entry_check) {
    ShardInspection inspection(io, folder, entry_check);
    if (auto done = inspection.run(); !done) return fail(std::move(done.error()));
    return std::move(inspection.report());
}

}  // namespace warren::storage
