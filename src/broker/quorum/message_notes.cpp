#include "broker/quorum/message_notes.h"

#include <algorithm>
#include <array>

#include "storage/little_endian.h"

namespace warren::broker {

using storage::store_little_endian;

namespace {

constexpr std::uint8_t type_note = 2;
constexpr std::uint8_t version = 1;
constexpr std::size_t entry_bytes = 16 + message_note_bytes;

using Encoded = std::array<std::byte, entry_bytes>;

Encoded encode(std::uint64_t position, std::uint8_t level, const MessageNote& note) {
    Encoded bytes;
    std::byte* at = store_little_endian(bytes.data(), type_note);
    at = store_little_endian(at, version);
    at = store_little_endian(at, level);
    at = store_little_endian(at, std::uint8_t{0});
    at = store_little_endian(at, std::uint32_t{0});
    at = store_little_endian(at, position);
    store_note(at, note);
    return bytes;
}

storage::EntryView view_of(const Encoded& bytes, std::uint64_t entry) {
    return {{.position = entry, .level = MessageNotes::log_level}, {ByteView(bytes), {}}, {}};
}

}  // namespace

const MessageNote* MessageNotes::find(std::uint64_t position) const {
    if (notes_.empty()) return nullptr;
    const auto found = notes_.find(position);
    return found == notes_.end() ? nullptr : &found->second.note;
}

void MessageNotes::change(std::uint64_t position, std::uint8_t level, const MessageNote& note) {
    Noted& noted = notes_[position];
    noted.note = note;
    noted.level = level;
    if (std::exchange(noted.changed, true)) return;
    changed_.push_back(position);
}

void MessageNotes::forget(std::uint64_t position, storage::QueueLog* log) {
    if (notes_.empty()) return;
    const auto found = notes_.find(position);
    if (found == notes_.end()) return;
    if (found->second.entry != 0 && log != nullptr) log->settle(log_level, found->second.entry);
    notes_.erase(found);
}

void MessageNotes::forget_changes() {
    for (const std::uint64_t position : changed_)
        if (const auto found = notes_.find(position); found != notes_.end())
            found->second.changed = false;
    changed_.clear();
}

void MessageNotes::append(storage::QueueLog& log, std::uint64_t position, Noted& noted,
                          std::uint64_t entry) const {
    const Encoded bytes = encode(position, noted.level, noted.note);
    log.append(view_of(bytes, entry));
    if (noted.entry != 0) log.settle(log_level, noted.entry);
    noted.logged = noted.note;
    noted.entry = entry;
    noted.changed = false;
}

Result<void, std::string> MessageNotes::restore(const storage::LoadedEntry& entry) {
    storage::LittleEndianReader reader(entry.payload);
    const auto type = reader.read<std::uint8_t>();
    const auto written_by = reader.read<std::uint8_t>();
    Noted noted;
    noted.level = reader.read<std::uint8_t>();
    const auto reserved = reader.read<std::uint8_t>() + reader.read<std::uint32_t>();
    const auto position = reader.read<std::uint64_t>();
    const auto note = read_note(reader);
    if (!note || !reader.complete() || type != type_note || reserved != 0)
        return fail(std::string("an entry that is no note"));
    if (written_by != version)
        return fail("a note of the unknown version " + std::to_string(written_by));
    noted.note = noted.logged = *note;
    noted.entry = entry.head.position;
    const auto [found, is_new] = notes_.try_emplace(position, noted);
    if (is_new) return {};
    replaced_.push_back(std::min(found->second.entry, noted.entry));
    if (found->second.entry < noted.entry) found->second = noted;
    return {};
}

void MessageNotes::settle_replaced(storage::QueueLog& log) {
    for (const std::uint64_t entry : replaced_)
        log.settle(log_level, entry);
    replaced_ = {};
}

void MessageNotes::collect(std::uint64_t after, std::uint64_t through,
                           storage::EntrySink& sink) const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> wanted;  // entry, message
    for (const auto& [position, noted] : notes_)
        if (noted.entry > after && noted.entry <= through)
            wanted.emplace_back(noted.entry, position);
    std::sort(wanted.begin(), wanted.end());
    for (const auto& [entry, position] : wanted) {
        const Noted& noted = notes_.at(position);
        const Encoded bytes = encode(position, noted.level, noted.logged);
        sink.take(view_of(bytes, entry));
    }
}

void MessageNotes::add_kept(std::uint64_t after, std::uint64_t through,
                            std::vector<storage::EntryPlace>& kept) const {
    for (const auto& [position, noted] : notes_)
        if (noted.entry > after && noted.entry <= through) kept.push_back({log_level, noted.entry});
}

}  // namespace warren::broker
