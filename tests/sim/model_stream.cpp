// What a stream does with its log, as plain as can be.
#include <algorithm>

#include "tests/sim/model_queue.h"

namespace warren::sim {

using storage::LoadedEntry;

namespace {

// Notes what a reading brings.
class Reader final : public storage::LoadSink {
public:
    Reader(const EntryLedger& ledger, QueueId id) : ledger_(ledger), id_(id) {}
    void take(const LoadedEntry& entry) override {
        numbers.emplace_back(entry.head.position, ledger_.check(id_, entry));
    }

    std::vector<std::pair<std::uint64_t, EntryNumber>> numbers;

private:
    const EntryLedger& ledger_;
    const QueueId id_;
};

}  // namespace

void ModelQueue::read(std::uint8_t level, std::uint64_t position, Prng& prng) {
    auto expected = paged_[level].lower_bound(position);
    const auto end = paged_[level].end();
    const auto pass_over = [&](std::uint64_t before) {
        for (; expected != end && expected->first < before; ++expected)
            require(ledger_.is_doubtful(id_, expected->second.number),
                    "queue {}: position {} was not read", id_.value, expected->first);
    };
    storage::LogCursor cursor(position);
    bool more = true;
    while (more) {
        Reader reader(ledger_, id_);
        const storage::LoadLimit limit{.entries = static_cast<std::uint32_t>(1 + prng.below(9)),
                                       .bytes = 1 + prng.below(2000)};
        const std::uint64_t before = cursor.position;
        more = log_->read(level, limit, cursor, reader);
        require(!more || cursor.position > before, "queue {}: a reader stands still", id_.value);
        require(reader.numbers.size() <= limit.entries, "queue {}: more was read than wanted",
                id_.value);
        for (const auto& [at, number] : reader.numbers) {
            pass_over(at);
            require(expected != end && expected->first == at && expected->second.number == number,
                    "queue {}: position {} was read out of turn", id_.value, at);
            require(at < cursor.position, "queue {}: a reader stands before what it read",
                    id_.value);
            ++expected;
        }
        // Another place, or the same without a hint.
        if (prng.below(4) == 0) cursor = storage::LogCursor(cursor.position);
    }
    pass_over(UINT64_MAX);
}

void ModelQueue::cut(std::uint64_t through) {
    // Of a damaged row it is not known whether it is cut off, unless all of its run is.
    for (std::uint8_t level = 0; level < level_count; ++level) {
        if (unknown_[level] != 0) through = last_position_;
        for (const auto& [position, entry] : paged_[level])
            if (ledger_.is_doubtful(id_, entry.number)) through = last_position_;
    }
    for (std::uint8_t level = 0; level < level_count; ++level) {
        const auto drop = [&](const auto& item) {
            if (item.first > through) return false;
            ledger_.settle(id_, item.second.number);
            return true;
        };
        std::erase_if(paged_[level], drop);
        std::erase_if(tail_[level], drop);
        if (through == last_position_) unknown_[level] = 0;
    }
    log_->cut(through);
}

}  // namespace warren::sim
