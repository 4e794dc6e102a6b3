#include "stream_record.h"

#include <algorithm>
#include <optional>

namespace crash {

StreamRecord::Sent* StreamRecord::Stream::find(CopyId id) {
    std::deque<Sent>& all = sent[id.source];
    const auto found = std::ranges::lower_bound(all, id.sequence, {}, &Sent::sequence);
    return found == all.end() || found->sequence != id.sequence ? nullptr : &*found;
}

void StreamRecord::fault(QueueIndex stream, CopyId id, const std::string& what) {
    faults_.add(
        plan_.queues[stream].name + ": " + what,
        "message " + std::to_string(id.sequence) + " of source " + std::to_string(id.source));
}

void StreamRecord::published(QueueIndex stream, CopyId id, loadgen::Nanos now) {
    streams_[stream].sent[id.source].push_back({.sequence = id.sequence, .sent_at = now});
}

void StreamRecord::confirmed(QueueIndex stream, CopyId id, loadgen::Nanos now) {
    if (Sent* const sent = streams_[stream].find(id); sent != nullptr) sent->confirmed_at = now;
}

std::uint64_t StreamRecord::end(QueueIndex stream) const {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? 0 : found->second.end();
}

void StreamRecord::read(QueueIndex stream, const StreamEntry& entry) {
    Stream& known = streams_[stream];
    if (entry.offset < known.end()) return check_known(stream, entry);
    const auto [at, added] = known.read.emplace(entry.offset, entry.id);
    if (at->second != entry.id) fault(stream, entry.id, "is where another reader saw another");
    if (added && known.find(entry.id) == nullptr)
        fault(stream, entry.id, "comes as a new one, and was there before or never published");
}

void StreamRecord::check_known(QueueIndex stream, const StreamEntry& entry) {
    const Stream& known = streams_[stream];
    if (entry.offset < known.first)
        fault(stream, entry.id, "is there again, and retention had taken it");
    else if (known.entries[entry.offset - known.first] != entry.id)
        fault(stream, entry.id, "stands where another one stood");
}

std::size_t StreamRecord::verify(QueueIndex stream, std::uint64_t begin,
                                 const std::vector<StreamEntry>& contents) {
    check_offsets(stream, begin, contents);
    for (const StreamEntry& entry : contents)
        if (entry.offset < end(stream)) check_known(stream, entry);
    take_new(stream, contents);
    check_sent(stream);
    Stream& known = streams_[stream];
    known.sent.clear();
    known.read.clear();
    if (plan_.queues[stream].stream_bytes_max > 0 && !contents.empty())
        for (; known.first < contents.front().offset && !known.entries.empty(); ++known.first)
            known.entries.pop_front();
    return contents.size();
}

void StreamRecord::check_offsets(QueueIndex stream, std::uint64_t begin,
                                 const std::vector<StreamEntry>& contents) {
    const bool is_cut = plan_.queues[stream].stream_bytes_max > 0;
    std::uint64_t next = begin;
    for (const StreamEntry& entry : contents) {
        const bool first_left = is_cut && &entry == &contents.front() && entry.offset > next;
        if (entry.offset != next && !first_left)
            fault(stream, entry.id, "stands behind a gap, or twice");
        next = entry.offset + 1;
    }
    if (next < end(stream))
        faults_.add(plan_.queues[stream].name + ": ends below where it ended",
                    std::to_string(next) + " instead of " + std::to_string(end(stream)));
}

// Each source's messages stand in its order, and what was confirmed before another was sent stands
// ahead of it, whoever sent it.
void StreamRecord::take_new(QueueIndex stream, const std::vector<StreamEntry>& contents) {
    Stream& known = streams_[stream];
    const std::uint64_t end_before = known.end();
    std::map<SourceIndex, std::uint64_t> next_of_source;
    loadgen::Nanos last_sent = 0;
    for (const StreamEntry& entry : contents) {
        if (entry.offset < end_before) continue;
        // Retention has taken all that was known.
        if (entry.offset > known.end()) {
            known.entries.clear();
            known.first = entry.offset;
        }
        known.entries.push_back(entry.id);
        const auto read = known.read.extract(entry.offset);
        if (!read.empty() && read.mapped() != entry.id)
            fault(stream, entry.id, "stands where a reader saw another one");
        Sent* const sent = known.find(entry.id);
        if (sent == nullptr || sent->found) {
            fault(stream, entry.id, "is there twice, or was lost once, or never published");
            continue;
        }
        sent->found = true;
        std::uint64_t& next = next_of_source[entry.id.source];
        if (entry.id.sequence < next) fault(stream, entry.id, "stands behind a later one");
        next = entry.id.sequence + 1;
        if (sent->confirmed_at != 0 && sent->confirmed_at < last_sent)
            fault(stream, entry.id, "stands behind one that was sent after its confirm");
        last_sent = std::max(last_sent, sent->sent_at);
    }
    for (const auto& [offset, id] : known.read)
        fault(stream, id, "was read and is gone");
}

void StreamRecord::check_sent(QueueIndex stream) {
    for (const auto& [source, all] : streams_[stream].sent) {
        bool lost = false;
        for (const Sent& sent : all) {
            const CopyId id{source, sent.sequence};
            if (!sent.found && sent.confirmed_at != 0)
                fault(stream, id, "was confirmed and is lost");
            if (sent.found && lost) fault(stream, id, "has survived, and an earlier one has not");
            lost = lost || !sent.found;
        }
    }
}

}  // namespace crash
