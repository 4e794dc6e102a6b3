#pragma once
// The stream: a queue that keeps what it is given until retention removes it, and that consumers
// read without taking. A machine on one shard without threads, sockets or clocks.
//
// Life of a message: publish() gives it the next offset; at the end of the turn what has come
// becomes a batch, which goes to the log (log_pending()) and to the tail in memory. Once the log
// has it safe (committed()), readers may see it: confirmed and readable are the same. Later the log
// moves it to a segment and the tail forgets it; readers who are further back read from there, in
// blocks that they share. Retention removes whole segments of the stream from the front.
//
// A stream without a log is in memory only, and readable at once.
//
// Parts, one idea each: StreamTail (the newest messages), ChunkIndex (where everything is, and
// retention), BlockCache (messages as they are delivered), Readers (windows). This class joins
// them. RabbitMQ's chunk is called a batch here, because our chunks hold many.
//
// Invariants: nothing is delivered at or above committed_end_. Offsets have no gaps, but for
// messages that a damaged disk has lost. Between the end of the last chunk and next_offset_ lies
// what has come in this turn.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/shard_bound.h"
#include "broker/queue/queue_machine.h"
#include "broker/stream/block_cache.h"
#include "broker/stream/chunk_index.h"
#include "broker/stream/readers.h"
#include "broker/stream/stream_tail.h"

namespace warren::broker {

class StreamQueue final : public QueueMachine, private storage::EntryOwner {
public:
    // The host must outlive the stream.
    StreamQueue(QueueId id, std::string vhost, std::string name, QueueSettings settings,
                QueueHost& host);
    ~StreamQueue() override;

    // ---- QueueMachine ----
    void attach(const OpenLog& open_log, QueueStoreOptions options) override;
    bool has_log() const override { return log_ != nullptr; }
    void apply(QueueCommandBody&& command) override;
    // Never refused, and kept whatever its delivery mode.
    void publish(MessageRef message, const ConfirmTicket& ticket) override;
    void work() override;
    void on_timer() override;
    std::uint64_t log_pending() override;
    void committed(std::uint64_t mark) override;
    void letter_done(std::uint64_t, LetterOutcome) override {}
    void spill() override;
    void update_settings(QueueSettings settings) override;
    void shut_down() override;
    bool free_some() override { return true; }
    // Deliveries of a stream are never marked as repeated.
    std::uint64_t delivered_through() override { return 0; }
    QueueStats stats() const override;
    std::uint64_t resident_bytes() const override { return tail_.bytes(); }
    void check_invariants() override;

    // ---- views ----
    // Of what can be read: the first offset, and the one behind the last.
    std::uint64_t first_offset() const { return chunks_.first_offset(); }
    std::uint64_t end_offset() const { return committed_end_; }
    void visit_consumers(const ConsumerId& after, const ConsumerVisitor& visit) const override {
        readers_.for_each_behind(after, [&](const Reader& reader) {
            return visit(ConsumerStats{reader.spec, reader.unacked, true});
        });
    }

private:
    class Restorer;
    // How much of a turn is left: deliveries, and readings of the log.
    struct Budget {
        std::size_t messages = 0;
        std::size_t readings = 0;
    };

    // ---- storage::EntryOwner (stream_storage.cpp) ----
    void collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) override;
    void paged_out(std::uint64_t after, std::uint64_t through,
                   std::vector<storage::EntryPlace>& kept) override;
    void lost(std::uint8_t level, std::uint64_t entries, std::uint64_t body_bytes) override;
    bool settles_single_entries() const override { return false; }

    // ---- commands ----
    void consume(Consume&& command);
    void settle(const Settle& command);
    void credit(const Credit& command);
    void remove(const Delete& command);
    void peek(const Peek& command);

    // stream_storage.cpp
    void seal_pending();
    void seal_batch(std::span<MessageRef> messages);
    void log_batch(const StreamTail::Batch& batch);
    void close_chunk();
    void retain();
    void arm_timer();
    void report(const std::string& what);

    // stream_restore.cpp
    void restore_chunks(std::vector<Chunk>&& chunks);
    void restore_open_chunk();
    void restore_batch(const BatchSummary& batch);

    // stream_delivery.cpp
    void serve_readers();
    bool serve(Reader& reader, Budget& budget, std::size_t most);
    // False: the rest of the block is of no interest to it.
    void gather(Reader& reader, const Block& block, std::size_t most);
    void pass_over_chunks(Reader& reader) const;
    // The block with that offset, which is committed. Null: there is no reading left.
    const Block* block_at(std::uint64_t offset, Budget& budget);
    void fill_from_tail(Block& block, std::uint64_t end);
    void fill_from_log(Block& block, std::uint64_t end);

    // stream_offsets.cpp: where a reader begins
    std::uint64_t resolve(const StreamOffset& offset);
    std::uint64_t last_batch() const;
    std::uint64_t batch_of_time(std::int64_t timestamp_ms);

    void ask_turn();

    ShardBound home_;
    std::unique_ptr<storage::QueueLog> log_;
    QueueStoreOptions options_;
    ChunkIndex chunks_;
    StreamTail tail_;
    BlockCache cache_;
    Readers readers_;
    std::vector<MessageRef> pending_;  // has come in this turn

    std::uint64_t next_offset_ = 0;  // of the next message to come
    std::uint64_t next_position_ = 1;
    std::uint64_t committed_end_ = 0;
    bool turn_asked_ = false;
    bool log_asked_ = false;
    bool retention_due_ = false;
    bool leaving_ = false;  // request_delete was called, or shut_down()
    Instant timer_ = Instant::never();
    Instant last_active_;
    std::uint64_t lost_ = 0;
    std::string header_scratch_;
    QueueCounters counters_;
};

}  // namespace warren::broker
