#pragma once
// What has been published through each exchange on one shard since the exchange was first used
// there, and to which queues it went: for management and metrics. Channels count into it directly,
// with plain additions; an exchange or a queue that is deleted is forgotten, but for what it adds
// to its vhost.
//
// Bounded: ways from an exchange to a queue are counted one by one up to a number of them, those
// beyond only in their exchange's sum.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "broker/topology/records.h"
#include "session/session_traffic.h"

namespace warren::broker {
class Topology;
struct Vhost;
}  // namespace warren::broker

namespace warren::session {

struct ExchangeTraffic {
    std::string vhost;
    // What its vhost is known by: the number of the default exchange, which no other vhost will
    // ever have, not even one of the same name.
    broker::ExchangeId of_vhost;
    std::string name;
    PublishCounters counters;
    // Messages handed to each queue; shared with the channels that add to it.
    std::unordered_map<QueueId, std::shared_ptr<std::uint64_t>> copies;
};

// See ExchangeTraffic::of_vhost.
broker::ExchangeId number_of(const broker::Vhost& vhost);

class ExchangeTable {
public:
    // Queues that have their own number under some exchange, and channels that count by queue:
    // each so many on a shard.
    static constexpr std::size_t ways_max = 65'536;

    // The exchange exists, in this topology. Shared with the channels that add to it.
    std::shared_ptr<ExchangeTraffic> traffic_of(const broker::ExchangeRecord& exchange,
                                                const broker::Topology& topology);
    // Null if there are too many.
    std::shared_ptr<std::uint64_t> copies_to(ExchangeTraffic& exchange, QueueId queue,
                                             const broker::Topology& topology);
    struct Known {
        broker::ExchangeId id;
        std::shared_ptr<const ExchangeTraffic> traffic;
    };
    std::vector<Known> known() const;
    // Null: nothing was published to it.
    const ExchangeTraffic* find(broker::ExchangeId exchange) const;
    ExchangeTraffic* find(broker::ExchangeId exchange);
    // What went through exchanges that are forgotten, of vhosts that are there: together with those
    // that are known a vhost's counters never fall.
    const std::unordered_map<broker::ExchangeId, PublishCounters>& forgotten() const {
        return forgotten_;
    }
    // What does not exist any more.
    void forget_gone(const broker::Topology& topology);

    // A channel wants to count one more queue by itself; false if too many do already.
    bool take_place() {
        if (places_taken_ >= ways_max) return false;
        ++places_taken_;
        return true;
    }
    void give_back(std::size_t places) { places_taken_ -= places; }

private:
    std::unordered_map<broker::ExchangeId, std::shared_ptr<ExchangeTraffic>> exchanges_;
    std::unordered_map<broker::ExchangeId, PublishCounters> forgotten_;  // by vhost
    // So many exchanges and ways are not looked through before they have become more.
    std::size_t exchanges_seen_ = 1024;
    std::size_t ways_ = 0;
    std::size_t ways_seen_ = 1024;
    std::size_t places_taken_ = 0;
};

}  // namespace warren::session
