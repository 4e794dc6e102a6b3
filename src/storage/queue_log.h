#pragma once
// The disk side of one queue, on its shard: its messages are appended here, and those that are not
// kept in memory come back from here.
//
// The life of an entry, as seen by the owner (broker/queue):
//
//   resident and logged    append() was called; the owner holds the message. On disk it is in the
//                          write-ahead log only.
//   resident, in a run     the same, after paged_out(), for
//                          messages that the owner still needs to hold (unacknowledged, returned)
//   paged                  in a run only: the owner has forgotten it. Comes back by load().
//   settled                settle() was called: gone.
//
// Paged entries of a level lie between what load() has brought back and what was appended since the
// last paged_out(): a level's order is [loaded head][paged][tail]. Returned messages may lie
// anywhere.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "storage/entry.h"

namespace warren::storage {

// An entry by its place.
struct EntryPlace {
    std::uint8_t level = 0;
    std::uint64_t position = 0;
};

// The queue, as the log engine needs it. Called on the shard, and never from within a call to the
// log, but for lost().
//
// Paging out: collect(), then (the disk has it) paged_out(), with the same bounds. In between the
// queue goes on: an entry that was passed on and has left the queue meanwhile must be settled,
// transient ones too. So: settle what leaves if it was logged, or loaded, or has a position up to
// the last collect()'s `through`. (A settlement of an entry that was never passed on is ignored.)
class EntryOwner {
public:
    // Passes on every entry with a position in (after, through] that it holds and has not settled:
    // persistent ones wherever they are (waiting, returned, unacknowledged); transient ones only if
    // they wait at the tail. Level by level, each level in the order of positions. Entries that
    // came by load() have lower positions and are never asked for again.
    virtual void collect(std::uint64_t after, std::uint64_t through, EntrySink& sink) = 0;
    // What collect() passed on is in runs now. Entries that still wait at the tail with a position
    // in (after, through] are to be forgotten: load() brings them back. Those that it holds
    // elsewhere by now (returned, unacknowledged) are kept, and told, in any order.
    virtual void paged_out(std::uint64_t after, std::uint64_t through,
                           std::vector<EntryPlace>& kept) = 0;
    // So many paged entries cannot be read back (a damaged segment); they count as settled. May
    // come from within load() and load_expiring().
    virtual void lost(std::uint8_t level, std::uint64_t entries, std::uint64_t body_bytes) = 0;
    // False: paged entries are only read and cut off. What finds single ones again is not kept in
    // memory then.
    virtual bool settles_single_entries() const { return true; }

protected:
    ~EntryOwner() = default;
};

// A bound for load(): it stops after the entry that reaches either.
struct LoadLimit {
    std::uint32_t entries = 0;
    std::uint64_t bytes = 0;
};

// A reader's place in a level, for QueueLog::read(). Each reader has its own; to go elsewhere it
// begins with a new one.
struct LogCursor {
    LogCursor() = default;
    explicit LogCursor(std::uint64_t next) : position(next) {}

    std::uint64_t position = 1;  // the next entry wanted has this position or a higher one
    // Where read() has stopped, so that it finds the way on without searching; a hint.
    std::uint64_t segment = 0;  // 0: none
    std::uint32_t place = 0;
    std::uint32_t row = 0;
};

// Of what is paged.
struct PagedFigures {
    std::uint64_t entries = 0;
    std::uint64_t body_bytes = 0;
    std::uint64_t persistent = 0;
    std::uint64_t persistent_body_bytes = 0;
};

class QueueLog {
public:
    virtual ~QueueLog() = default;

    // A new entry; its position is above all others so far. With the next commit it is durable.
    virtual void append(const EntryView& entry) = 0;
    // The entry has left the queue. For every entry once that was appended, or loaded, or spilled.
    virtual void settle(std::uint8_t level, std::uint64_t position) = 0;
    // All paged entries have left the queue (purge).
    virtual void settle_paged() = 0;

    // Of this level.
    virtual std::uint64_t paged_entries(std::uint8_t level) const = 0;
    bool has_paged(std::uint8_t level) const { return paged_entries(level) != 0; }
    virtual const PagedFigures& paged() const = 0;
    // Segment files with entries of the queue that have not been settled.
    virtual std::uint64_t segments() const = 0;
    // No paged entry of this level has a lower position, and most often one has just that; only if
    // has_paged().
    virtual std::uint64_t first_paged(std::uint8_t level) const = 0;
    // The next paged entries of the level are resident from now on.
    virtual void load(std::uint8_t level, const LoadLimit& limit, LoadSink& sink) = 0;
    // No paged entry of any level expires before this (wall clock; no_deadline if none does).
    virtual std::int64_t next_paged_deadline() const = 0;
    // Brings back paged entries that expire at or before that time, out of the order, and perhaps a
    // few that expire soon after; at most `entries` of them. The owner must take them as returned
    // messages. False when none was due.
    virtual bool load_expiring(std::int64_t until_ms, std::uint32_t entries, LoadSink& sink) = 0;
    // Brings back one paged entry, out of the order; the owner must take it as a returned message.
    // False if it is not paged. What cannot be read is lost().
    virtual bool load_entry(const EntryPlace& place, LoadSink& sink) = 0;

    // ---- entries that stay ----
    // Hands over the next paged entries of the level, in order, and leaves them where they are;
    // cursor.position is above them afterwards. Of entries that cannot be read the engine's events
    // hear once; they are passed over. False: none is paged from there on.
    virtual bool read(std::uint8_t level, const LoadLimit& limit, LogCursor& cursor,
                      LoadSink& sink) = 0;
    // Everything with a position up to this one has left the queue, of all levels, paged or not.
    // The owner has none of it that was loaded.
    virtual void cut(std::uint64_t through) = 0;

    // Writes entries that wait at the tail, transient ones too, into runs to free memory; the owner
    // hears of it by collect() now and paged_out() some time later. Positions up to `through`.
    virtual void spill(std::uint64_t through) = 0;

    // Nothing is kept of this queue and nothing is under way: if its owner has nothing either, the
    // log may be destroyed, and opened anew later to go on above all positions that it has seen.
    virtual bool at_rest() const = 0;

    // The queue is deleted: everything of it is forgotten, on disk too. Only destruction may
    // follow. (Destruction alone, at the end of the process, leaves the disk as it is.)
    virtual void remove() = 0;
};

}  // namespace warren::storage
