// The part of Record that compares what a restarted server holds with what it must hold.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "record.h"

namespace crash {
namespace {

constexpr unsigned levels = 256;

}  // namespace

void Record::verify_contents(QueueIndex queue, const std::vector<CopyId>& contents) {
    std::vector<CopyId> known;
    for (const CopyId id : contents) {
        Copy* const copy = find(queue, id);
        if (copy == nullptr) {
            fault(queue, id, "is there and was settled long ago, or never published");
            continue;
        }
        note_seen(queue, id, *copy);
        known.push_back(id);
    }
    if (!plan_.queues[queue].keeps_order()) return;
    check_ranks(queue, known);
    check_order(queue, known);
}

void Record::note_seen(QueueIndex queue, CopyId id, Copy& copy) {
    const Shelf& shelf = *shelf_of(queue, id.source);
    const bool at_home = shelf.home == queue;
    const bool elsewhere = copy.seen && copy.seen_as_dead_letter == at_home;
    // A message that dies leaves one log and enters another: a kill between the two may leave it in
    // both, and what was settled in the second may die once more.
    const bool two_logs = plan_.queues[shelf.home].expires() || copy.place == Place::either;
    // What has no certain answer to its dead letter publishes it again.
    const bool repeatable =
        plan_.queues[shelf.home].expires() || copy.letters_due > 0 || copy.doubled;
    const bool delayed = is_delayed(shelf);
    const bool repeated = copy.seen && !elsewhere && (!at_home || delayed) && repeatable;
    if (copy.seen && !(elsewhere && two_logs) && !repeated) fault(queue, id, "is there twice");
    if (copy.refused) fault(queue, id, "is there and was refused");
    if (copy.settled == Settled::proven && !copy.persistent)
        fault(queue, id, "is there after a restart and was transient");
    else if (copy.settled == Settled::proven && !two_logs && !copy.doubled &&
             !(delayed && repeatable))
        fault(queue, id, "is there and was settled for certain");
    if (copy.place == (at_home ? Place::dead_letters : Place::home))
        fault(queue, id, "is in the wrong queue");
    if (copy.seen_as_dead_letter == at_home) copy.rank = 0;
    if (elsewhere || repeated) note_doubled(copy);
    copy.seen = true;
    copy.seen_as_dead_letter = !at_home;
    (at_home ? copy.delivered : copy.dead_letter) = true;
}

// What an earlier verification saw keeps its order for good, ahead of all that came later. Not so
// where messages expire: they may do that anew after each kill.
void Record::check_ranks(QueueIndex queue, const std::vector<CopyId>& contents) {
    std::array<std::uint64_t, levels> highest{};
    std::array<bool, levels> newcomers{};
    for (const CopyId id : contents) {
        const Shelf& shelf = *shelf_of(queue, id.source);
        if (plan_.queues[shelf.home].expires()) continue;
        Copy& copy = *find(queue, id);
        if (copy.doubled) continue;
        const std::uint8_t level = shelf.home == queue ? copy.level : 0;
        if (copy.rank == 0) {
            newcomers[level] = true;
        } else {
            if (newcomers[level]) fault(queue, id, "stands behind later ones");
            if (copy.rank < highest[level]) fault(queue, id, "has lost its place");
            highest[level] = std::max(highest[level], copy.rank);
        }
        copy.rank = ++last_rank_;
    }
}

// At home, higher priorities stand first; then each source's messages stand in its order; and what
// was confirmed before another was sent, by whichever source, stands ahead of it.
void Record::check_order(QueueIndex queue, const std::vector<CopyId>& contents) {
    std::map<std::pair<SourceIndex, unsigned>, std::uint64_t> last_of_source;
    std::array<Nanos, levels> last_sent{};
    unsigned level = levels;
    for (const CopyId id : contents) {
        const Shelf& shelf = *shelf_of(queue, id.source);
        if (shelf.home != queue) continue;  // dead letters stand in the order in which they died
        const Copy& copy = *find(queue, id);
        if (copy.level > level) fault(queue, id, "stands behind a lower priority");
        level = copy.level;
        std::uint64_t& last = last_of_source[{id.source, copy.level}];
        if (id.sequence < last) fault(queue, id, "stands behind a later one of its source");
        last = id.sequence;
        if (copy.confirmed_at != 0 && copy.confirmed_at < last_sent[copy.level])
            fault(queue, id, "stands behind one that was sent after its confirm");
        last_sent[copy.level] = std::max(last_sent[copy.level], copy.sent_at);
    }
}

void Record::finish_verification() {
    for (Shelf& shelf : shelves_) {
        std::uint64_t sequence = shelf.first;
        for (const Copy& copy : shelf.copies)
            check_presence(shelf, sequence++, copy);
        check_unconfirmed(shelf);
        take_over(shelf);
    }
    for (Journal& journal : journals_)
        journal = {};
}

void Record::check_presence(const Shelf& shelf, std::uint64_t sequence, const Copy& copy) {
    if (copy.seen) ++counts_.verified;
    if (!copy.must_be_there() || copy.seen || copy.refused || copy.may_wait_at(verified_at_))
        return;
    fault(shelf.home, {shelf.source, sequence},
          copy.confirmed_at != 0 ? "was confirmed and is lost"
                                 : "was there after an earlier restart and is lost");
}

// The log has one order: an unconfirmed message survives only if those that its source sent before
// do. Where publishes may be refused, the refusal may have been lost instead.
void Record::check_unconfirmed(const Shelf& shelf) {
    if (plan_.queues[shelf.home].length_max > 0 || is_delayed(shelf)) return;
    bool lost = false;
    std::uint64_t sequence = shelf.first;
    for (const Copy& copy : shelf.copies) {
        const CopyId id{shelf.source, sequence++};
        if (copy.confirmed || copy.settled != Settled::no || !copy.persistent) continue;
        if (copy.seen && lost) fault(shelf.home, id, "has survived, and an earlier one has not");
        lost = lost || !copy.seen;
    }
}

void Record::take_over(Shelf& shelf) {
    for (Copy& copy : shelf.copies) {
        const bool there = copy.seen;
        const bool waits = !there && copy.settled == Settled::no && copy.may_wait_at(verified_at_);
        if (copy.letters_due > 0) --copy.letters_due;
        if (waits) continue;
        copy.confirmed = there;
        copy.settled = there ? Settled::no : Settled::proven;
        if (there && !plan_.queues[shelf.home].expires())
            copy.place = copy.doubled               ? Place::either
                         : copy.seen_as_dead_letter ? Place::dead_letters
                                                    : Place::home;
        copy.doubled = copy.doubled && there;
        copy.seen = false;
    }
    const auto gone = [](const Copy& copy) {
        return copy.settled == Settled::proven && copy.letters_due == 0;
    };
    while (!shelf.copies.empty() && gone(shelf.copies.front())) {
        shelf.copies.pop_front();
        ++shelf.first;
    }
}

}  // namespace crash
