#pragma once
// Keys on disk: each is an entry of a log of its own, small, and in memory as well all its life.
// Beside the logs of messages and not inside them, so that keys are found again without reading a
// message, and no level of a queue's log is taken away from its priorities.
//
// The owner keeps the keys; this only knows what the log may still ask for, which is what came
// since the last time it was paged out.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "broker/deduplication/deduplication_key.h"
#include "broker/queue/queue_store.h"
#include "storage/queue_log.h"

namespace warren::broker {

// The log of the keys of the queue or the exchange with that number, which has a number that
// neither has: topologies never count that far.
constexpr QueueId key_log_of(QueueId owner) {
    return {owner.value | (std::uint64_t{1} << 63)};
}

// The key of an entry; none: it is no key.
std::optional<DeduplicationKey> decode_logged_key(ByteView payload);

struct LoggedKey {
    DeduplicationKey key;
    std::uint64_t position = 0;  // rises from entry to entry
    std::int64_t deadline_ms = storage::EntryHead::no_deadline;
};

class KeyLog final : private storage::EntryOwner, private storage::LoadSink {
public:
    using TakeKey = std::function<void(const LoggedKey&)>;

    // What the log holds is handed to `take`, those of a level in the order of positions.
    // `expect(count)` comes before, with the number of keys that are not in the write-ahead log.
    KeyLog(const OpenLog& open_log, const std::function<void(std::uint64_t)>& expect,
           const TakeKey& take);
    KeyLog(const KeyLog&) = delete;

    // Of the entries that the log has ever had, as far as is known.
    std::uint64_t last_position() const { return last_position_; }
    void append(const LoggedKey& key);
    // For every key that was appended or handed to `take`, once.
    void settle(std::uint64_t position);
    // The keys' owner is deleted. Only destruction may follow.
    void remove() { log_->remove(); }

private:
    struct Recent {
        LoggedKey key;
        bool settled = false;
    };

    void collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) override;
    void paged_out(std::uint64_t after, std::uint64_t through,
                   std::vector<storage::EntryPlace>& kept) override;
    // Its message may come a second time: nothing else is lost.
    void lost(std::uint8_t, std::uint64_t, std::uint64_t) override {}
    void take(const storage::LoadedEntry& entry) override;
    template <typename Visitor>
    void for_each_recent(std::uint64_t after, std::uint64_t through, Visitor&& visit);

    const TakeKey* take_ = nullptr;      // while the log is opened
    bool from_runs_ = false;             // while it is: what comes is in runs
    std::vector<std::uint64_t> broken_;  // while it is: positions of what are no keys
    std::deque<Recent> recent_;          // not in runs yet, by position
    std::uint64_t last_position_ = 0;
    std::unique_ptr<storage::QueueLog> log_;
};

}  // namespace warren::broker
