#include "storage/segment_salvage.h"

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

// What its intact rows say of a run; none if there is no such row.
std::optional<RunSummary> proved(FileIo& io, const std::string& path, std::uint64_t number,
                                 RunSummary run, std::uint64_t footer_offset) {
    SegmentSummary claimed;
    claimed.number = number;
    claimed.runs = {run};
    const auto file = SegmentFile::open_as(io, path, claimed, footer_offset);
    if (!file) return std::nullopt;
    const auto rows = (*file)->read_rows(run, 0, run.count);
    if (!rows) return std::nullopt;
    bool any = false;
    std::uint64_t last = run.first_position;
    for (const IndexRow& row : *rows) {
        if (!row.intact) continue;
        any = true;
        last = std::max(last, row.head.position);
    }
    if (!any) return std::nullopt;
    run.last_position = run.flushed_through = last;
    return run;
}

}  // namespace

SalvagedSegment salvage_segment(FileIo& io, const std::string& path, std::uint64_t number) {
    const auto bytes = read_file(io, path);
    if (!bytes) return {};
    const std::uint64_t end_offset =
        bytes->size() - std::min<std::uint64_t>(bytes->size(), footer_bytes_max);
    const ByteView end_of_file = ByteView(*bytes).subspan(end_offset);
    const auto footer = find_footer(end_of_file, number, end_offset);
    if (!footer || footer->runs == 0 || footer->offset < format::header_bytes) return {};
    SegmentSummary summary;
    summary.number = number;
    summary.bytes = bytes->size();
    std::uint64_t at = footer->offset - end_offset + format::footer_head_bytes +
                       footer->replaced * format::replaced_bytes;
    for (std::uint64_t place = 0; place < footer->runs; ++place, at += format::run_bytes) {
        const auto run =
            format::read_run_alone(end_of_file.subspan(at, format::run_bytes), footer->offset);
        const auto believed = run ? proved(io, path, number, *run, footer->offset) : std::nullopt;
        // The place of a run in the footer has a meaning: one that is not believed stays, empty.
        summary.runs.push_back(believed.value_or(RunSummary{}));
    }
    const bool complete =
        std::ranges::all_of(summary.runs, [](const RunSummary& run) { return run.count != 0; });
    auto file = SegmentFile::open_as(io, path, std::move(summary), footer->offset);
    if (!file) return {};
    return {std::move(*file), complete};
}

}  // namespace warren::storage
