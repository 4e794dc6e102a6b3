#pragma once
// What a queue tells about itself: plain numbers, taken at one moment on its shard. Management,
// metrics and logs are views of this; counters only rise while the queue lives.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "broker/queue/queue_ages.h"
#include "broker/queue/queue_commands.h"

namespace warren::broker {

struct QueueCounters {
    std::uint64_t published = 0;   // taken from publishers
    std::uint64_t refused = 0;     // not taken: reject-publish
    std::uint64_t duplicates = 0;  // not taken: one with the same key was here
    std::uint64_t delivered = 0;   // to consumers that acknowledge
    std::uint64_t delivered_auto_ack = 0;
    std::uint64_t got = 0;  // basic.get with acknowledgement
    std::uint64_t got_auto_ack = 0;
    std::uint64_t got_empty = 0;
    std::uint64_t redelivered = 0;  // of the four above, those handed out before
    std::uint64_t acked = 0;
    std::uint64_t requeued = 0;
    std::uint64_t rejected = 0;
    std::uint64_t expired = 0;
    std::uint64_t dropped = 0;        // by a length limit
    std::uint64_t dead_lettered = 0;  // of rejected, expired, dropped, refused and duplicates: sent
                                      // to the dead-letter exchange
    std::uint64_t sent_on = 0;        // their delay has passed
    std::uint64_t purged = 0;
    std::uint64_t lost = 0;  // could not be read back from disk
    // ---- of classic queues ----
    std::uint64_t disk_reads = 0;   // messages that have come back from the log
    std::uint64_t disk_writes = 0;  // that went there
};

struct PriorityCount {
    std::uint8_t priority = 0;
    std::uint64_t messages = 0;

    friend bool operator==(const PriorityCount&, const PriorityCount&) = default;
};

// Where the Raft group of a quorum queue is. With one voter an entry is applied when it is
// committed, and committed when it is on the disk.
struct RaftFigures {
    std::uint64_t term = 0;
    std::uint64_t last_index = 0;  // of entries, written or on their way
    std::uint64_t commit_index = 0;
    // From the turn of an entry with messages until it was committed; of the newest one.
    std::uint64_t commit_latency_ms = 0;
    // Files with what has gone out of the log of all queues and is still in this one.
    std::uint64_t segments = 0;
};

// The delivery that has been unacknowledged for the longest time.
struct OldestUnacked {
    std::int64_t age_ms = 0;
    ConsumerId holder;  // number 0: taken by basic.get
    std::string consumer_tag;
};

struct QueueStats {
    std::uint64_t ready = 0;
    std::uint64_t unacked = 0;
    std::uint64_t ready_bytes = 0;  // of bodies
    std::uint64_t unacked_bytes = 0;
    std::uint64_t persistent = 0;  // messages, ready and unacked, with delivery-mode 2
    std::uint64_t persistent_bytes = 0;
    std::uint64_t paged = 0;        // of ready: on disk only
    std::uint64_t paged_bytes = 0;  // of their bodies
    // Messages that have died here, have left the queue, and are not known to be safe where they
    // were sent.
    std::uint64_t letters = 0;
    // ---- of quorum queues ----
    std::uint64_t unconfirmed = 0;  // taken from publishers, and not committed yet
    std::uint64_t returned = 0;     // of ready: they have come back
    std::uint64_t delayed = 0;      // returned, and not to be delivered again for a while
    std::uint64_t delayed_bytes = 0;
    std::uint64_t assured_letters = 0;  // dead, and kept here until they are safe elsewhere
    std::uint64_t assured_letter_bytes = 0;
    std::vector<PriorityCount> ready_by_priority;  // lowest first; not what has come back
    RaftFigures raft;
    // ---- of streams ----
    std::uint64_t segments = 0;
    std::optional<std::uint64_t> committed_offset;  // the last one that can be read
    std::optional<std::int64_t> first_timestamp_ms;
    std::optional<std::uint64_t> offset_lag_max;  // of the reader that is furthest behind
    // x-deduplication-headers of messages that it holds, if it looks for duplicates.
    std::uint64_t keys = 0;
    // Messages with their envelopes, and the queue's own entries for them.
    std::uint64_t memory_bytes = 0;
    std::uint64_t consumers = 0;
    std::uint64_t consumers_able = 0;  // could take a message now
    std::optional<ConsumerId> single_active_consumer;
    bool exclusive_consumer = false;
    std::string sole_consumer_tag;  // of the single active consumer, or of the exclusive one
    // Of the queue of a delayed exchange: nothing is due before this.
    Instant next_due = Instant::never();
    Instant last_active;  // last turn with something to do, or basic.get
    QueueCounters counters;
    // ---- ages (not of streams) ----
    std::optional<std::int64_t> oldest_ready_ms;
    std::optional<OldestUnacked> oldest_unacked;
    AgeCounts ages;
    // The property of the message that would be delivered next, in seconds, if it is in memory.
    std::optional<std::uint64_t> head_timestamp_s;
};

// Deliveries and gets: what the histogram of waiting times is of.
inline std::uint64_t handed_out(const QueueCounters& counters) {
    return counters.delivered + counters.delivered_auto_ack + counters.got + counters.got_auto_ack;
}
// What was unacknowledged and is not any more: what the histogram of held times is of.
inline std::uint64_t settled(const QueueCounters& counters) {
    return counters.acked + counters.rejected + counters.requeued;
}

// One consumer, for listings.
struct ConsumerStats {
    const ConsumerSpec& spec;
    std::uint32_t unacked = 0;
    bool active = false;  // false: waits behind the single active consumer
};

}  // namespace warren::broker
