#include "broker/quorum/quorum_command.h"

#include <fmt/format.h>

#include "storage/little_endian.h"

namespace warren::broker {

using storage::LittleEndianReader;
using storage::store_little_endian;

namespace {

constexpr std::uint8_t type_command = 4;
constexpr std::size_t head_bytes = 32;
constexpr std::size_t enqueued_bytes = 32;
constexpr std::size_t changed_bytes = 8 + message_note_bytes;
constexpr std::size_t departed_bytes = 24;
constexpr std::size_t kept_bytes = 16;
constexpr std::uint64_t padding_bytes = 7;

std::byte* store_padding(std::byte* at) {
    for (std::uint64_t i = 0; i < padding_bytes; ++i)
        *at++ = std::byte{0};
    return at;
}

bool skip_padding(LittleEndianReader& reader) {
    for (const std::byte byte : reader.bytes(padding_bytes))
        if (byte != std::byte{0}) return false;
    return reader.ok();
}

std::uint32_t size_of(const auto& list) {
    return static_cast<std::uint32_t>(list.size());
}

// How many of each there are.
struct ListSizes {
    std::uint32_t enqueued = 0;
    std::uint32_t changed = 0;
    std::uint32_t departed = 0;
    std::uint32_t kept = 0;
    std::uint64_t purged_through = 0;  // 0: nothing was purged

    std::uint64_t bytes() const {
        return head_bytes + std::uint64_t{enqueued} * enqueued_bytes +
               std::uint64_t{changed} * changed_bytes + std::uint64_t{departed} * departed_bytes +
               std::uint64_t{kept} * kept_bytes;
    }
};

std::unexpected<std::string> fault(std::string_view text) {
    return fail("quorum command: " + std::string(text));
}

bool read_enqueued(LittleEndianReader& reader, std::uint64_t after, EnqueuedRun& run) {
    run.first = reader.read<std::uint64_t>();
    run.deadline_ms = reader.read<std::int64_t>();
    run.count = reader.read<std::uint32_t>();
    run.counted_bytes = reader.read<std::uint32_t>();
    run.level = reader.read<std::uint8_t>();
    return skip_padding(reader) && run.first > after && run.count != 0 &&
           run.first <= UINT64_MAX - run.count;
}

bool read_departed(LittleEndianReader& reader, DepartedRun& run) {
    run.first = reader.read<std::uint64_t>();
    run.last = reader.read<std::uint64_t>();
    const auto why = reader.read<std::uint8_t>();
    run.why = static_cast<Departure>(why);
    return skip_padding(reader) && run.first <= run.last &&
           why <= static_cast<std::uint8_t>(Departure::lost);
}

bool read_kept(LittleEndianReader& reader, std::uint64_t after, PositionRun& run) {
    run.first = reader.read<std::uint64_t>();
    run.last = reader.read<std::uint64_t>();
    return reader.ok() && run.first > after && run.first <= run.last;
}

}  // namespace

void QuorumCommand::clear() {
    enqueued.clear();
    changed.clear();
    departed.clear();
    purged.reset();
}

void QuorumCommand::add_enqueued(std::uint64_t position, std::uint8_t level,
                                 std::int64_t deadline_ms, std::uint32_t counted_bytes) {
    if (!enqueued.empty()) {
        EnqueuedRun& last = enqueued.back();
        if (last.first + last.count == position && last.level == level &&
            last.deadline_ms == deadline_ms && last.counted_bytes == counted_bytes &&
            last.count != UINT32_MAX) {
            ++last.count;
            return;
        }
    }
    enqueued.push_back({position, deadline_ms, 1, counted_bytes, level});
}

void QuorumCommand::add_departed(std::uint64_t position, Departure why) {
    if (!departed.empty() && departed.back().why == why && departed.back().last + 1 == position) {
        ++departed.back().last;
        return;
    }
    departed.push_back({position, position, why});
}

void add_position(std::vector<PositionRun>& runs, std::uint64_t position) {
    if (!runs.empty() && runs.back().last + 1 == position)
        ++runs.back().last;
    else
        runs.push_back({position, position});
}

void append_encoded(const QuorumCommand& command, std::string& output) {
    static const std::vector<PositionRun> none;
    const auto& kept = command.purged ? command.purged->kept : none;
    const ListSizes sizes{size_of(command.enqueued), size_of(command.changed),
                          size_of(command.departed), size_of(kept),
                          command.purged ? command.purged->through : 0};
    const std::size_t start = output.size();
    output.resize(start + sizes.bytes());
    auto* at = reinterpret_cast<std::byte*>(output.data()) + start;
    at = store_little_endian(at, type_command);
    at = store_little_endian(at, quorum_command_version);
    at = store_little_endian(at, std::uint16_t{0});
    at = store_little_endian(at, sizes.enqueued);
    at = store_little_endian(at, sizes.changed);
    at = store_little_endian(at, sizes.departed);
    at = store_little_endian(at, sizes.kept);
    at = store_little_endian(at, std::uint32_t{0});
    at = store_little_endian(at, sizes.purged_through);
    for (const EnqueuedRun& run : command.enqueued) {
        at = store_little_endian(at, run.first);
        at = store_little_endian(at, run.deadline_ms);
        at = store_little_endian(at, run.count);
        at = store_little_endian(at, run.counted_bytes);
        at = store_padding(store_little_endian(at, run.level));
    }
    for (const NoteChange& change : command.changed) {
        at = store_little_endian(at, change.position);
        at = store_note(at, change.note);
    }
    for (const DepartedRun& run : command.departed) {
        at = store_little_endian(at, run.first);
        at = store_little_endian(at, run.last);
        at = store_padding(store_little_endian(at, static_cast<std::uint8_t>(run.why)));
    }
    for (const PositionRun& run : kept) {
        at = store_little_endian(at, run.first);
        at = store_little_endian(at, run.last);
    }
}

namespace {

// The lists behind the head; the reader has just the bytes that they take.
Result<QuorumCommand, std::string> read_lists(LittleEndianReader& reader, const ListSizes& sizes) {
    QuorumCommand command;
    command.enqueued.resize(sizes.enqueued);
    std::uint64_t after = 0;
    for (EnqueuedRun& run : command.enqueued) {
        if (!read_enqueued(reader, after, run)) return fault("what was enqueued makes no sense");
        after = run.first + run.count - 1;
    }
    command.changed.resize(sizes.changed);
    for (NoteChange& change : command.changed) {
        change.position = reader.read<std::uint64_t>();
        const auto note = read_note(reader);
        if (!note) return fault("a note makes no sense");
        change.note = *note;
    }
    command.departed.resize(sizes.departed);
    for (DepartedRun& run : command.departed)
        if (!read_departed(reader, run)) return fault("what has left makes no sense");
    if (sizes.purged_through == 0) {
        if (sizes.kept != 0) return fault("a purge up to nowhere");
        return command;
    }
    command.purged.emplace(PurgedThrough{sizes.purged_through, {}});
    command.purged->kept.resize(sizes.kept);
    after = 0;
    for (PositionRun& run : command.purged->kept) {
        if (!read_kept(reader, after, run)) return fault("what a purge has left makes no sense");
        after = run.last;
    }
    return command;
}

}  // namespace

Result<QuorumCommand, std::string> decode_quorum_command(ByteView bytes) {
    LittleEndianReader reader(bytes);
    const auto type = reader.read<std::uint8_t>();
    const auto written_by = reader.read<std::uint8_t>();
    const auto reserved = reader.read<std::uint16_t>();
    ListSizes sizes;
    sizes.enqueued = reader.read<std::uint32_t>();
    sizes.changed = reader.read<std::uint32_t>();
    sizes.departed = reader.read<std::uint32_t>();
    sizes.kept = reader.read<std::uint32_t>();
    const auto reserved_too = reader.read<std::uint32_t>();
    sizes.purged_through = reader.read<std::uint64_t>();
    if (!reader.ok()) return fault("too short");
    if (type != type_command) return fault(fmt::format("type {} is none", type));
    if (written_by != quorum_command_version)
        return fault(fmt::format("version {} is unknown", written_by));
    if (reserved != 0 || reserved_too != 0) return fault("reserved bytes are set");
    if (sizes.bytes() != bytes.size())
        return fault(fmt::format("{} bytes instead of {}", bytes.size(), sizes.bytes()));
    return read_lists(reader, sizes);
}

}  // namespace warren::broker
