#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/ensure.h"
#include "storage/byte_chunks.h"
#include "storage/little_endian.h"
#include "storage/segment.h"
#include "storage/segment_format.h"

namespace warren::storage {

namespace {

namespace format = segment_format;

constexpr std::string_view name_end = ".segment";
constexpr std::string_view leftover_end = ".new";
constexpr std::size_t number_digits_min = 16;

// A body that has been copied, by the memory it came from.
struct BodyAddress {
    const std::byte* at = nullptr;
    std::size_t bytes = 0;

    friend bool operator==(const BodyAddress&, const BodyAddress&) = default;
};
struct BodyAddressHash {
    std::size_t operator()(const BodyAddress& body) const {
        const auto number = reinterpret_cast<std::uintptr_t>(body.at) ^ body.bytes << 48;
        return number * 0x9e37'79b9'7f4a'7c15ULL;
    }
};

// Written under another name first: a name that ends in .segment stands for a whole file.
Result<void, IoError> write_new_file(FileIo& io, const std::string& path, ByteView header,
                                     std::span<const ByteChunks* const> parts, ByteView footer) {
    auto file = io.open(path, OpenMode::create);
    if (!file) return fail(std::move(file.error()));
    std::uint64_t offset = 0;
    Result<void, IoError> written;
    const auto write = [&](ByteView bytes) {
        written = (*file)->write_at(offset, bytes);
        offset += bytes.size();
        return written.has_value();
    };
    bool going_on = write(header);
    for (const ByteChunks* part : parts)
        going_on = going_on && part->for_each_stretch(write);
    going_on = going_on && write(footer);
    return going_on ? (*file)->sync() : written;
}

}  // namespace

struct SegmentBuilder::State {
    std::uint64_t number = 0;
    // In the order in which they follow each other in the file.
    ByteChunks bodies;
    ByteChunks payloads;
    ByteChunks rows;

    // Offsets are those in `payloads` and `rows`.
    SegmentSummary summary;
    bool run_open = false;
    QueueId queue;
    std::uint64_t flushed_through = 0;
    std::int64_t latest_deadline_ms = INT64_MIN;  // in the open run
    std::unordered_map<BodyAddress, std::uint64_t, BodyAddressHash> body_offsets;

    RunSummary& run_for(const EntryHead& head, std::uint64_t payload_bytes);
    void begin_run(const EntryHead& head);
    std::uint64_t keep_body(ByteView body);
    void seal_bodies();
    void seal_rows();
    SegmentSummary placed_summary() const;
};

RunSummary& SegmentBuilder::State::run_for(const EntryHead& head, std::uint64_t payload_bytes) {
    ENSURE(queue);
    if (run_open) {
        RunSummary& run = summary.runs.back();
        if (run.level == head.level) {
            ENSURE(head.position > run.last_position);
            if (run.count < run_entries_max &&
                head.position - run.first_position <= format::position_span_max &&
                run.data_bytes + payload_bytes <= format::run_data_bytes_max)
                return run;
        }
    }
    begin_run(head);
    return summary.runs.back();
}

void SegmentBuilder::State::begin_run(const EntryHead& head) {
    ENSURE(head.position != 0);
    summary.runs.push_back({.queue = queue,
                            .level = head.level,
                            .first_position = head.position,
                            .flushed_through = flushed_through,
                            .data_offset = payloads.bytes(),
                            .index_offset = rows.bytes()});
    run_open = true;
    latest_deadline_ms = INT64_MIN;
}

std::uint64_t SegmentBuilder::State::keep_body(ByteView body) {
    const auto [found, is_new] =
        body_offsets.try_emplace({body.data(), body.size()}, format::header_bytes + bodies.bytes());
    if (!is_new) return found->second;
    ENSURE(body.size() <= UINT32_MAX && found->second <= format::body_offset_max);
    std::byte* const at = bodies.add(format::stored_body_bytes(body.size()));
    format::write_body_frame(at, static_cast<std::uint32_t>(body.size()));
    store_bytes(at + format::body_head_bytes, body);
    return found->second;
}

void SegmentBuilder::State::seal_bodies() {
    std::uint64_t offset = format::header_bytes;
    for (ByteChunks::Walk walk(bodies); !walk.at_end();) {
        const auto stored =
            walk.next(format::stored_body_bytes(format::framed_body_bytes(walk.peek())));
        format::seal_body(stored.data(), number, offset);
        offset += stored.size();
    }
}

void SegmentBuilder::State::seal_rows() {
    ByteChunks::Walk row_walk(rows);
    ByteChunks::Walk payload_walk(payloads);
    for (const RunSummary& run : summary.runs) {
        const std::uint64_t seed = format::run_seed(number, run);
        for (std::uint32_t row_number = 0; row_number < run.count; ++row_number) {
            std::byte* const row = row_walk.next(format::row_bytes).data();
            const ByteView payload = payload_walk.next(format::written_payload_bytes(row));
            format::seal_row(row, run, seed, row_number, payload);
        }
    }
}

SegmentSummary SegmentBuilder::State::placed_summary() const {
    SegmentSummary placed = summary;
    const std::uint64_t payloads_offset = format::header_bytes + bodies.bytes();
    const std::uint64_t rows_offset = payloads_offset + payloads.bytes();
    for (RunSummary& run : placed.runs) {
        run.data_offset += payloads_offset;
        run.index_offset += rows_offset;
    }
    return placed;
}

SegmentBuilder::SegmentBuilder(std::uint64_t number) : state_(std::make_unique<State>()) {
    state_->number = number;
    state_->summary.number = number;
}
SegmentBuilder::~SegmentBuilder() = default;
SegmentBuilder::SegmentBuilder(SegmentBuilder&&) noexcept = default;
SegmentBuilder& SegmentBuilder::operator=(SegmentBuilder&&) noexcept = default;

void SegmentBuilder::begin_queue(QueueId queue, std::uint64_t flushed_through) {
    state_->queue = queue;
    state_->flushed_through = flushed_through;
    state_->run_open = false;
}

void SegmentBuilder::add(const EntryView& entry) {
    const EntryHead& head = entry.head;
    const std::uint64_t payload_bytes = entry.payload[0].size() + entry.payload[1].size();
    ENSURE(payload_bytes <= format::payload_bytes_max);
    RunSummary& run = state_->run_for(head, payload_bytes);
    IndexRow row{.head = head,
                 .payload_offset = static_cast<std::uint32_t>(run.data_bytes),
                 .payload_bytes = static_cast<std::uint32_t>(payload_bytes)};
    if (!entry.body.empty()) {
        row.body_offset = state_->keep_body(entry.body);
        row.body_stored_bytes = static_cast<std::uint32_t>(entry.body.size());
    }
    format::write_row(state_->rows.add(format::row_bytes), run, row);
    std::byte* const payload = state_->payloads.add(payload_bytes);
    store_bytes(store_bytes(payload, entry.payload[0]), entry.payload[1]);

    ++run.count;
    run.persistent_count += head.persistent ? 1 : 0;
    run.last_position = head.position;
    run.body_bytes += head.body_bytes;
    run.data_bytes += payload_bytes;
    run.first_deadline_ms = std::min(run.first_deadline_ms, head.deadline_ms);
    if (head.deadline_ms < state_->latest_deadline_ms) run.deadlines_in_order = false;
    state_->latest_deadline_ms = std::max(state_->latest_deadline_ms, head.deadline_ms);
}

void SegmentBuilder::forget_bodies() {
    state_->body_offsets.clear();
}

void SegmentBuilder::add_replaced(std::uint64_t segment_number) {
    state_->summary.replaces.push_back(segment_number);
}

bool SegmentBuilder::empty() const {
    return state_->summary.runs.empty();
}

std::uint64_t SegmentBuilder::bytes() const {
    const State& state = *state_;
    return format::header_bytes + state.bodies.bytes() + state.payloads.bytes() +
           state.rows.bytes() + format::footer_bytes(state.summary) + format::trailer_bytes;
}

std::uint64_t SegmentBuilder::number() const {
    return state_->number;
}

Result<SegmentSummary, IoError> SegmentBuilder::write(FileIo& io, const std::string& folder) {
    State& state = *state_;
    state.seal_bodies();
    state.seal_rows();
    SegmentSummary summary = state.placed_summary();
    const std::array parts{&std::as_const(state.bodies), &std::as_const(state.payloads),
                           &std::as_const(state.rows)};
    std::uint64_t footer_offset = format::header_bytes;
    for (const ByteChunks* part : parts)
        footer_offset += part->bytes();
    std::array<std::byte, format::header_bytes> header{};
    format::write_header(header.data(), state.number);
    const std::vector<std::byte> footer = format::write_footer(summary, footer_offset);
    summary.bytes = footer_offset + footer.size();

    const std::string path = segment_path(folder, state.number);
    const std::string new_path = path + std::string(leftover_end);
    if (auto written = write_new_file(io, new_path, header, parts, footer); !written) {
        std::ignore = io.remove(new_path);  // or start does it
        return fail(std::move(written.error()));
    }
    if (auto renamed = io.rename(new_path, path); !renamed) {
        std::ignore = io.remove(new_path);
        return fail(std::move(renamed.error()));
    }
    if (auto synced = io.sync_folder(folder); !synced) {
        std::ignore = io.remove(path);
        return fail(std::move(synced.error()));
    }
    return summary;
}

std::string segment_path(const std::string& folder, std::uint64_t number) {
    const std::string digits = std::to_string(number);
    const std::size_t zeros = number_digits_min - std::min(number_digits_min, digits.size());
    return folder + '/' + std::string(zeros, '0') + digits + std::string(name_end);
}

std::optional<std::uint64_t> segment_number_of(std::string_view file_name) {
    if (!file_name.ends_with(name_end)) return std::nullopt;
    const std::string_view digits = file_name.substr(0, file_name.size() - name_end.size());
    if (digits.size() < number_digits_min) return std::nullopt;
    if (digits.size() > number_digits_min && digits.front() == '0') return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

bool is_segment_leftover(std::string_view file_name) {
    return file_name.ends_with(leftover_end) &&
           segment_number_of(file_name.substr(0, file_name.size() - leftover_end.size()));
}

}  // namespace warren::storage
