#pragma once
// What a channel has published and been given so far. What it counts, its shard counts at the same
// time. Most channels do only one of the two, and many neither: what they do not count takes no
// memory.
#include <cstdint>
#include <memory>

#include "session/session_traffic.h"

namespace warren::session {

class ChannelTraffic {
public:
    // Outlives it.
    explicit ChannelTraffic(SessionTraffic& shard) : shard_(shard) {}

    void count(std::uint64_t PublishCounters::* what, std::uint64_t messages = 1) {
        made(published_).*what += messages;
        shard_.published.*what += messages;
    }
    void count(std::uint64_t DeliveryCounters::* what, broker::QueueType from,
               std::uint64_t messages = 1) {
        made(delivered_).*what += messages;
        shard_.delivered_from(from).*what += messages;
    }

    // Null if there is nothing to tell.
    const PublishCounters* published() const { return published_.get(); }
    const DeliveryCounters* delivered() const { return delivered_.get(); }

private:
    template <typename Counters>
    static Counters& made(std::unique_ptr<Counters>& counters) {
        if (counters == nullptr) [[unlikely]]
            counters = std::make_unique<Counters>();
        return *counters;
    }

    SessionTraffic& shard_;
    std::unique_ptr<PublishCounters> published_;
    std::unique_ptr<DeliveryCounters> delivered_;
};

}  // namespace warren::session
