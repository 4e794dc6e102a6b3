// The write-ahead log after any damage. An input is read in three ways: as a log file, as one whose
// checksums are set right, and as a plan: which batches are written, and then which bytes change.
//
// Of a plan it is known what must come back: nothing that was not written, nothing twice or out of
// order, and every record of a batch that is as it was and that another such batch calls synced.
// Whatever the bytes are, the log can be gone on with, and then reads the same again.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "storage/little_endian.h"
#include "storage/wal.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace warren;
using namespace warren::storage;

namespace {

using Bytes = std::vector<std::byte>;
constexpr const char* folder = "log";

class MemoryFile final : public File {
public:
    explicit MemoryFile(std::shared_ptr<Bytes> bytes) : bytes_(std::move(bytes)) {}

    Result<std::size_t, IoError> read_at(std::uint64_t offset, std::span<std::byte> into) override {
        const std::size_t from = std::min<std::size_t>(offset, bytes_->size());
        const std::size_t count = std::min(into.size(), bytes_->size() - from);
        std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(from), count, into.begin());
        return count;
    }
    Result<void, IoError> write_at(std::uint64_t offset, ByteView bytes) override {
        bytes_->resize(std::max<std::size_t>(bytes_->size(), offset + bytes.size()));
        std::ranges::copy(bytes, bytes_->begin() + static_cast<std::ptrdiff_t>(offset));
        return {};
    }
    Result<void, IoError> sync() override { return {}; }
    Result<std::uint64_t, IoError> size() override { return bytes_->size(); }
    Result<void, IoError> truncate(std::uint64_t bytes) override {
        ENSURE(bytes < bytes_->size());  // a reader cuts, and nothing else
        bytes_->resize(bytes);
        return {};
    }
    Result<void, IoError> reserve(std::uint64_t) override { return {}; }
    void will_need(std::uint64_t, std::uint64_t) override {}

private:
    std::shared_ptr<Bytes> bytes_;
};

// One folder, and paths are taken as they are.
class MemoryFiles final : public FileIo {
public:
    Result<std::unique_ptr<File>, IoError> open(const std::string& path, OpenMode mode) override {
        if (mode == OpenMode::create) files[path] = std::make_shared<Bytes>();
        const auto found = files.find(path);
        if (found == files.end()) return fail(IoError{"open", path, ENOENT});
        return std::make_unique<MemoryFile>(found->second);
    }
    Result<void, IoError> remove(const std::string& path) override {
        ENSURE(files.erase(path) == 1);
        return {};
    }
    Result<void, IoError> rename(const std::string&, const std::string&) override {
        return fail(IoError{"rename", "", ENOTSUP});
    }
    Result<std::vector<FileEntry>, IoError> list(const std::string&) override {
        std::vector<FileEntry> entries;
        entries.reserve(files.size());
        for (const auto& [path, bytes] : files)
            entries.push_back({.name = path.substr(path.rfind('/') + 1), .bytes = bytes->size()});
        return entries;
    }
    Result<void, IoError> create_folder(const std::string&) override { return {}; }
    Result<void, IoError> sync_folder(const std::string&) override { return {}; }
    Result<std::uint64_t, IoError> free_bytes(const std::string&) override { return 0; }
    Result<std::unique_ptr<FolderLock>, IoError> lock(const std::string& path) override {
        return fail(IoError{"lock", path, ENOTSUP});
    }

    std::map<std::string, std::shared_ptr<Bytes>> files;
};

std::string path_of(std::uint64_t number) {
    return std::string(folder) + "/" + wal_format::file_name(number);
}

using Texts = std::vector<std::string>;

// Goes on with the log as whoever had read it would.
void add_batch(MemoryFiles& files, const WalReport& report, const std::string& text) {
    WalBatch batch;
    std::ranges::copy(as_bytes(text), batch.add(RecordType::entry, 1, text.size()).begin());
    const std::uint64_t file = report.files.empty() ? 1 : report.files.back() + 1;
    batch.seal(file, report.last_batch + 1, report.last_batch);
    WalWriter writer(files, folder, 0);
    ENSURE(writer.write(batch, file));
}

// Reads, goes on, and reads again. None: a format of another version.
std::optional<Texts> read_and_go_on(MemoryFiles& files) {
    Texts first;
    const auto read = read_wal(files, folder, true, [&](const WalRecord& record) {
        first.emplace_back(as_text(record.payload));
    });
    if (!read) {
        ENSURE(read.error().code == ENOTSUP);
        return std::nullopt;
    }
    ENSURE(read->records == first.size());
    for (const WalDamage& damage : read->damages)
        ENSURE(files.files.contains(damage.place.path));

    add_batch(files, *read, "the next");
    Texts second;
    const auto again = read_wal(files, folder, true, [&](const WalRecord& record) {
        second.emplace_back(as_text(record.payload));
    });
    // What was missing before the first batch may be forgotten with a tail that had told of it.
    ENSURE(again && !again->tail_cut && again->damages.size() <= read->damages.size());
    ENSURE(again->last_batch == read->last_batch + 1);
    ENSURE(second.size() == first.size() + 1 && second.back() == "the next");
    second.pop_back();
    ENSURE(second == first);
    return first;
}

void read_as_file(Bytes bytes) {
    MemoryFiles files;
    files.files[path_of(1)] = std::make_shared<Bytes>(std::move(bytes));
    read_and_go_on(files);
}

// ---- checksums that fit ----

void seal_records(std::span<std::byte> records, std::uint64_t seed) {
    while (records.size() >= wal_format::record_header_bytes) {
        const auto payload_bytes = load_little_endian<std::uint32_t>(records.data() + 4);
        const std::uint64_t bytes = wal_format::record_bytes(payload_bytes);
        if (bytes > records.size()) return;
        wal_format::seal_record(records.data(), seed);
        records = records.subspan(bytes);
    }
}

void seal_batches(Bytes& bytes) {
    constexpr std::size_t checked_bytes = 56;
    for (std::size_t at = 0; at + wal_format::batch_header_bytes <= bytes.size();
         at += wal_format::alignment) {
        std::byte* const header = bytes.data() + at;
        if (as_text({header, 4}) != "WBAT" && as_text({header, 8}) != "WARREN-W") continue;
        store_little_endian<std::uint64_t>(header + checked_bytes,
                                           XXH3_64bits(header, checked_bytes));
        const auto batch = wal_format::read_batch_header({header, wal_format::batch_header_bytes});
        if (!batch || batch->bytes > bytes.size() - at) continue;
        seal_records({header + wal_format::batch_header_bytes,
                      batch->bytes - wal_format::batch_header_bytes},
                     wal_format::record_seed(batch->file_number, batch->batch_number));
    }
}

// ---- plans ----

struct WrittenBatch {
    std::uint64_t file = 0;
    std::uint64_t offset = 0;
    std::uint64_t synced_through = 0;
    Bytes bytes{};
    Texts texts{};
};

class Plan {
public:
    explicit Plan(ByteView input) : input_(input) {}

    void run() {
        for (std::uint8_t steps = next() % 32; steps != 0; --steps)
            step();
        while (!input_.empty())
            damage();
        for (const WrittenBatch& batch : batches_)
            was_intact_.push_back(is_intact(batch));
        const auto texts = read_and_go_on(files_);
        if (texts) compare(*texts);
    }

private:
    std::uint8_t next() {
        if (input_.empty()) return 0;
        const auto value = static_cast<std::uint8_t>(input_.front());
        input_ = input_.subspan(1);
        return value;
    }

    void step() {
        const std::uint8_t kind = next();
        switch (kind % 8) {
            case 5:
                ENSURE(writer_.sync());
                synced_through_ = batches_.size();
                break;
            case 6:
                // A file without a batch is not begun.
                if (!batches_.empty() && batches_.back().file == file_) ++file_;
                break;
            default:
                write(1 + kind / 8 % 4, kind % 8 == 7);
        }
    }

    // `quote`: a message that looks like the log.
    void write(int records, bool quote) {
        WrittenBatch written{.file = file_, .synced_through = synced_through_};
        WalBatch batch;
        for (int index = 0; index < records; ++index) {
            std::string text = std::to_string(texts_++) + ": " + std::string(next(), 'x');
            if (quote && !batches_.empty())
                text += std::string((8 - text.size() % 8) % 8, ' ') +
                        std::string(as_text(batches_.back().bytes));
            std::ranges::copy(as_bytes(text), batch.add(RecordType::entry, 1, text.size()).begin());
            written.texts.push_back(std::move(text));
        }
        batch.seal(file_, batches_.size() + 1, synced_through_);
        written.bytes.assign(batch.view().begin(), batch.view().end());
        const bool begins_file = batches_.empty() || batches_.back().file != file_;
        written.offset = begins_file ? wal_format::file_header_bytes
                                     : batches_.back().offset + batches_.back().bytes.size();
        ENSURE(writer_.write(batch, file_));
        batches_.push_back(std::move(written));
    }

    void damage() {
        const auto found = files_.files.find(path_of(1 + next() % 8));
        const std::size_t place = next() + 256u * next();
        const auto change = static_cast<std::byte>(next());
        if (found == files_.files.end() || found->second->empty()) return;
        Bytes& bytes = *found->second;
        if (change == std::byte{0})
            bytes.resize(place % bytes.size());
        else
            bytes[place % bytes.size()] ^= change;
    }

    bool is_intact(const WrittenBatch& batch) const {
        const Bytes& bytes = *files_.files.at(path_of(batch.file));
        const std::uint64_t end = batch.offset + batch.bytes.size();
        return end <= bytes.size() &&
               std::equal(batch.bytes.begin(), batch.bytes.end(),
                          bytes.begin() + static_cast<std::ptrdiff_t>(batch.offset));
    }

    void compare(const Texts& read) const {
        std::map<std::string, std::size_t> places;
        for (std::size_t place = 0; place < read.size(); ++place)
            places[read[place]] = place;
        ENSURE(places.size() == read.size());  // nothing twice
        const auto promised = promised_through();
        std::size_t found = 0;
        std::size_t last_place = 0;
        for (std::size_t index = 0; index < batches_.size(); ++index)
            for (const std::string& text : batches_[index].texts) {
                const auto place = places.find(text);
                if (place == places.end()) {
                    ENSURE(index + 1 > promised || !was_intact_[index]);
                    continue;
                }
                ENSURE(found == 0 || place->second > last_place);
                last_place = place->second;
                ++found;
            }
        ENSURE(found == read.size());  // nothing from nowhere
    }

    std::uint64_t promised_through() const {
        std::uint64_t promised = 0;
        for (std::size_t index = 0; index < batches_.size(); ++index)
            if (was_intact_[index]) promised = std::max(promised, batches_[index].synced_through);
        return promised;
    }

    ByteView input_;
    MemoryFiles files_;
    WalWriter writer_{files_, folder, 0};
    std::vector<WrittenBatch> batches_;
    std::vector<bool> was_intact_;
    std::uint64_t file_ = 1;
    std::uint64_t synced_through_ = 0;
    std::uint64_t texts_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(reinterpret_cast<const std::byte*>(data), size);
    Bytes bytes(input.begin(), input.end());
    read_as_file(bytes);
    seal_batches(bytes);
    read_as_file(std::move(bytes));
    Plan(input).run();
    return 0;
}
