#pragma once
// Returned messages of a quorum queue that are not to be delivered again before some time
// (x-delayed-retry-type), the earliest first. They count for length limits, and are not ready.
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ensure.h"
#include "broker/queue/ready_message.h"

namespace warren::broker {

class DelayedReturns {
public:
    bool empty() const { return waiting_.empty(); }
    std::uint64_t count() const { return waiting_.size(); }
    std::uint64_t bytes() const { return bytes_; }
    // Never when there is none.
    Instant next_due() const {
        return waiting_.empty() ? Instant::never() : waiting_.begin()->first.first;
    }

    void add(Instant due, ReadyMessage&& ready) {
        bytes_ += ready.body_bytes;
        const Key key{due, ready.position};
        const bool added = waiting_.emplace(key, std::move(ready)).second;
        ENSURE(added);
    }
    std::optional<ReadyMessage> take_due(Instant now) {
        if (next_due() > now) return std::nullopt;
        return take_first();
    }
    ReadyMessage take_first() {
        auto node = waiting_.extract(waiting_.begin());
        bytes_ -= node.mapped().body_bytes;
        return std::move(node.mapped());
    }

    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const auto& [key, ready] : waiting_)
            visit(ready);
    }

private:
    using Key = std::pair<Instant, std::uint64_t>;  // due, position

    std::map<Key, ReadyMessage> waiting_;
    std::uint64_t bytes_ = 0;
};

}  // namespace warren::broker
