#include "tests/sim/entry_ledger.h"

#include <cstring>

#include "base/prng.h"

namespace warren::sim {

using storage::CommitNumber;

std::string numbered_bytes(std::uint64_t number, std::size_t bytes) {
    std::string text;
    text.reserve(bytes + sizeof number);
    text.append(reinterpret_cast<const char*>(&number), sizeof number);
    Prng prng(number);
    while (text.size() < bytes) {
        const std::uint64_t more = prng.next();
        text.append(reinterpret_cast<const char*>(&more), sizeof more);
    }
    text.resize(bytes);
    return text;
}

std::uint64_t number_of(ByteView bytes) {
    std::uint64_t number = 0;
    if (bytes.size() >= sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

EntryLedger::Entry* EntryLedger::find(const Place& place) {
    return const_cast<Entry*>(std::as_const(*this).find(place));
}

const EntryLedger::Entry* EntryLedger::find(const Place& place) const {
    const auto queue = queues_.find(place.queue);
    if (queue == queues_.end()) return nullptr;
    const auto entry = queue->second.find(place.number);
    return entry == queue->second.end() ? nullptr : &entry->second;
}

EntryNumber EntryLedger::add(const Description& description) {
    queues_[description.queue][++last_].description = description;
    appended_.push_back({description.queue, last_});
    return last_;
}

void EntryLedger::settle(QueueId queue, EntryNumber number) {
    Entry* entry = find({queue, number});
    require(entry != nullptr && !entry->settled, "the model settles entry {} twice", number);
    entry->settled = true;
    settled_.push_back({queue, number});
}

void EntryLedger::doubt(QueueId queue, std::uint64_t position) {
    const auto found = queues_.find(queue);
    if (found == queues_.end()) return;
    for (auto& [number, entry] : found->second)
        if (entry.description.head.position == position) entry.doubtful = true;
}

bool EntryLedger::is_doubtful(QueueId queue, EntryNumber number) const {
    const Entry* entry = find({queue, number});
    return entry != nullptr && entry->doubtful;
}

void EntryLedger::end_turn(CommitNumber commit) {
    for (const Place& place : appended_)
        if (Entry* entry = find(place)) entry->appended_in = commit;
    for (const Place& place : settled_)
        if (Entry* entry = find(place)) entry->settled_in = commit;
    appended_.clear();
    settled_.clear();
}

void EntryLedger::forget(QueueId queue) {
    queues_.erase(queue);
}

EntryNumber EntryLedger::check(QueueId queue, const storage::LoadedEntry& loaded) const {
    const EntryNumber number = number_of(loaded.payload);
    const Entry* entry = find({queue, number});
    require(entry != nullptr, "queue {}: position {}, entry {}, should not be there", queue.value,
            loaded.head.position, number);
    const Description& known = entry->description;
    require(known.head == loaded.head, "queue {}: entry {} at position {} has the head of {}",
            queue.value, number, known.head.position, loaded.head.position);
    require(as_text(loaded.payload) == numbered_bytes(number, known.payload_bytes),
            "queue {}: entry {} has another payload", queue.value, number);
    const bool body_is_right =
        known.body == 0 ? loaded.body.empty()
                        : as_text(loaded.body) == numbered_bytes(known.body, known.body_bytes);
    require(body_is_right, "queue {}: entry {} has body {} and not {}", queue.value, number,
            number_of(loaded.body), known.body);
    return number;
}

void EntryLedger::judge(QueueId queue, const std::set<EntryNumber>& present, CommitNumber promised,
                        CommitNumber next_commit) {
    Entries& entries = queues_[queue];
    std::erase_if(entries, [&](const auto& item) {
        const auto& [number, entry] = item;
        const bool persistent = entry.description.head.persistent;
        const bool must_be_there = persistent && !entry.settled && entry.appended_in <= promised;
        const bool must_be_gone = !persistent || (entry.settled && entry.settled_in <= promised);
        const bool is_there = present.contains(number);
        const std::uint64_t position = entry.description.head.position;
        require(is_there || !must_be_there || entry.doubtful,
                "queue {}: entry {} at position {} is lost (appended in {}, promised {})",
                queue.value, number, position, entry.appended_in, promised);
        require(!is_there || !must_be_gone || entry.doubtful,
                "queue {}: entry {} at position {} is back (settled in {}, promised {})",
                queue.value, number, position, entry.settled_in, promised);
        return must_be_gone && !entry.doubtful;
    });
    for (auto& [number, entry] : entries) {
        entry.appended_in = certain;
        entry.settled = !present.contains(number);
        entry.settled_in = next_commit;
    }
    appended_.clear();
    settled_.clear();
}

}  // namespace warren::sim
