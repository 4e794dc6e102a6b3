// Segment files of any bytes: they are refused, or each row of each run is handed over or told to
// be damaged; what was handed over can be written into another file and comes back the same. Each
// input is read as it is and once more with checksums set right, or nothing behind them would be
// reached.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "storage/little_endian.h"
#include "storage/segment.h"
#include "storage/segment_format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace warren;
using namespace warren::storage;
namespace format = segment_format;

namespace {

using Bytes = std::vector<std::byte>;

class MemoryFile final : public File {
public:
    explicit MemoryFile(std::shared_ptr<Bytes> bytes) : bytes_(std::move(bytes)) {}

    Result<std::size_t, IoError> read_at(std::uint64_t offset, std::span<std::byte> into) override {
        ENSURE(offset + into.size() <= bytes_->size());  // nothing is looked for outside
        std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(offset), into.size(),
                    into.begin());
        return into.size();
    }
    Result<void, IoError> write_at(std::uint64_t offset, ByteView bytes) override {
        bytes_->resize(std::max<std::size_t>(bytes_->size(), offset + bytes.size()));
        std::ranges::copy(bytes, bytes_->begin() + static_cast<std::ptrdiff_t>(offset));
        return {};
    }
    Result<void, IoError> sync() override { return {}; }
    Result<std::uint64_t, IoError> size() override { return bytes_->size(); }
    Result<void, IoError> truncate(std::uint64_t bytes) override {
        bytes_->resize(bytes);
        return {};
    }
    Result<void, IoError> reserve(std::uint64_t) override { return {}; }
    void will_need(std::uint64_t offset, std::uint64_t bytes) override {
        ENSURE(offset <= bytes_->size() && bytes <= bytes_->size() - offset);
    }

private:
    std::shared_ptr<Bytes> bytes_;
};

class MemoryFiles final : public FileIo {
public:
    Result<std::unique_ptr<File>, IoError> open(const std::string& path, OpenMode mode) override {
        if (mode == OpenMode::create) files_[path] = std::make_shared<Bytes>();
        const auto found = files_.find(path);
        if (found == files_.end()) return refused();
        return std::make_unique<MemoryFile>(found->second);
    }
    Result<void, IoError> remove(const std::string& path) override {
        files_.erase(path);
        return {};
    }
    Result<void, IoError> rename(const std::string& from, const std::string& to) override {
        files_[to] = std::move(files_[from]);
        files_.erase(from);
        return {};
    }
    Result<std::vector<FileEntry>, IoError> list(const std::string&) override { return refused(); }
    Result<void, IoError> create_folder(const std::string&) override { return {}; }
    Result<void, IoError> sync_folder(const std::string&) override { return {}; }
    Result<std::uint64_t, IoError> free_bytes(const std::string&) override { return refused(); }
    Result<std::unique_ptr<FolderLock>, IoError> lock(const std::string&) override {
        return refused();
    }

    void put(const std::string& path, Bytes bytes) {
        files_[path] = std::make_shared<Bytes>(std::move(bytes));
    }

private:
    static std::unexpected<IoError> refused() { return fail(IoError{"use", "", ENOSYS}); }

    std::map<std::string, std::shared_ptr<Bytes>> files_;
};

// What came back, in copies: a sanitizer sees every byte of it being read.
struct Entry {
    EntryHead head;
    std::string payload;
    std::string body;

    friend bool operator==(const Entry&, const Entry&) = default;
};
struct Entries final : LoadSink {
    void take(const LoadedEntry& entry) override {
        all.push_back(
            {entry.head, std::string(as_text(entry.payload)), std::string(as_text(entry.body))});
    }
    std::vector<Entry> all;
};

Entries read_run(SegmentFile& file, const RunSummary& run) {
    const auto rows = file.read_rows(run, 0, run.count);
    ENSURE(rows.has_value() && rows->size() == run.count);
    Entries entries;
    std::size_t damaged = 0;
    file.read_entries(run, *rows, entries, [&](const IndexRow&, const SegmentFault& fault) {
        ENSURE(!fault.text().empty());
        ++damaged;
    });
    ENSURE(entries.all.size() + damaged == run.count);
    return entries;
}

void check_round_trip(MemoryFiles& files, const std::vector<Entries>& runs) {
    SegmentBuilder builder(2);
    std::uint64_t queue = 0;
    for (const Entries& entries : runs) {
        builder.begin_queue({++queue}, 0);
        for (const Entry& entry : entries.all)
            builder.add({entry.head, {as_bytes(entry.payload), ByteView()}, as_bytes(entry.body)});
    }
    const std::uint64_t expected_bytes = builder.bytes();
    const auto summary = builder.write(files, "folder");
    ENSURE(summary.has_value() && summary->bytes == expected_bytes);
    const auto file = SegmentFile::open(files, segment_path("folder", 2));
    ENSURE(file.has_value() && (*file)->summary().runs == summary->runs);
    std::size_t at = 0;
    for (const RunSummary& run : summary->runs) {
        const Entries& written = runs[run.queue.value - 1];
        if (run.first_position == written.all.front().head.position) at = 0;
        const Entries back = read_run(**file, run);
        ENSURE(back.all.size() == run.count);
        for (const Entry& entry : back.all)
            ENSURE(entry == written.all[at++]);
    }
}

void read_all(const Bytes& bytes) {
    MemoryFiles files;
    files.put("file", bytes);
    const auto file = SegmentFile::open(files, "file");
    if (!file) {
        ENSURE(!file.error().text().empty());
        return;
    }
    std::vector<Entries> runs;
    for (const RunSummary& run : (*file)->summary().runs) {
        runs.push_back(read_run(**file, run));
        const auto rising = [](const Entry& a, const Entry& b) {
            return a.head.position < b.head.position;
        };
        // Sound checksums say nothing about order; what a builder is given has it.
        auto& all = runs.back().all;
        std::ranges::sort(all, rising);
        const auto same =
            std::ranges::unique(all, {}, [](const Entry& entry) { return entry.head.position; });
        all.erase(same.begin(), same.end());
    }
    check_round_trip(files, runs);
}

void seal_run(Bytes& bytes, std::uint64_t number, const RunSummary& run,
              std::uint64_t footer_offset) {
    const std::uint64_t seed = format::run_seed(number, run);
    for (std::uint32_t number_of_row = 0; number_of_row < run.count; ++number_of_row) {
        std::byte* const row =
            bytes.data() + run.index_offset + std::uint64_t{number_of_row} * format::row_bytes;
        const std::uint64_t from = load_little_endian<std::uint32_t>(row + 4);
        const std::uint64_t payload_bytes = format::written_payload_bytes(row);
        const std::uint64_t body = std::uint64_t{load_little_endian<std::uint32_t>(row + 24)} * 8;
        if (body >= format::header_bytes && body + format::body_head_bytes <= footer_offset &&
            format::framed_body_bytes(bytes.data() + body) <=
                footer_offset - body - format::body_head_bytes)
            format::seal_body(bytes.data() + body, number, body);
        const bool inside = from + payload_bytes <= run.data_bytes;
        format::seal_row(
            row, run, seed, number_of_row,
            inside ? ByteView(bytes).subspan(run.data_offset + from, payload_bytes) : ByteView());
    }
}

// Sets right what stands between the fuzzer and the rest.
Bytes sealed(Bytes bytes) {
    if (bytes.size() < format::header_bytes + format::footer_head_bytes + format::trailer_bytes)
        return bytes;
    const auto number = load_little_endian<std::uint64_t>(bytes.data() + 16);
    format::write_header(bytes.data(), number);
    std::byte* const trailer = bytes.data() + bytes.size() - format::trailer_bytes;
    const std::uint64_t offset_max =
        bytes.size() - format::trailer_bytes - format::footer_head_bytes;
    const format::FooterPlace place{
        .offset = std::clamp<std::uint64_t>(load_little_endian<std::uint64_t>(trailer + 8),
                                            format::header_bytes, offset_max),
        .bytes = 0,
        .checksum = 0};
    std::byte* const footer = bytes.data() + place.offset;
    const ByteView footer_view(footer, trailer);
    const auto seal_footer = [&] {
        store_little_endian(footer, format::footer_type);
        store_little_endian(footer + 1, format::footer_version);
        store_little_endian(footer + 8, number);
        std::byte* at = store_little_endian(trailer, format::trailer_magic);
        at = store_little_endian(at, place.offset);
        at = store_little_endian(at, std::uint64_t{footer_view.size()});
        at = store_little_endian(at, XXH3_64bits(footer, footer_view.size()));
        store_little_endian(at, XXH3_64bits(trailer, 32));
    };
    seal_footer();
    const auto summary = format::read_footer(
        footer_view, {place.offset, footer_view.size(), XXH3_64bits(footer, footer_view.size())});
    if (!summary) return bytes;
    for (const RunSummary& run : summary->runs)
        seal_run(bytes, number, run, place.offset);
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto* const from = reinterpret_cast<const std::byte*>(data);
    const Bytes input(from, from + size);
    read_all(input);
    read_all(sealed(input));
    return 0;
}
