#include "record.h"

#include <algorithm>

namespace crash {
namespace {

constexpr std::size_t levels = 256;

}  // namespace

Copy* Record::Shelf::find(std::uint64_t sequence) {
    if (sequence < first || sequence - first >= copies.size()) return nullptr;
    return &copies[sequence - first];
}

Record::Record(const Plan& plan, Faults& faults)
    : plan_(plan), faults_(faults), streams_(plan, faults), journals_(plan.queues.size()) {
    for (std::size_t source = 0; source < plan.sources.size(); ++source) {
        for (const QueueIndex queue : plan.sources[source].queues) {
            if (plan.queues[queue].is_stream()) continue;
            shelves_.push_back({.source = static_cast<SourceIndex>(source),
                                .home = queue,
                                .next_fresh = std::vector<std::uint64_t>(levels)});
        }
    }
}

std::uint8_t Record::level_in(QueueIndex queue, const Message& message) const {
    return std::min(message.priority, plan_.queues[queue].priority_max);
}

Record::Shelf* Record::shelf_of(QueueIndex queue, SourceIndex source) {
    for (Shelf& shelf : shelves_) {
        if (shelf.source != source) continue;
        if (shelf.home == queue || plan_.queues[shelf.home].dead_letters == queue) return &shelf;
    }
    return nullptr;
}

Copy* Record::find(QueueIndex queue, CopyId id) {
    Shelf* const shelf = shelf_of(queue, id.source);
    return shelf == nullptr ? nullptr : shelf->find(id.sequence);
}

void Record::fault(QueueIndex queue, CopyId id, const std::string& what) {
    const std::string message =
        "message " + std::to_string(id.sequence) + " of source " + std::to_string(id.source);
    faults_.add(plan_.queues[queue].name + ": " + what, message);
}

void Record::published(const Message& message, Nanos now) {
    ++counts_.published;
    for (const QueueIndex queue : plan_.sources[message.source].queues) {
        if (plan_.queues[queue].is_stream()) {
            streams_.published(queue, {message.source, message.sequence}, now);
            continue;
        }
        Shelf& shelf = *shelf_of(queue, message.source);
        if (shelf.copies.empty()) shelf.first = message.sequence;
        shelf.copies.push_back(
            {.sent_at = now,
             .delay_ms = message.delay_ms,
             .level = level_in(queue, message),
             .place = plan_.queues[queue].expires() ? Place::either : Place::home,
             .persistent = message.persistent});
    }
}

void Record::confirmed(CopyId id, Nanos now) {
    ++counts_.confirmed;
    for (const QueueIndex queue : plan_.sources[id.source].queues) {
        if (plan_.queues[queue].is_stream()) {
            streams_.confirmed(queue, id, now);
            continue;
        }
        Copy& copy = *find(queue, id);
        copy.confirmed = true;
        copy.confirmed_at = now;
    }
}

void Record::refused(CopyId id) {
    for (const QueueIndex queue : plan_.sources[id.source].queues) {
        if (plan_.queues[queue].is_stream()) {
            fault(queue, id, "was refused by a stream");
            continue;
        }
        Copy& copy = *find(queue, id);
        if (copy.delivered) fault(queue, id, "was delivered and then refused");
        copy.refused = true;
    }
}

// Clocks of one machine; that of the server's times on disk is adjusted now and then.
void Record::arrived(QueueIndex queue, CopyId id, Nanos now) {
    constexpr double clocks_apart_seconds_max = 0.02;
    const Copy* const copy = find(queue, id);
    if (copy == nullptr || copy->delay_ms == 0) return;
    const Nanos due = copy->sent_at + loadgen::to_nanos(copy->delay_ms / 1000.0);
    if (now + loadgen::to_nanos(clocks_apart_seconds_max) < due)
        fault(queue, id, "came before its time");
}

void Record::delivered(QueueIndex queue, const Message& message, bool redelivered) {
    ++counts_.delivered;
    const CopyId id{message.source, message.sequence};
    Shelf* const shelf = shelf_of(queue, id.source);
    Copy* const copy = shelf == nullptr ? nullptr : shelf->find(id.sequence);
    const bool at_home = shelf != nullptr && shelf->home == queue;
    if (copy == nullptr) {
        fault(queue, id, "was delivered and was settled long ago, or never published");
        return;
    }
    bool& before = at_home ? copy->delivered : copy->dead_letter;
    const bool repeated = copy->settled != Settled::no || (before && !redelivered);
    if (is_delayed(*shelf) && copy->letters_due > 0 && repeated) note_doubled(*copy);
    if (copy->must_be_gone()) fault(queue, id, "was delivered after it was settled or refused");
    if (copy->at_client && !copy->doubled) fault(queue, id, "was delivered twice");
    const bool wrong_place = at_home ? copy->place == Place::dead_letters ||
                                           (copy->place == Place::either &&
                                            !plan_.queues[queue].expires() && !copy->doubled)
                                     : copy->place == Place::home;
    if (wrong_place) fault(queue, id, "was delivered from the wrong queue");
    if (before && !redelivered && !(is_delayed(*shelf) && copy->doubled))
        fault(queue, id, "was delivered again without saying so");
    if (at_home && !before && !is_delayed(*shelf)) check_fresh_order(*shelf, queue, id, *copy);
    before = true;
    copy->at_client = true;
}

// What was never delivered before comes in the order it was published, whatever is requeued.
void Record::check_fresh_order(Shelf& shelf, QueueIndex queue, CopyId id, const Copy& copy) {
    std::uint64_t& next = shelf.next_fresh[copy.level];
    if (id.sequence < next) fault(queue, id, "was delivered after a later one of its source");
    next = std::max(next, id.sequence + 1);
}

void Record::acknowledge_sent(QueueIndex queue, CopyId id) {
    Copy* const copy = find(queue, id);
    if (copy == nullptr) return;  // a fault already
    ++counts_.settled;
    copy->settled = Settled::sent;
    copy->at_client = false;
    journals_[queue].entries.push_back({.id = id});
}

void Record::reject_sent(QueueIndex queue, CopyId id) {
    if (!plan_.queues[queue].dead_letters) {
        acknowledge_sent(queue, id);
        return;
    }
    Copy* const copy = find(queue, id);
    if (copy == nullptr) return;
    ++counts_.settled;
    copy->place = Place::either;
    copy->letters_due = 2;
    copy->at_client = false;
    journals_[queue].entries.push_back({.id = id, .rejected = true});
}

void Record::requeue_sent(QueueIndex queue, CopyId id) {
    if (Copy* const copy = find(queue, id); copy != nullptr) copy->at_client = false;
}

void Record::prove_settled(QueueIndex queue, std::size_t count) {
    Journal& journal = journals_[queue];
    for (; journal.proven < count; ++journal.proven) {
        const Journal::Entry& entry = journal.entries[journal.proven];
        Copy* const copy = find(queue, entry.id);
        if (copy == nullptr) continue;
        ++counts_.proven;
        // A rejected one leaves its queue when its dead letter is safe, which nobody is told.
        if (!entry.rejected) copy->settled = Settled::proven;
    }
}

void Record::server_ended(Nanos now) {
    // What came due so shortly before may not have been settled where it waited, and comes again.
    constexpr double in_flight_seconds_max = 3;
    const Nanos in_flight_since = now - loadgen::to_nanos(in_flight_seconds_max);
    for (Shelf& shelf : shelves_) {
        std::ranges::fill(shelf.next_fresh, 0);
        for (Copy& copy : shelf.copies) {
            copy.at_client = copy.delivered = copy.dead_letter = false;
            if (!copy.persistent) copy.settled = Settled::proven;
            if (copy.delay_ms > 0 && copy.may_wait_at(in_flight_since)) copy.letters_due = 2;
        }
    }
}

std::size_t Record::expected_in(QueueIndex queue) const {
    std::size_t count = 0;
    for (const Shelf& shelf : shelves_) {
        const bool letters = plan_.queues[shelf.home].dead_letters == queue;
        if (shelf.home != queue && !letters) continue;
        const Place sure = letters ? Place::dead_letters : Place::home;
        count +=
            static_cast<std::size_t>(std::ranges::count_if(shelf.copies, [&](const Copy& copy) {
                return copy.must_be_there() && copy.place == sure &&
                       !copy.may_wait_at(verified_at_);
            }));
    }
    return count;
}

}  // namespace crash
