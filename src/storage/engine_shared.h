#pragma once
// What the parts of one shard's log engine have in common.
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "storage/group_commit.h"
#include "storage/log_engine.h"
#include "storage/log_files.h"
#include "storage/log_records.h"
#include "storage/segment_store.h"

namespace warren::storage {

class StoredQueue;

// Bodies that were logged in this turn, by address, so that a message that goes to ten queues is
// logged with one body. An address is good for one turn, and only until something leaves a queue:
// after that another body may lie there.
class TurnBodies {
public:
    // The number of a body record in the batch, which is added if this body has none yet.
    std::uint64_t number_of(ByteView body, WalBatch& batch) {
        const auto [found, is_new] = numbers_.try_emplace(body.data(), last_ + 1);
        if (is_new) add_body(batch, ++last_, body);
        return found->second;
    }
    void forget() {
        if (!numbers_.empty()) numbers_.clear();
    }

private:
    std::unordered_map<const std::byte*, std::uint64_t> numbers_;
    std::uint64_t last_ = 0;
};

struct EngineShared {
    GroupCommit& commit;
    LogFiles& files;
    SegmentStore& segments;
    EngineEvents& events;
    TurnBodies bodies{};
    // Queues with settlements that are not in the batch yet.
    std::vector<StoredQueue*> settling{};
    // Queues that asked to be spilled, and how far.
    // How far each of these queues is to be written out of memory.
    std::map<QueueId, std::uint64_t> spills{};
    bool appended = false;  // in this turn
    struct {
        std::uint64_t segments = 0;
        std::uint64_t entries = 0;
        std::uint64_t bytes = 0;
    } retired{};  // from log and memory into segments, since the start

    // The batch that has the last of all settlements so far.
    CommitNumber settled_by() const {
        const bool all_closed = commit.gathering().empty() && settling.empty();
        return commit.gathering_number() - (all_closed ? 1 : 0);
    }
    // What was settled with that batch stays settled, whatever happens. On a full disk that is
    // taken for granted: room may come of nothing else.
    bool is_safe(CommitNumber batch) const {
        return commit.durable_through() >= batch || commit.state() == EngineState::disk_full;
    }
};

}  // namespace warren::storage
