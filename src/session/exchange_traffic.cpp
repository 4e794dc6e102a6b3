#include "session/exchange_traffic.h"

#include <algorithm>
#include <unordered_set>

#include "broker/topology/topology.h"

namespace warren::session {

namespace {

constexpr std::size_t seen_min = 1024;

bool exists(broker::ExchangeId id, const ExchangeTraffic& exchange,
            const broker::Topology& topology) {
    const auto* vhost = topology.find_vhost(exchange.vhost);
    const auto* found = vhost == nullptr ? nullptr : vhost->find_exchange(exchange.name);
    return found != nullptr && found->id() == id;
}

}  // namespace

broker::ExchangeId number_of(const broker::Vhost& vhost) {
    return vhost.find_exchange("")->id();
}

std::shared_ptr<ExchangeTraffic> ExchangeTable::traffic_of(const broker::ExchangeRecord& exchange,
                                                           const broker::Topology& topology) {
    const auto found = exchanges_.find(exchange.id());
    if (found != exchanges_.end()) return found->second;
    if (exchanges_.size() >= exchanges_seen_) forget_gone(topology);
    auto traffic = std::make_shared<ExchangeTraffic>();
    traffic->vhost = exchange.vhost->name;
    traffic->of_vhost = number_of(*exchange.vhost);
    traffic->name = exchange.name;
    exchanges_.emplace(exchange.id(), traffic);
    return traffic;
}

std::shared_ptr<std::uint64_t> ExchangeTable::copies_to(ExchangeTraffic& exchange, QueueId queue,
                                                        const broker::Topology& topology) {
    const auto found = exchange.copies.find(queue);
    if (found != exchange.copies.end()) return found->second;
    if (ways_ >= ways_seen_) forget_gone(topology);
    if (ways_ >= ways_max) return nullptr;
    ++ways_;
    return exchange.copies.emplace(queue, std::make_shared<std::uint64_t>(0)).first->second;
}

std::vector<ExchangeTable::Known> ExchangeTable::known() const {
    std::vector<Known> all;
    all.reserve(exchanges_.size());
    for (const auto& [id, exchange] : exchanges_)
        all.push_back({id, exchange});
    return all;
}

const ExchangeTraffic* ExchangeTable::find(broker::ExchangeId exchange) const {
    const auto found = exchanges_.find(exchange);
    return found == exchanges_.end() ? nullptr : found->second.get();
}

ExchangeTraffic* ExchangeTable::find(broker::ExchangeId exchange) {
    const auto found = exchanges_.find(exchange);
    return found == exchanges_.end() ? nullptr : found->second.get();
}

void ExchangeTable::forget_gone(const broker::Topology& topology) {
    std::erase_if(exchanges_, [&](const auto& each) {
        if (exists(each.first, *each.second, topology)) return false;
        forgotten_[each.second->of_vhost] += each.second->counters;
        return true;
    });
    std::unordered_set<broker::ExchangeId> vhosts;
    for (const auto& vhost : topology.vhosts())
        vhosts.insert(number_of(*vhost));
    std::erase_if(forgotten_, [&](const auto& each) { return !vhosts.contains(each.first); });
    ways_ = 0;
    for (auto& [id, exchange] : exchanges_) {
        std::erase_if(exchange->copies,
                      [&](const auto& each) { return topology.find_queue(each.first) == nullptr; });
        ways_ += exchange->copies.size();
    }
    exchanges_seen_ = std::max(seen_min, 2 * exchanges_.size());
    // When it is full it is looked through again, but not for each queue that finds no place.
    ways_seen_ = ways_ >= ways_max ? SIZE_MAX : std::max(seen_min, 2 * ways_);
}

}  // namespace warren::session
