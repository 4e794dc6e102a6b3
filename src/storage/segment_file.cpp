#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "base/ensure.h"
#include "storage/segment.h"
#include "storage/segment_format.h"

namespace warren::storage {

namespace {

namespace format = segment_format;

// One read brings as much as this, and reads over what it does not need if that is this short.
constexpr std::uint64_t read_bytes_max = 1u << 20;
constexpr std::uint64_t gap_bytes_max = 16u << 10;
// Read with the trailer, in the hope that the footer is in it.
constexpr std::uint64_t tail_bytes = 8u << 10;

// A range of the file.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;

    std::uint64_t end() const { return offset + bytes; }
};

// What has been read of a range: less where the file has become shorter.
struct Piece {
    std::unique_ptr<std::byte[]> memory;
    Extent extent;

    // Empty if it is not in there as a whole.
    ByteView at(const Extent& wanted) const {
        if (wanted.offset < extent.offset || wanted.end() > extent.end()) return {};
        return {memory.get() + (wanted.offset - extent.offset), wanted.bytes};
    }
};

// Rows from the front whose bytes one read brings.
struct Window {
    std::size_t rows = 0;
    Extent extent;
};

// extent_of(row) is none where there is nothing to read.
template <typename ExtentOf>
Window window_of(std::span<const IndexRow> rows, ExtentOf extent_of) {
    Window window;
    for (; window.rows < rows.size(); ++window.rows) {
        const std::optional<Extent> next = extent_of(rows[window.rows]);
        if (!next) continue;
        Extent& all = window.extent;
        if (all.bytes == 0) {
            all = *next;
            continue;
        }
        // Several rows may name one body: it need not begin behind the one before.
        const std::uint64_t end = std::max(all.end(), next->end());
        if (next->offset < all.offset || next->offset > all.end() + gap_bytes_max ||
            end - all.offset > read_bytes_max)
            break;
        all.bytes = end - all.offset;
    }
    return window;
}

class OpenSegmentFile final : public SegmentFile {
public:
    OpenSegmentFile(std::unique_ptr<File> file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}

    Result<void, SegmentFault> read_summary();
    void use_summary(SegmentSummary summary, std::uint64_t footer_offset) {
        summary_ = std::move(summary);
        footer_offset_ = footer_offset;
    }

    const SegmentSummary& summary() const override { return summary_; }
    Result<std::vector<IndexRow>, SegmentFault> read_rows(const RunSummary& run,
                                                          std::uint32_t first,
                                                          std::uint32_t count) override;
    void read_entries(
        const RunSummary& run, std::span<const IndexRow> rows, LoadSink& sink,
        const std::function<void(const IndexRow&, const SegmentFault&)>& damaged) override;

private:
    // A call to read_entries().
    struct Reading {
        const RunSummary& run;
        std::uint64_t seed = 0;
        LoadSink& sink;
        const std::function<void(const IndexRow&, const SegmentFault&)>& damaged;
    };

    std::unexpected<SegmentFault> fault(std::uint64_t offset, std::string what) const {
        return fail(SegmentFault{path_, offset, std::move(what)});
    }
    std::unexpected<SegmentFault> fault(std::uint64_t offset, const IoError& error) const {
        return fault(offset, error.operation + ": " + std::generic_category().message(error.code));
    }
    Result<Piece, SegmentFault> read(const Extent& extent);

    std::optional<Extent> payload_extent(const RunSummary& run, const IndexRow& row) const;
    std::optional<Extent> body_extent(const IndexRow& row) const;
    void read_payloads(const Reading& reading, std::span<const IndexRow> rows,
                       const Extent& extent);
    void read_bodies(const Reading& reading, std::span<const IndexRow> rows, const Piece& payloads,
                     const Extent& extent);
    Result<LoadedEntry, SegmentFault> check(const Reading& reading, const IndexRow& row,
                                            const Piece& payloads, const Piece& bodies) const;

    std::unique_ptr<File> file_;
    std::string path_;
    SegmentSummary summary_;
    std::uint64_t footer_offset_ = 0;
};

Result<Piece, SegmentFault> OpenSegmentFile::read(const Extent& extent) {
    if (extent.bytes == 0) return Piece{};
    Piece piece{std::make_unique_for_overwrite<std::byte[]>(extent.bytes), extent};
    const auto count = file_->read_at(extent.offset, {piece.memory.get(), extent.bytes});
    if (!count) return fault(extent.offset, count.error());
    piece.extent.bytes = *count;
    return piece;
}

Result<void, SegmentFault> OpenSegmentFile::read_summary() {
    const auto size = file_->size();
    if (!size) return fault(0, size.error());
    if (*size < format::header_bytes + format::trailer_bytes)
        return fault(0, "the file is too short");
    auto piece = read({0, format::header_bytes});
    if (!piece) return fail(std::move(piece.error()));
    const auto number = format::read_header(piece->at(piece->extent));
    if (!number) return fault(0, number.error());

    const std::uint64_t tail_offset = *size - std::min(*size, tail_bytes);
    auto tail = read({tail_offset, *size - tail_offset});
    if (!tail) return fail(std::move(tail.error()));
    const std::uint64_t trailer_offset = *size - format::trailer_bytes;
    const ByteView trailer = tail->at({trailer_offset, format::trailer_bytes});
    if (trailer.empty()) return fault(trailer_offset, "the file has become shorter");
    const auto place = format::read_trailer(trailer, *size);
    if (!place) return fault(trailer_offset, place.error());
    if (place->offset < tail_offset) {
        tail = read({place->offset, place->bytes});
        if (!tail) return fail(std::move(tail.error()));
    }
    auto summary = format::read_footer(tail->at({place->offset, place->bytes}), *place);
    if (!summary) return fault(place->offset, summary.error());
    if (summary->number != *number)
        return fault(place->offset, "header and footer belong to different files");
    summary_ = std::move(*summary);
    footer_offset_ = place->offset;
    return {};
}

Result<std::vector<IndexRow>, SegmentFault> OpenSegmentFile::read_rows(const RunSummary& run,
                                                                       std::uint32_t first,
                                                                       std::uint32_t count) {
    ENSURE(first <= run.count && count <= run.count - first);
    const Extent extent{run.index_offset + std::uint64_t{first} * format::row_bytes,
                        std::uint64_t{count} * format::row_bytes};
    const auto piece = read(extent);
    if (!piece) return fail(piece.error());
    if (piece->extent.bytes != extent.bytes)
        return fault(piece->extent.end(), "the file ends within the index");
    const std::uint64_t seed = format::run_seed(summary_.number, run);
    std::vector<IndexRow> rows;
    rows.reserve(count);
    for (std::uint32_t index = 0; index < count; ++index)
        rows.push_back(format::read_row(piece->memory.get() + index * format::row_bytes, run, seed,
                                        first + index));
    return rows;
}

// None: the row is damaged, or of no bytes.
std::optional<Extent> OpenSegmentFile::payload_extent(const RunSummary& run,
                                                      const IndexRow& row) const {
    if (!row.intact || row.payload_bytes == 0 ||
        std::uint64_t{row.payload_offset} + row.payload_bytes > run.data_bytes)
        return std::nullopt;
    return Extent{run.data_offset + row.payload_offset, row.payload_bytes};
}

// None: there is no body, or not within the file.
std::optional<Extent> OpenSegmentFile::body_extent(const IndexRow& row) const {
    const std::uint64_t bytes = format::body_head_bytes + std::uint64_t{row.body_stored_bytes};
    if (!row.intact || row.body_offset < format::header_bytes || row.body_offset > footer_offset_ ||
        bytes > footer_offset_ - row.body_offset)
        return std::nullopt;
    return Extent{row.body_offset, bytes};
}

void OpenSegmentFile::read_entries(
    const RunSummary& run, std::span<const IndexRow> rows, LoadSink& sink,
    const std::function<void(const IndexRow&, const SegmentFault&)>& damaged) {
    const Reading reading{run, format::run_seed(summary_.number, run), sink, damaged};
    while (!rows.empty()) {
        const Window window =
            window_of(rows, [&](const IndexRow& row) { return payload_extent(run, row); });
        read_payloads(reading, rows.first(window.rows), window.extent);
        rows = rows.subspan(window.rows);
    }
}

// `extent` holds the payloads of these rows. When the disk refuses it, they are read one by one: a
// bad spot costs only the entries that lie on it.
void OpenSegmentFile::read_payloads(const Reading& reading, std::span<const IndexRow> rows,
                                    const Extent& extent) {
    const auto payloads = read(extent);
    if (!payloads && rows.size() == 1) return reading.damaged(rows.front(), payloads.error());
    if (!payloads) {
        for (std::size_t index = 0; index < rows.size(); ++index)
            read_payloads(reading, rows.subspan(index, 1),
                          payload_extent(reading.run, rows[index]).value_or(Extent{}));
        return;
    }
    while (!rows.empty()) {
        const Window window =
            window_of(rows, [&](const IndexRow& row) { return body_extent(row); });
        read_bodies(reading, rows.first(window.rows), *payloads, window.extent);
        rows = rows.subspan(window.rows);
    }
}

// The same with the bodies of these rows.
void OpenSegmentFile::read_bodies(const Reading& reading, std::span<const IndexRow> rows,
                                  const Piece& payloads, const Extent& extent) {
    const auto bodies = read(extent);
    if (!bodies && rows.size() == 1) return reading.damaged(rows.front(), bodies.error());
    if (!bodies) {
        for (std::size_t index = 0; index < rows.size(); ++index)
            read_bodies(reading, rows.subspan(index, 1), payloads,
                        body_extent(rows[index]).value_or(Extent{}));
        return;
    }
    for (const IndexRow& row : rows) {
        const auto entry = check(reading, row, payloads, *bodies);
        if (entry)
            reading.sink.take(*entry);
        else
            reading.damaged(row, entry.error());
    }
}

Result<LoadedEntry, SegmentFault> OpenSegmentFile::check(const Reading& reading,
                                                         const IndexRow& row, const Piece& payloads,
                                                         const Piece& bodies) const {
    const RunSummary& run = reading.run;
    if (!row.intact)
        return fault(run.index_offset + std::uint64_t{row.number} * format::row_bytes,
                     "a row of the index is damaged");
    LoadedEntry entry{row.head, {}, {}};
    const std::uint64_t offset = run.data_offset + row.payload_offset;
    if (row.payload_bytes != 0) {
        const auto extent = payload_extent(run, row);
        if (extent) entry.payload = payloads.at(*extent);
        if (entry.payload.empty()) return fault(offset, "the payload is not in the file");
    }
    if (!format::payload_matches(entry.payload, reading.seed, row))
        return fault(offset, "the payload is damaged");
    if (row.body_offset == 0) return entry;
    const auto extent = body_extent(row);
    const auto body = format::read_body(extent ? bodies.at(*extent) : ByteView(), summary_.number,
                                        row.body_offset);
    if (!body) return fault(row.body_offset, body.error());
    entry.body = *body;
    return entry;
}

Result<std::unique_ptr<OpenSegmentFile>, SegmentFault> open_file(FileIo& io,
                                                                 const std::string& path) {
    auto file = io.open(path, OpenMode::read);
    if (!file)
        return fail(
            SegmentFault{path, 0, "open: " + std::generic_category().message(file.error().code)});
    return std::make_unique<OpenSegmentFile>(std::move(*file), path);
}

}  // namespace

std::string SegmentFault::text() const {
    return path + " at byte " + std::to_string(offset) + ": " + what;
}

Result<std::unique_ptr<SegmentFile>, SegmentFault> SegmentFile::open(FileIo& io,
                                                                     const std::string& path) {
    auto segment = open_file(io, path);
    if (!segment) return fail(std::move(segment.error()));
    if (auto read = (*segment)->read_summary(); !read) return fail(std::move(read.error()));
    return std::move(*segment);
}

Result<std::unique_ptr<SegmentFile>, SegmentFault> SegmentFile::open_as(
    FileIo& io, const std::string& path, SegmentSummary summary, std::uint64_t footer_offset) {
    auto segment = open_file(io, path);
    if (!segment) return fail(std::move(segment.error()));
    (*segment)->use_summary(std::move(summary), footer_offset);
    return std::move(*segment);
}

}  // namespace warren::storage
