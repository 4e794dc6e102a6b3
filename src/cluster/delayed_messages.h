#pragma once
// Messages that wait at an exchange of type x-delayed-message, soonest first, equal times in order
// of arrival. In memory.
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "broker/message.h"

namespace warren::cluster {

struct DelayedMessage {
    std::string vhost;
    std::string exchange;  // where it waits, and goes on from when due
    broker::MessageRef message;
    std::vector<std::string> extra_keys;
};

class DelayedMessages {
public:
    void add(Instant due, DelayedMessage message) {
        waiting_.emplace(std::pair(due, ++arrivals_), std::move(message));
    }
    Instant next() const {
        return waiting_.empty() ? Instant::never() : waiting_.begin()->first.first;
    }
    bool has_due(Instant now) const { return next() <= now; }
    // Only when has_due().
    DelayedMessage take() { return std::move(waiting_.extract(waiting_.begin()).mapped()); }
    std::size_t size() const { return waiting_.size(); }

private:
    std::map<std::pair<Instant, std::uint64_t>, DelayedMessage> waiting_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace warren::cluster
