#pragma once
// The queue's side of its log: messages become entries here and entries messages. A queue has one
// only if it has a log. Holds no messages.
//
// What is marked `logged` is known to the log: appended, or passed on at the tail, or come back.
// It must be settled, once, when it leaves the queue.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "broker/queue/holdings.h"
#include "broker/queue/message_measure.h"
#include "broker/queue/queue_host.h"
#include "broker/queue/ready_message.h"
#include "storage/log_engine.h"
#include "storage/queue_log.h"

namespace warren::broker {

struct QuorumLedger;

// Opens a queue's log: LogEngine::attach() for that queue.
using OpenLog = std::function<std::unique_ptr<storage::QueueLog>(
    storage::EntryOwner& owner, storage::LoadSink& restore,
    storage::LogEngine::Restored& restored)>;

struct QueueStoreOptions {
    // Bodies of this size or more are stored apart from their messages, once for all queues
    // (queue_index_embed_msgs_below).
    std::uint64_t embed_bytes_max = 4096;
};

class QueueStore {
public:
    using TakeMessage = std::function<void(ReadyMessage&&)>;

    // All that is referred to outlives it; `holdings` are the queue's, and what comes back enters
    // them. `ledger` takes what is no message; null: a classic queue has messages only.
    QueueStore(const QueueMachine& queue, QueueHost& host, Holdings& holdings, QuorumLedger* ledger,
               QueueStoreOptions options);

    // Before anything else. What was logged and is not in runs is handed to `take`.
    storage::LogEngine::Restored open(const OpenLog& open_log, storage::EntryOwner& owner,
                                      const TakeMessage& take);
    storage::QueueLog& log() { return *log_; }
    const storage::QueueLog& log() const { return *log_; }
    // Messages up to this position may have been delivered before the log was opened.
    std::uint64_t redelivered_through() const { return redelivered_through_; }

    // Messages that could not be brought back, since the log was opened.
    std::uint64_t lost_messages() const { return lost_; }
    void count_lost(std::uint64_t messages) { lost_ += messages; }
    // Messages that have gone to the log, and come back from it, since it was opened.
    std::uint64_t written_messages() const { return written_; }
    std::uint64_t read_messages() const { return read_; }
    void count_written(std::uint64_t messages) { written_ += messages; }

    // The message is to survive a restart.
    bool keeps(const Message& message) const {
        return durable_ && (ledger_ != nullptr || delayed_ || message.traits().persistent);
    }

    // ---- on the way to disk ----
    void append(ReadyMessage& ready);
    // Passes on a message that the queue holds, wherever it does.
    struct Place {
        std::uint64_t position = 0;
        Instant deadline = Instant::never();
        std::uint8_t level = 0;
    };
    void pass_on(const Message& message, const Place& place, storage::EntrySink& sink) const;
    // The message is in a run and about to be forgotten.
    void leaves_memory(const Message& message) { holdings_.leave(message); }

    // ---- on the way back; entries that are no messages are reported, settled and gone ----
    // The next messages of the level, in order: a bounded number.
    void load(std::uint8_t level, const TakeMessage& take);
    // Paged messages that expire at or before `until`, and perhaps some that follow. False if none
    // was due.
    bool load_expiring(Instant until, const TakeMessage& take);
    // A paged message out of the order, if it is there.
    void load_entry(const storage::EntryPlace& place, const TakeMessage& take);
    // Paged messages of the level above that position, in order, at most so many; they stay where
    // they are. What cannot be read is passed over. Returns how far it has come; UINT64_MAX: there
    // is nothing behind.
    std::uint64_t peek(std::uint8_t level, std::uint64_t after, std::uint32_t most,
                       const TakeMessage& take) const;
    // All that is paged of a level that has no messages.
    void load_ledger_level(std::uint8_t level);
    // No paged message expires before this.
    Instant next_paged_deadline() const;

private:
    class Decoder;
    class Viewer;
    // One load() ends with the entry that reaches either.
    static constexpr storage::LoadLimit load_limit{.entries = 1024, .bytes = 256u << 10};

    storage::EntryHead head_of(const Message& message, const Place& place) const;
    Result<ReadyMessage, std::string> decode(const storage::LoadedEntry& entry) const;
    void settle_broken(const std::vector<storage::EntryHead>& broken);

    const QueueMachine& queue_;
    QueueHost& host_;
    Holdings& holdings_;
    QuorumLedger* ledger_;
    QueueStoreOptions options_;
    bool durable_;
    bool delayed_;  // the queue keeps whatever waits in it
    MessageMeasure measure_;
    std::unique_ptr<storage::QueueLog> log_;
    std::uint64_t redelivered_through_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t read_ = 0;
};

}  // namespace warren::broker
