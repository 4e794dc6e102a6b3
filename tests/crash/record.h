#pragma once
// The outside record: what clients were promised, and what must therefore hold after a restart.
// README.md says in words what is demanded and why. Everything that contradicts it is a fault.
//
// A copy is one message in one of the queues it was published to; its home is that queue. Calls
// name the queue in which something happens: the home, or the home's dead-letter queue.
#include <deque>
#include <string>
#include <vector>

#include "clock.h"
#include "copy.h"
#include "faults.h"
#include "message.h"
#include "plan.h"
#include "stream_record.h"

namespace crash {

using loadgen::Nanos;

struct RecordCounts {
    std::uint64_t published = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t delivered = 0;
    std::uint64_t settled = 0;
    std::uint64_t proven = 0;
    std::uint64_t verified = 0;  // copies that a verification has found where they must be
    std::uint64_t doubled = 0;   // copies that a kill has caught on their way
};

class Record {
public:
    Record(const Plan& plan, Faults& faults);

    // ---- publishers ----
    void published(const Message& message, Nanos now);
    void confirmed(CopyId id, Nanos now);
    void refused(CopyId id);

    // ---- consumers ----
    // Something was delivered, to whomever: nothing comes before its delay is over.
    void arrived(QueueIndex queue, CopyId id, Nanos now);
    void delivered(QueueIndex queue, const Message& message, bool redelivered);
    void acknowledge_sent(QueueIndex queue, CopyId id);
    void reject_sent(QueueIndex queue, CopyId id);
    void requeue_sent(QueueIndex queue, CopyId id);
    // Of what was acknowledged and rejected in a queue so far; for prove_settled().
    std::size_t settlements(QueueIndex queue) const { return journals_[queue].entries.size(); }
    // The server has written down the first `count` of them.
    void prove_settled(QueueIndex queue, std::size_t count);

    // ---- the server's end ----
    // Whatever was at a client is back in its queue, and transient messages are gone.
    void server_ended(Nanos now);

    // ---- verification ----
    // What is due by now must come.
    void begin_verification(Nanos now) { verified_at_ = now; }
    // Everything that a queue holds, in the order it was delivered.
    void verify_contents(QueueIndex queue, const std::vector<CopyId>& contents);
    // After all queues: compares, and takes what was found as what must be there from now on.
    void finish_verification();

    // Copies that must be in the queue.
    std::size_t expected_in(QueueIndex queue) const;
    void verify_stream(QueueIndex stream, std::uint64_t begin,
                       const std::vector<StreamEntry>& contents) {
        counts_.verified += streams_.verify(stream, begin, contents);
    }
    StreamRecord& streams() { return streams_; }
    const RecordCounts& counts() const { return counts_; }

private:
    // The copies of one source in one of its queues.
    struct Shelf {
        SourceIndex source = 0;
        QueueIndex home = 0;
        std::uint64_t first = 0;  // sequence number of copies.front()
        std::deque<Copy> copies{};
        std::vector<std::uint64_t> next_fresh;  // by level: deliveries so far were below this
        Copy* find(std::uint64_t sequence);
    };
    struct Journal {
        struct Entry {
            CopyId id;
            bool rejected = false;
        };
        std::vector<Entry> entries;
        std::size_t proven = 0;
    };

    std::uint8_t level_in(QueueIndex queue, const Message& message) const;
    Shelf* shelf_of(QueueIndex queue, SourceIndex source);
    Copy* find(QueueIndex queue, CopyId id);
    void fault(QueueIndex queue, CopyId id, const std::string& what);
    void note_doubled(Copy& copy) {
        counts_.doubled += !copy.doubled;
        copy.doubled = true;
    }
    bool is_delayed(const Shelf& shelf) const {
        return plan_.sources[shelf.source].delay_ms_max > 0;
    }
    void check_fresh_order(Shelf& shelf, QueueIndex queue, CopyId id, const Copy& copy);
    void note_seen(QueueIndex queue, CopyId id, Copy& copy);
    void check_order(QueueIndex queue, const std::vector<CopyId>& contents);
    void check_ranks(QueueIndex queue, const std::vector<CopyId>& contents);
    void check_presence(const Shelf& shelf, std::uint64_t sequence, const Copy& copy);
    void check_unconfirmed(const Shelf& shelf);
    void take_over(Shelf& shelf);

    const Plan& plan_;
    Faults& faults_;
    StreamRecord streams_;
    std::vector<Shelf> shelves_;
    std::vector<Journal> journals_;
    std::uint64_t last_rank_ = 0;
    Nanos verified_at_ = 0;
    RecordCounts counts_;
};

}  // namespace crash
