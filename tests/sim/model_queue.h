#pragma once
// A queue as plain as can be, on a QueueLog: does what the broker's queue may do with its log, at
// any moment and in any order, and knows at all times what the log must say.
//
// A message lies in one of these; those of a level in this order:
//
//   returned   put back by a consumer, or brought back because it expires; anywhere in the order
//   head       loaded
//   paged      only the log has it
//   tail       appended since
//   unacked    with a consumer
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/prng.h"
#include "storage/log_engine.h"
#include "storage/queue_log.h"
#include "tests/sim/entry_ledger.h"

namespace warren::sim {

class ModelQueue final : public storage::EntryOwner {
public:
    static constexpr std::uint8_t level_count = 3;
    // Begins with its number.
    using Body = std::shared_ptr<const std::string>;
    // What is not said of an entry.
    struct Publication {
        storage::EntryHead head;  // the position is the queue's to give
        std::size_t payload_bytes = 16;
        Body body;  // null: none is stored apart
    };
    struct Message {
        EntryNumber number = 0;
        storage::EntryHead head;
        std::string payload;
        Body body;
        bool logged = false;  // appended, or passed on and loaded again
    };
    // What is paged, in order of levels and positions.
    struct PagedEntry {
        EntryNumber number = 0;
        storage::EntryHead head;
    };
    using Paged = std::array<std::map<std::uint64_t, PagedEntry>, level_count>;

    ModelQueue(QueueId id, EntryLedger& ledger) : id_(id), ledger_(ledger) {}

    QueueId id() const { return id_; }
    storage::QueueLog& log() { return *log_; }
    const storage::LogEngine::Restored& restored() const { return restored_; }

    // What the log has, its restored tail apart, is not known then.
    void attach(storage::LogEngine& engine);
    // The process is gone; what was known of the queue stays to be looked at.
    void detach() { log_.reset(); }
    // Brings all back that is paged; for a queue that was just attached, without knowing what.
    void load_all();
    // Numbers of all that it holds, paged or not.
    std::set<EntryNumber> numbers() const;
    // All that is held by an equal queue that has loaded everything: what is not at the tail of
    // this one must be paged.
    void expect_paged(const ModelQueue& loaded);

    // ---- what users do ----
    std::uint64_t publish(const Publication& publication);
    // The next message of that level goes to a consumer; none: there is none.
    std::optional<std::uint64_t> deliver(std::uint8_t level);
    std::vector<std::uint64_t> unacked() const;
    const Message& unacked(std::uint64_t position) const { return unacked_.at(position); }
    void settle(std::uint64_t position);   // an unacked one
    void requeue(std::uint64_t position);  // an unacked one
    // Some message that waits leaves without having been delivered (expired, dropped).
    void drop_ready(Prng& prng);
    void purge();
    void expire(std::int64_t now_ms, std::uint32_t most);
    void spill(std::uint64_t through);
    void remove();
    // Everything is delivered and settled.
    void drain();
    // ---- of a stream: entries stay where they are until they are cut off ----
    static bool is_stream(QueueId id) { return id.value % 5 == 0; }
    bool is_stream() const { return is_stream(id_); }
    // What is paged of that level from that position on is read, in pieces, and found right.
    void read(std::uint8_t level, std::uint64_t position, Prng& prng);
    void cut(std::uint64_t through);

    void load(std::uint8_t level, const storage::LoadLimit& limit);
    std::size_t size() const;
    std::uint64_t last_position() const { return last_position_; }
    // What the log says agrees with what was done.
    void check() const;

    // ---- EntryOwner ----
    void collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) override;
    void paged_out(std::uint64_t after, std::uint64_t through,
                   std::vector<storage::EntryPlace>& kept) override;
    void lost(std::uint8_t level, std::uint64_t entries, std::uint64_t body_bytes) override;
    bool settles_single_entries() const override { return !is_stream(); }

private:
    using Messages = std::map<std::uint64_t, Message>;
    class Loader;

    Message message_of(const storage::LoadedEntry& entry) const;
    void leave(const Message& message);
    Messages* next_place(std::uint8_t level);
    void drop_damaged(std::uint8_t level);
    std::size_t paged_count(std::uint8_t level) const;

    const QueueId id_;
    EntryLedger& ledger_;
    std::unique_ptr<storage::QueueLog> log_;
    storage::LogEngine::Restored restored_;
    std::array<Messages, level_count> returned_;
    std::array<Messages, level_count> head_;
    std::array<Messages, level_count> tail_;
    Messages unacked_;
    Paged paged_;
    std::uint64_t last_position_ = 0;
    std::uint64_t collected_through_ = 0;
    std::uint64_t lost_entries_ = 0;
    // So many more paged entries than paged_ says, or fewer: damaged ones that could not be read at
    // the start are not known, and of one that is lost it is not known which it was until one
    // behind it comes.
    std::array<std::int64_t, level_count> unknown_{};
};

}  // namespace warren::sim
