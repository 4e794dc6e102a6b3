#include <algorithm>
#include <optional>

#include "storage/wal.h"
#include "storage/wal_folder.h"
#include "storage/wal_scan.h"

namespace warren::storage {

using wal_format::Record;

namespace {

// Where reading has come to.
struct Place {
    std::size_t file_index = 0;
    std::uint64_t offset = wal_format::file_header_bytes;
};

// Where the next batch should be and is not.
struct Gap {
    Place place;
    std::uint64_t number = 0;            // of that batch; 0: not known
    std::optional<FoundBatch> broken{};  // its header is sound
    bool header_broken = false;          // there was to be a header
    std::uint64_t file_bytes = 0;

    // Where later batches may be.
    std::uint64_t behind() const {
        return std::min(broken ? broken->end() : place.offset, file_bytes);
    }
};

struct LaterBatch {
    Place place;
    std::uint64_t number = 0;
};

std::string missing_text(std::uint64_t first, std::uint64_t last) {
    if (first == last) return "batch " + std::to_string(first) + " is missing";
    return "batches " + std::to_string(first) + " to " + std::to_string(last) + " are missing";
}

// Takes batch after batch. Where the next one should be and is not, it looks for later ones: none
// means that the log ends here; else what they say was synced decides between a tail and damage.
class WalReader {
public:
    WalReader(FileIo& io, const std::string& folder,
              const std::function<void(const WalRecord&)>& visit)
        : io_(io), folder_(folder), visit_(visit) {}

    Result<void, IoError> open_files();
    Result<void, IoError> read();
    Result<void, IoError> repair();
    WalReport take_report();

private:
    Result<void, IoError> enter(std::size_t file_index);
    Result<void, IoError> take_batches(Place& place);
    void take(LogFile& file, const FoundBatch& batch);
    void visit(std::uint64_t offset, const Record& record);
    // Where reading goes on when no batch in order is at `place`; none: the log ends there.
    Result<std::optional<Place>, IoError> pass(const Place& place);
    bool goes_on_in_next_file(const Gap& gap) const;
    Gap gap_at(const Place& place) const;
    Result<std::optional<LaterBatch>, IoError> find_later(const Gap& gap);
    Result<std::uint64_t, IoError> promised_through(const Gap& gap);
    void report_damage(const Gap& gap, const LaterBatch& later);
    void save_broken(const LogFile& file, const FoundBatch& batch);
    std::optional<Place> end_log(const Gap& gap);
    std::nullopt_t cut_log(const Gap& gap, std::uint64_t end);

    FileIo& io_;
    const std::string& folder_;
    const std::function<void(const WalRecord&)>& visit_;
    std::vector<LogFile> files_;  // in order; those behind a cut are dropped from here
    LogFileContents contents_;
    std::optional<std::size_t> contents_index_;  // of which file
    LogFileContents ahead_;                      // of a later file, when a batch is missing
    std::uint64_t expected_ = 0;                 // number of the next batch; 0: any
    std::uint64_t synced_through_ = 0;           // as the batches that were taken say
    std::optional<std::uint64_t> promised_;      // as all batches behind the first gap say
    std::optional<LogCut> cut_;
    WalRecord record_;  // the one that is visited, and its file
    WalReport report_;
};

Result<void, IoError> WalReader::open_files() {
    auto files = open_log_files(io_, folder_);
    if (!files) return fail(std::move(files.error()));
    files_ = std::move(*files);
    return {};
}

Result<void, IoError> WalReader::read() {
    Place place;
    while (place.file_index < files_.size()) {
        if (auto entered = enter(place.file_index); !entered) return entered;
        if (auto taken = take_batches(place); !taken) return taken;
        const auto next = pass(place);
        if (!next) return fail(next.error());
        if (!*next) break;
        place = **next;
    }
    return {};
}

Result<void, IoError> WalReader::enter(std::size_t file_index) {
    if (contents_index_ == file_index) return {};
    if (file_index + 1 < files_.size())
        files_[file_index + 1].file->will_need(0, files_[file_index + 1].bytes);
    contents_index_ = file_index;
    record_.file_number = files_[file_index].number;
    record_.place.path = files_[file_index].path;
    return contents_.load(files_[file_index]);
}

Result<void, IoError> WalReader::take_batches(Place& place) {
    LogFile& file = files_[place.file_index];
    for (;;) {
        const auto batch = batch_at(contents_.view(), file.number, place.offset);
        if (!batch || (expected_ != 0 && batch->header.batch_number != expected_)) return {};
        if (auto known = check_log_version(batch->header.version, file.path); !known) return known;
        if (!batch_is_whole(contents_.view(), *batch)) return {};
        take(file, *batch);
        place.offset = batch->end();
    }
}

void WalReader::take(LogFile& file, const FoundBatch& batch) {
    if (!file.header_sound) {
        report_.damages.push_back({.place = {.path = file.path, .offset = 0},
                                   .bytes = wal_format::file_header_bytes,
                                   .what = "the header of the file is damaged, its batches are not",
                                   .last_file_number = file.number});
        file.header_sound = true;  // said once
    }
    record_.batch_number = batch.header.batch_number;
    for_each_record(contents_.view(), batch,
                    [this](std::uint64_t offset, const Record& record) { visit(offset, record); });
    file.last_batch_taken = batch.header.batch_number;
    expected_ = batch.header.batch_number + 1;
    synced_through_ = std::max(synced_through_, batch.header.synced_through);
}

void WalReader::visit(std::uint64_t offset, const Record& record) {
    record_.type = static_cast<RecordType>(record.type);
    record_.version = record.version;
    record_.payload = record.payload;
    record_.place.offset = offset;
    ++report_.records;
    visit_(record_);
}

Result<std::optional<Place>, IoError> WalReader::pass(const Place& place) {
    const Gap gap = gap_at(place);
    if (goes_on_in_next_file(gap)) return Place{.file_index = place.file_index + 1};
    const auto later = find_later(gap);
    if (!later) return fail(later.error());
    if (!*later) return end_log(gap);
    const LaterBatch& next = **later;
    // Before the first batch that there is, only a broken header says that one is missing: the
    // oldest file may hold none. Before batch 1 none can be missing.
    const bool nothing_before =
        gap.number == 0 &&
        (next.number == 1 ||
         (!gap.header_broken && next.place.offset == wal_format::file_header_bytes));
    const bool nothing_missing = !gap.broken && (gap.number == next.number || nothing_before);
    if (nothing_missing) return next.place;

    const auto promised = promised_through(gap);
    if (!promised) return fail(promised.error());
    const std::uint64_t missing = gap.number != 0 ? gap.number : next.number - 1;
    // The disk has written what came later before what came earlier.
    if (missing > *promised) return cut_log(gap, gap.file_bytes);
    report_damage(gap, next);
    expected_ = next.number;
    return next.place;
}

bool WalReader::goes_on_in_next_file(const Gap& gap) const {
    const std::size_t next_index = gap.place.file_index + 1;
    if (gap.broken || gap.number == 0 || next_index == files_.size()) return false;
    const auto& first = files_[next_index].first;
    return first && first->header.batch_number == gap.number;
}

Gap WalReader::gap_at(const Place& place) const {
    const std::uint64_t file_number = files_[place.file_index].number;
    const ByteView file = contents_.view();
    Gap gap{.place = place, .number = expected_, .file_bytes = file.size()};
    if (place.offset >= file.size()) return gap;
    const auto found = batch_at(file, file_number, place.offset);
    if (found && (expected_ == 0 || found->header.batch_number == expected_)) {
        gap.number = found->header.batch_number;
        gap.broken = found;
    }
    gap.header_broken =
        !found && wal_format::resembles_batch_header(file.subspan(place.offset), file_number);
    return gap;
}

Result<std::optional<LaterBatch>, IoError> WalReader::find_later(const Gap& gap) {
    const std::uint64_t number_min = gap.broken ? gap.number + 1 : gap.number;
    ByteView bytes = contents_.view();
    std::uint64_t offset = gap.behind();
    for (std::size_t index = gap.place.file_index;;) {
        if (const auto found = find_batch(bytes, files_[index].number, offset, number_min))
            return LaterBatch{.place = {.file_index = index, .offset = found->offset},
                              .number = found->header.batch_number};
        if (++index == files_.size()) return std::nullopt;
        if (auto loaded = ahead_.load(files_[index]); !loaded) return fail(loaded.error());
        bytes = ahead_.view();
        offset = wal_format::file_header_bytes;
    }
}

// Looked for once: what batches before a later gap say is about batches before it.
Result<std::uint64_t, IoError> WalReader::promised_through(const Gap& gap) {
    if (promised_) return *promised_;
    std::uint64_t promised = 0;
    ByteView bytes = contents_.view();
    std::uint64_t offset = gap.behind();
    for (std::size_t index = gap.place.file_index;;) {
        const LogFile& file = files_[index];
        while (const auto found = find_batch(bytes, file.number, offset, 1)) {
            if (auto known = check_log_version(found->header.version, file.path); !known)
                return fail(known.error());
            promised = std::max(promised, found->header.synced_through);
            offset = found->end();
        }
        if (++index == files_.size()) break;
        if (auto loaded = ahead_.load(files_[index]); !loaded) return fail(loaded.error());
        bytes = ahead_.view();
        offset = wal_format::file_header_bytes;
    }
    return promised_.emplace(promised);
}

void WalReader::report_damage(const Gap& gap, const LaterBatch& later) {
    const LogFile& file = files_[gap.place.file_index];
    if (gap.broken) save_broken(file, *gap.broken);
    const std::uint64_t first_missing =
        gap.broken ? gap.number + 1 : (gap.number != 0 ? gap.number : later.number - 1);
    if (first_missing == later.number) return;
    const bool same_file = later.place.file_index == gap.place.file_index;
    const std::uint64_t end = same_file ? later.place.offset : gap.file_bytes;
    const bool next_file_whole = !same_file && later.place.offset == wal_format::file_header_bytes;
    const std::size_t last_file_index = later.place.file_index - (next_file_whole ? 1 : 0);
    report_.damages.push_back({.place = {.path = file.path, .offset = gap.behind()},
                               .bytes = end - gap.behind(),
                               .what = missing_text(first_missing, later.number - 1),
                               .last_file_number = files_[last_file_index].number});
}

void WalReader::save_broken(const LogFile& file, const FoundBatch& batch) {
    record_.batch_number = batch.header.batch_number;
    const std::string what =
        "records of batch " + std::to_string(batch.header.batch_number) + " are damaged";
    const auto lose = [&](std::uint64_t offset, std::uint64_t bytes) {
        report_.damages.push_back({.place = {.path = file.path, .offset = offset},
                                   .bytes = bytes,
                                   .what = what,
                                   .last_file_number = file.number});
    };
    for_each_sound_record(
        contents_.view(), batch,
        [this](std::uint64_t offset, const Record& record) { visit(offset, record); }, lose);
}

// No batch comes later, in no file, so nothing says that one was promised.
std::optional<Place> WalReader::end_log(const Gap& gap) {
    if (gap.broken) return cut_log(gap, gap.behind());
    if (gap.header_broken) return cut_log(gap, gap.file_bytes);
    const Place next_file{.file_index = gap.place.file_index + 1};
    return next_file.file_index < files_.size() ? std::optional(next_file) : std::nullopt;
}

// `end`: how far what is cut off reaches in this file. The log ends here.
std::nullopt_t WalReader::cut_log(const Gap& gap, std::uint64_t end) {
    const std::string& path = files_[gap.place.file_index].path;
    const std::uint64_t offset = std::min(gap.place.offset, gap.file_bytes);
    report_.tail_cut = true;
    report_.tail = {.path = path, .offset = offset};
    report_.tail_bytes = end - offset;
    cut_ = LogCut{.path = path, .offset = offset};
    while (files_.size() > gap.place.file_index + 1) {
        report_.tail_bytes += files_.back().bytes;
        cut_->dropped_paths.push_back(std::move(files_.back().path));
        files_.pop_back();
    }
    return std::nullopt;
}

// What a process that was killed has left unsynced is synced: the next batches will say that it
// was.
Result<void, IoError> WalReader::repair() {
    if (cut_)
        if (auto done = cut_log_files(io_, folder_, *cut_); !done) return done;
    return sync_log_files(io_, folder_, files_, synced_through_);
}

WalReport WalReader::take_report() {
    for (const LogFile& file : files_)
        report_.files.push_back(file.number);
    // Also when it was promised and is lost: its number is not used again.
    report_.last_batch = expected_ == 0 ? 0 : expected_ - 1;
    return std::move(report_);
}

}  // namespace

Result<WalReport, IoError> read_wal(FileIo& io, const std::string& folder, bool repair,
                                    const std::function<void(const WalRecord&)>& visit) {
    WalReader reader(io, folder, visit);
    if (auto opened = reader.open_files(); !opened) return fail(opened.error());
    if (auto read = reader.read(); !read) return fail(read.error());
    if (repair)
        if (auto repaired = reader.repair(); !repaired) return fail(repaired.error());
    return reader.take_report();
}

}  // namespace warren::storage
