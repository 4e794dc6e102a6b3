#include "storage/segment_format.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/ensure.h"
#include "storage/little_endian.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace warren::storage::segment_format {

namespace {

constexpr std::uint32_t persistent_bit = 1u << 31;
constexpr std::uint32_t payload_bytes_mask = payload_bytes_max;
constexpr std::uint8_t deadlines_in_order_flag = 1;

constexpr std::size_t header_checksum_at = 56;
constexpr std::size_t body_checksum_at = 8;
constexpr std::size_t row_payload_checksum_at = 32;
constexpr std::size_t row_checksum_at = 36;
constexpr std::size_t trailer_checksum_at = 32;

std::uint64_t checksum(const std::byte* at, std::size_t bytes, std::uint64_t seed = 0) {
    return XXH3_64bits_withSeed(at, bytes, seed);
}

std::uint32_t row_checksum(const std::byte* at, std::uint64_t seed, std::uint32_t row_number) {
    return static_cast<std::uint32_t>(checksum(at, row_checksum_at, seed + row_number));
}

std::uint32_t payload_checksum(ByteView payload, std::uint64_t seed, std::uint64_t position) {
    return static_cast<std::uint32_t>(checksum(payload.data(), payload.size(), seed ^ position));
}

std::uint64_t body_checksum(ByteView body, std::uint64_t number, std::uint64_t offset) {
    return checksum(body.data(), body.size(), number << 36 ^ offset);
}

bool is_sound(const RunSummary& run, std::uint64_t footer_offset) {
    const auto inside = [&](std::uint64_t offset, std::uint64_t bytes) {
        return offset >= header_bytes && offset <= footer_offset && bytes <= footer_offset - offset;
    };
    return run.count != 0 && run.count <= run_entries_max && run.persistent_count <= run.count &&
           run.first_position != 0 && run.last_position >= run.first_position &&
           run.last_position - run.first_position <= position_span_max &&
           run.last_position - run.first_position >= run.count - 1 &&
           run.data_bytes <= run_data_bytes_max && inside(run.data_offset, run.data_bytes) &&
           inside(run.index_offset, std::uint64_t{run.count} * row_bytes);
}

std::byte* write_run(std::byte* at, const RunSummary& run) {
    at = store_little_endian(at, run.queue.value);
    at = store_little_endian(at, run.first_position);
    at = store_little_endian(at, run.last_position);
    at = store_little_endian(at, run.flushed_through);
    at = store_little_endian(at, run.body_bytes);
    at = store_little_endian(at, run.first_deadline_ms);
    at = store_little_endian(at, run.data_offset);
    at = store_little_endian(at, run.data_bytes);
    at = store_little_endian(at, run.index_offset);
    at = store_little_endian(at, run.count);
    at = store_little_endian(at, run.persistent_count);
    at = store_little_endian(at, run.level);
    at = store_little_endian(
        at, std::uint8_t{run.deadlines_in_order ? deadlines_in_order_flag : std::uint8_t{0}});
    return store_bytes(at, std::array<std::byte, 6>{});
}

RunSummary read_run(LittleEndianReader& reader) {
    RunSummary run;
    run.queue = {reader.read<std::uint64_t>()};
    run.first_position = reader.read<std::uint64_t>();
    run.last_position = reader.read<std::uint64_t>();
    run.flushed_through = reader.read<std::uint64_t>();
    run.body_bytes = reader.read<std::uint64_t>();
    run.first_deadline_ms = reader.read<std::int64_t>();
    run.data_offset = reader.read<std::uint64_t>();
    run.data_bytes = reader.read<std::uint64_t>();
    run.index_offset = reader.read<std::uint64_t>();
    run.count = reader.read<std::uint32_t>();
    run.persistent_count = reader.read<std::uint32_t>();
    run.level = reader.read<std::uint8_t>();
    run.deadlines_in_order = (reader.read<std::uint8_t>() & deadlines_in_order_flag) != 0;
    reader.bytes(6);
    return run;
}

}  // namespace

// ---- header ----

void write_header(std::byte* at, std::uint64_t number) {
    std::fill_n(at, header_bytes, std::byte{0});
    store_little_endian(at, header_magic);
    store_little_endian(at + 8, file_version);
    store_little_endian(at + 16, number);
    store_little_endian(at + header_checksum_at, checksum(at, header_checksum_at));
}

Result<std::uint64_t, Complaint> read_header(ByteView bytes) {
    if (bytes.size() < header_bytes) return fail(Complaint{"the file ends within its header"});
    const std::byte* const at = bytes.data();
    if (load_little_endian<std::uint64_t>(at) != header_magic)
        return fail(Complaint{"this is not a segment file"});
    if (load_little_endian<std::uint64_t>(at + header_checksum_at) !=
        checksum(at, header_checksum_at))
        return fail(Complaint{"the header is damaged"});
    if (load_little_endian<std::uint16_t>(at + 8) != file_version)
        return fail(Complaint{"the file is of a version that this program does not know"});
    return load_little_endian<std::uint64_t>(at + 16);
}

// ---- bodies ----

void write_body_frame(std::byte* at, std::uint32_t body_bytes) {
    std::byte* const end = at + stored_body_bytes(body_bytes);
    std::byte* const head_end = store_little_endian(
        store_little_endian(store_little_endian(store_little_endian(at, body_type), body_version),
                            std::uint16_t{0}),
        body_bytes);
    store_little_endian(head_end, std::uint64_t{0});
    std::fill(at + body_head_bytes + body_bytes, end, std::byte{0});
}

std::uint32_t framed_body_bytes(const std::byte* at) {
    return load_little_endian<std::uint32_t>(at + 4);
}

void seal_body(std::byte* at, std::uint64_t number, std::uint64_t offset) {
    const ByteView body(at + body_head_bytes, framed_body_bytes(at));
    store_little_endian(at + body_checksum_at, body_checksum(body, number, offset));
}

Result<ByteView, Complaint> read_body(ByteView stored, std::uint64_t number, std::uint64_t offset) {
    if (stored.size() < body_head_bytes) return fail(Complaint{"the body is not in the file"});
    if (load_little_endian<std::uint8_t>(stored.data()) != body_type ||
        load_little_endian<std::uint8_t>(stored.data() + 1) != body_version ||
        load_little_endian<std::uint16_t>(stored.data() + 2) != 0)
        return fail(Complaint{"no body of a known version begins here"});
    const ByteView body = stored.subspan(body_head_bytes);
    if (framed_body_bytes(stored.data()) != body.size())
        return fail(Complaint{"the body has another length than its row says"});
    if (load_little_endian<std::uint64_t>(stored.data() + body_checksum_at) !=
        body_checksum(body, number, offset))
        return fail(Complaint{"the body is damaged"});
    return body;
}

// ---- rows ----

std::uint64_t run_seed(std::uint64_t number, const RunSummary& run) {
    std::array<std::byte, 25> identity{};
    std::byte* at = store_little_endian(identity.data(), number);
    at = store_little_endian(at, run.queue.value);
    at = store_little_endian(at, run.first_position);
    store_little_endian(at, run.level);
    return checksum(identity.data(), identity.size());
}

void write_row(std::byte* at, const RunSummary& run, const IndexRow& row) {
    at =
        store_little_endian(at, static_cast<std::uint32_t>(row.head.position - run.first_position));
    at = store_little_endian(at, row.payload_offset);
    at = store_little_endian(at, row.payload_bytes | (row.head.persistent ? persistent_bit : 0));
    at = store_little_endian(at, row.head.body_bytes);
    at = store_little_endian(at, row.head.deadline_ms);
    at = store_little_endian(at, static_cast<std::uint32_t>(row.body_offset / body_alignment));
    at = store_little_endian(at, row.body_stored_bytes);
    store_little_endian(at, std::uint64_t{0});
}

std::uint32_t written_payload_bytes(const std::byte* at) {
    return load_little_endian<std::uint32_t>(at + 8) & payload_bytes_mask;
}

void seal_row(std::byte* at, const RunSummary& run, std::uint64_t seed, std::uint32_t row_number,
              ByteView payload) {
    const std::uint64_t position = run.first_position + load_little_endian<std::uint32_t>(at);
    store_little_endian(at + row_payload_checksum_at, payload_checksum(payload, seed, position));
    store_little_endian(at + row_checksum_at, row_checksum(at, seed, row_number));
}

IndexRow read_row(const std::byte* at, const RunSummary& run, std::uint64_t seed,
                  std::uint32_t row_number) {
    IndexRow row;
    row.head.level = run.level;
    row.number = row_number;
    const auto above_first = load_little_endian<std::uint32_t>(at);
    row.intact = load_little_endian<std::uint32_t>(at + row_checksum_at) ==
                     row_checksum(at, seed, row_number) &&
                 above_first <= run.last_position - run.first_position;
    if (!row.intact) {
        // Where no position is left out, the row's place says it.
        if (run.last_position - run.first_position + 1 == run.count)
            row.head.position = run.first_position + row_number;
        return row;
    }
    const auto bytes_and_flag = load_little_endian<std::uint32_t>(at + 8);
    row.head.position = run.first_position + above_first;
    row.payload_offset = load_little_endian<std::uint32_t>(at + 4);
    row.payload_bytes = bytes_and_flag & payload_bytes_mask;
    row.head.persistent = (bytes_and_flag & persistent_bit) != 0;
    row.head.body_bytes = load_little_endian<std::uint32_t>(at + 12);
    row.head.deadline_ms = load_little_endian<std::int64_t>(at + 16);
    row.body_offset = std::uint64_t{load_little_endian<std::uint32_t>(at + 24)} * body_alignment;
    row.body_stored_bytes = load_little_endian<std::uint32_t>(at + 28);
    row.payload_checksum = load_little_endian<std::uint32_t>(at + row_payload_checksum_at);
    return row;
}

bool payload_matches(ByteView payload, std::uint64_t seed, const IndexRow& row) {
    return payload_checksum(payload, seed, row.head.position) == row.payload_checksum;
}

// ---- footer and trailer ----

std::uint64_t footer_bytes(const SegmentSummary& summary) {
    return footer_head_bytes + summary.replaces.size() * replaced_bytes +
           summary.runs.size() * run_bytes;
}

std::vector<std::byte> write_footer(const SegmentSummary& summary, std::uint64_t offset) {
    std::vector<std::byte> bytes(footer_bytes(summary) + trailer_bytes);
    std::byte* at = bytes.data();
    at = store_little_endian(at, footer_type);
    at = store_little_endian(at, footer_version);
    at = store_little_endian(at, std::uint16_t{0});
    at = store_little_endian(at, static_cast<std::uint32_t>(summary.runs.size()));
    at = store_little_endian(at, summary.number);
    at = store_little_endian(at, static_cast<std::uint32_t>(summary.replaces.size()));
    at = store_little_endian(at, std::uint32_t{0});
    for (const std::uint64_t number : summary.replaces)
        at = store_little_endian(at, number);
    for (const RunSummary& run : summary.runs)
        at = write_run(at, run);
    std::byte* const trailer = at;
    const auto written_bytes = static_cast<std::uint64_t>(trailer - bytes.data());
    at = store_little_endian(at, trailer_magic);
    at = store_little_endian(at, offset);
    at = store_little_endian(at, written_bytes);
    at = store_little_endian(at, checksum(bytes.data(), written_bytes));
    store_little_endian(at, checksum(trailer, trailer_checksum_at));
    return bytes;
}

Result<FooterPlace, Complaint> read_trailer(ByteView bytes, std::uint64_t file_bytes) {
    ENSURE(bytes.size() == trailer_bytes);
    const std::byte* const at = bytes.data();
    if (load_little_endian<std::uint64_t>(at) != trailer_magic)
        return fail(Complaint{"the file does not end as a segment file does"});
    if (load_little_endian<std::uint64_t>(at + trailer_checksum_at) !=
        checksum(at, trailer_checksum_at))
        return fail(Complaint{"the trailer is damaged"});
    const FooterPlace place{load_little_endian<std::uint64_t>(at + 8),
                            load_little_endian<std::uint64_t>(at + 16),
                            load_little_endian<std::uint64_t>(at + 24)};
    if (file_bytes < header_bytes + trailer_bytes || place.offset < header_bytes ||
        place.offset > file_bytes - trailer_bytes ||
        place.bytes != file_bytes - trailer_bytes - place.offset)
        return fail(Complaint{"the footer is not where the trailer says"});
    return place;
}

Result<SegmentSummary, Complaint> read_footer(ByteView bytes, const FooterPlace& place) {
    if (bytes.size() != place.bytes || checksum(bytes.data(), bytes.size()) != place.checksum)
        return fail(Complaint{"the footer is damaged"});
    LittleEndianReader reader(bytes);
    const auto type = reader.read<std::uint8_t>();
    const auto version = reader.read<std::uint8_t>();
    if (type != footer_type || version != footer_version)
        return fail(Complaint{"the footer is of a version that this program does not know"});
    reader.read<std::uint16_t>();
    const auto runs = reader.read<std::uint32_t>();
    SegmentSummary summary;
    summary.number = reader.read<std::uint64_t>();
    const auto replaced = reader.read<std::uint32_t>();
    reader.read<std::uint32_t>();
    if (!reader.ok() || reader.rest().size() != std::uint64_t{replaced} * replaced_bytes +
                                                    std::uint64_t{runs} * run_bytes)
        return fail(Complaint{"the footer has not the length that it says"});
    summary.replaces.resize(replaced);
    for (std::uint64_t& number : summary.replaces)
        number = reader.read<std::uint64_t>();
    summary.runs.reserve(runs);
    for (std::uint32_t count = 0; count < runs; ++count) {
        summary.runs.push_back(read_run(reader));
        if (!is_sound(summary.runs.back(), place.offset))
            return fail(Complaint{"a run in the footer makes no sense"});
    }
    summary.bytes = place.offset + place.bytes + trailer_bytes;
    return summary;
}

std::optional<RunSummary> read_run_alone(ByteView bytes, std::uint64_t footer_offset,
                                         std::optional<std::uint32_t> count) {
    LittleEndianReader reader(bytes);
    RunSummary run = read_run(reader);
    run.count = count.value_or(run.count);
    if (!reader.ok() || run.data_offset > footer_offset) return std::nullopt;
    if (is_sound(run, footer_offset)) return run;
    // Rows say this better.
    run.persistent_count = run.count;
    run.last_position = run.first_position + position_span_max;
    run.data_bytes = std::min(footer_offset - run.data_offset, run_data_bytes_max);
    return is_sound(run, footer_offset) ? std::optional(run) : std::nullopt;
}

}  // namespace warren::storage::segment_format
