#include "storage/check/segment_salvage.h"

#include <algorithm>

#include "storage/little_endian.h"
#include "storage/segment_format.h"

namespace warren::storage {

namespace {

namespace format = segment_format;

// Far more than any footer has.
constexpr std::uint64_t footer_bytes_max = 8u << 20;

struct Footer {
    std::uint64_t offset = 0;
    std::uint64_t replaced = 0;
    std::uint64_t runs = 0;

    std::uint64_t bytes() const {
        return format::footer_head_bytes + replaced * format::replaced_bytes +
               runs * format::run_bytes;
    }
};

// Where a footer may be, by what its own head says.
std::optional<Footer> footer_at(ByteView end_of_file, std::uint64_t at, std::uint64_t number,
                                std::uint64_t end_offset) {
    LittleEndianReader reader(end_of_file.subspan(at));
    const bool begins = reader.read<std::uint8_t>() == format::footer_type &&
                        reader.read<std::uint8_t>() == format::footer_version &&
                        reader.read<std::uint16_t>() == 0;
    if (!begins) return std::nullopt;
    Footer footer{.offset = end_offset + at};
    footer.runs = reader.read<std::uint32_t>();
    if (reader.read<std::uint64_t>() != number) return std::nullopt;
    footer.replaced = reader.read<std::uint32_t>();
    if (footer.bytes() + format::trailer_bytes != end_of_file.size() - at) return std::nullopt;
    return footer;
}

// By what the trailer says, with a head in which one of the two numbers may be wrong.
std::optional<Footer> footer_by_trailer(ByteView end_of_file, std::uint64_t end_offset) {
    if (end_of_file.size() < format::footer_head_bytes + format::trailer_bytes) return std::nullopt;
    const ByteView trailer = end_of_file.last(format::trailer_bytes);
    const auto offset = load_little_endian<std::uint64_t>(trailer.data() + 8);
    const std::uint64_t trailer_offset = end_offset + end_of_file.size() - format::trailer_bytes;
    if (offset < end_offset || offset > trailer_offset - format::footer_head_bytes)
        return std::nullopt;
    const std::byte* const head = end_of_file.data() + (offset - end_offset);
    const std::uint64_t bytes = trailer_offset - offset - format::footer_head_bytes;
    Footer footer{.offset = offset};
    footer.runs = load_little_endian<std::uint32_t>(head + 4);
    footer.replaced = load_little_endian<std::uint32_t>(head + 16);
    const std::uint64_t replaced_bytes = footer.replaced * format::replaced_bytes;
    const std::uint64_t run_bytes = footer.runs * format::run_bytes;
    if (replaced_bytes <= bytes && (bytes - replaced_bytes) % format::run_bytes == 0)
        footer.runs = (bytes - replaced_bytes) / format::run_bytes;
    else if (run_bytes <= bytes)
        footer.replaced = (bytes - run_bytes) / format::replaced_bytes;
    if (footer.bytes() != format::footer_head_bytes + bytes) return std::nullopt;
    return footer;
}

std::optional<Footer> find_footer(ByteView end_of_file, std::uint64_t number,
                                  std::uint64_t end_offset) {
    for (std::uint64_t at = end_of_file.size(); at-- != 0;)
        if (const auto footer = footer_at(end_of_file, at, number, end_offset)) return footer;
    return footer_by_trailer(end_of_file, end_offset);
}

struct ProvedRun {
    RunSummary run;
    std::uint32_t intact_rows = 0;
};

// The runs of a footer that may be damaged, one after the other.
class RunReader {
public:
    RunReader(FileIo& io, const std::string& path, std::uint64_t number, const Footer& footer,
              ByteView runs)
        : io_(io), path_(path), number_(number), footer_(footer), runs_(runs) {}

    // With what its intact rows say of it; none if it has no such row.
    std::optional<RunSummary> read(std::uint64_t place) const {
        const auto stated = proved(alone(place));
        const auto counted = proved(alone(place, rows_up_to_next(place)));
        if (!stated && !counted) return std::nullopt;
        const bool take_counted =
            counted && (!stated || counted->intact_rows > stated->intact_rows ||
                        (counted->intact_rows == stated->intact_rows &&
                         counted->run.count < stated->run.count));
        return take_counted ? counted->run : stated->run;
    }

private:
    std::optional<RunSummary> alone(std::uint64_t place,
                                    std::optional<std::uint32_t> count = std::nullopt) const {
        const ByteView bytes = runs_.subspan(place * format::run_bytes, format::run_bytes);
        return format::read_run_alone(bytes, footer_.offset, count);
    }
    // The rows of all runs lie behind one another.
    std::optional<std::uint32_t> rows_up_to_next(std::uint64_t place) const {
        const auto run = alone(place, 1);
        if (!run) return std::nullopt;
        std::uint64_t end = footer_.offset;
        if (place + 1 < footer_.runs) {
            const auto next = alone(place + 1, 1);
            if (!next) return std::nullopt;
            end = next->index_offset;
        }
        if (end <= run->index_offset) return std::nullopt;
        const std::uint64_t rows = (end - run->index_offset) / format::row_bytes;
        if (rows == 0 || rows > run_entries_max) return std::nullopt;
        return static_cast<std::uint32_t>(rows);
    }
    std::optional<ProvedRun> proved(std::optional<RunSummary> run) const {
        if (!run) return std::nullopt;
        SegmentSummary claimed;
        claimed.number = number_;
        claimed.runs = {*run};
        const auto file = SegmentFile::open_as(io_, path_, claimed, footer_.offset);
        if (!file) return std::nullopt;
        const auto rows = (*file)->read_rows(*run, 0, run->count);
        if (!rows) return std::nullopt;
        ProvedRun found{.run = *run};
        found.run.last_position = run->first_position + run->count - 1;
        for (const IndexRow& row : *rows) {
            if (!row.intact) continue;
            ++found.intact_rows;
            found.run.last_position = std::max(found.run.last_position, row.head.position);
        }
        found.run.flushed_through = found.run.last_position;
        return found.intact_rows == 0 ? std::nullopt : std::optional(found);
    }

    FileIo& io_;
    const std::string& path_;
    const std::uint64_t number_;
    const Footer& footer_;
    const ByteView runs_;
};

}  // namespace

SalvagedSegment salvage_segment(FileIo& io, const std::string& path, std::uint64_t number) {
    const auto bytes = read_file(io, path);
    if (!bytes) return {};
    const std::uint64_t end_offset =
        bytes->size() - std::min<std::uint64_t>(bytes->size(), footer_bytes_max);
    const ByteView end_of_file = ByteView(*bytes).subspan(end_offset);
    const auto footer = find_footer(end_of_file, number, end_offset);
    if (!footer || footer->runs == 0 || footer->offset < format::header_bytes) return {};
    const std::uint64_t runs_at = footer->offset - end_offset + format::footer_head_bytes +
                                  footer->replaced * format::replaced_bytes;
    const RunReader reader(io, path, number, *footer,
                           end_of_file.subspan(runs_at, footer->runs * format::run_bytes));
    SegmentSummary summary;
    summary.number = number;
    summary.bytes = bytes->size();
    // The place of a run in the footer has a meaning: one that is not believed stays, empty.
    for (std::uint64_t place = 0; place < footer->runs; ++place)
        summary.runs.push_back(reader.read(place).value_or(RunSummary{}));
    const bool complete =
        std::ranges::all_of(summary.runs, [](const RunSummary& run) { return run.count != 0; });
    auto file = SegmentFile::open_as(io, path, std::move(summary), footer->offset);
    if (!file) return {};
    return {std::move(*file), complete};
}

}  // namespace warren::storage
