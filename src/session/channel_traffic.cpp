#include "session/channel_traffic.h"

#include <algorithm>

#include "broker/topology/topology.h"
#include "session/session_context.h"

namespace warren::session {

namespace {

constexpr std::size_t exchanges_max = 256;

}  // namespace

ChannelTraffic::ChannelTraffic(const SessionContext& context)
    : context_(context), shard_(context.traffic) {}

ChannelTraffic::~ChannelTraffic() {
    if (counts_ != nullptr) context_.exchanges.give_back(counts_->places);
}

const broker::Topology& ChannelTraffic::topology() const {
    return context_.shard.topology();
}

ChannelTraffic::Counts& ChannelTraffic::counts() {
    if (counts_ == nullptr) [[unlikely]]
        counts_ = std::make_unique<Counts>();
    return *counts_;
}

bool ChannelTraffic::take_place() {
    if (!context_.exchanges.take_place()) return false;
    ++counts_->places;
    return true;
}

void ChannelTraffic::turn_to(const broker::ExchangeRecord* exchange) {
    const auto id = id_of(exchange);
    auto& flows = counts().flows;
    counts_->published = true;
    const auto is_it = [&](const auto& flow) { return flow->exchange == id; };
    auto found = std::ranges::find_if(flows, is_it);
    if (found == flows.end() && id && flows.size() >= exchanges_max) return turn_to(nullptr);
    if (found == flows.end()) {
        auto flow = std::make_unique<Flow>();
        flow->exchange = id;
        flow->of_shard = exchange == nullptr ? std::make_shared<ExchangeTraffic>()
                                             : context_.exchanges.traffic_of(*exchange, topology());
        flow->of_exchange = &flow->of_shard->counters;
        found = flows.insert(flows.end(), std::move(flow));
    }
    last_ = found->get();
}

// Queues that have gone make room; as long as few have, nobody looks for them again.
void ChannelTraffic::add_way(Flow& flow, QueueId queue, std::uint64_t messages) {
    if (!flow.exchange || flow.ways_max == 0) return;
    if (flow.ways.size() >= flow.ways_max) {
        const std::size_t before = flow.ways.size();
        flow.ways.drop_if(
            [&](QueueId each, const Way&) { return topology().find_queue(each) == nullptr; });
        const std::size_t dropped = before - flow.ways.size();
        context_.exchanges.give_back(dropped);
        counts_->places -= dropped;
        if (dropped < before / 4) flow.ways_max = 0;
    }
    if (flow.ways_max == 0 || !take_place()) return;
    auto of_shard = context_.exchanges.copies_to(*flow.of_shard, queue, topology());
    if (of_shard == nullptr) {
        context_.exchanges.give_back(1);
        --counts_->places;
        return;
    }
    *of_shard += messages;
    flow.ways.add(queue, {messages, std::move(of_shard)});
}

void ChannelTraffic::count(const broker::ExchangeRecord* exchange,
                           std::uint64_t PublishCounters::* what) {
    if (last_ == nullptr || last_->exchange != id_of(exchange)) turn_to(exchange);
    for (PublishCounters* sum : {&last_->counters, last_->of_exchange, &shard_.published})
        ++(sum->*what);
}

void ChannelTraffic::count_confirmed(std::uint64_t messages) {
    shard_.published.confirmed += messages;
    const auto take = [&](Flow& flow) {
        const std::uint64_t share =
            std::min(messages, flow.counters.received_confirm - flow.counters.confirmed);
        flow.counters.confirmed += share;
        flow.of_exchange->confirmed += share;
        messages -= share;
    };
    if (last_ != nullptr) take(*last_);
    if (messages == 0 || counts_ == nullptr) return;
    for (auto& flow : counts_->flows)
        take(*flow);
}

DeliveryCounters& ChannelTraffic::delivered_from(QueueId queue) {
    Counts& mine = counts();
    if (DeliveryCounters* found = mine.delivered.find(queue)) return *found;
    mine.delivers = true;
    if (!queue || mine.queues_max == 0) return mine.delivered_else;
    if (mine.delivered.size() >= mine.queues_max) {
        const std::size_t before = mine.delivered.size();
        mine.delivered.drop_if([&](QueueId each, const DeliveryCounters& counters) {
            const bool gone = topology().find_queue(each) == nullptr;
            if (gone) mine.delivered_else += counters;
            return gone;
        });
        const std::size_t dropped = before - mine.delivered.size();
        context_.exchanges.give_back(dropped);
        mine.places -= dropped;
        if (dropped < before / 4) mine.queues_max = 0;
    }
    if (mine.queues_max == 0 || !take_place()) return mine.delivered_else;
    return mine.delivered.add(queue, {});
}

void ChannelTraffic::count_delivered(QueueId queue, broker::QueueType type,
                                     std::uint64_t DeliveryCounters::* what, std::uint64_t messages,
                                     std::uint64_t redelivered) {
    DeliveryCounters& mine = delivered_from(queue);
    DeliveryCounters& of_shard = shard_.delivered_from(type);
    mine.*what += messages;
    of_shard.*what += messages;
    mine.redelivered += redelivered;
    of_shard.redelivered += redelivered;
}

void ChannelTraffic::report(ChannelReport& report, Details details) const {
    if (counts_ == nullptr) return;
    if (counts_->published) {
        PublishCounters sum;
        for (const auto& flow : counts_->flows) {
            sum += flow->counters;
            if (details == Details::no || !flow->exchange) continue;
            ExchangeFlow shown{flow->exchange, flow->counters, {}};
            flow->ways.for_each([&](QueueId queue, const Way& way) {
                shown.copies.emplace_back(queue, way.copies);
            });
            report.flows.push_back(std::move(shown));
        }
        report.published = sum;
    }
    if (counts_->delivers) {
        DeliveryCounters sum = counts_->delivered_else;
        counts_->delivered.for_each([&](QueueId queue, const DeliveryCounters& counters) {
            sum += counters;
            if (details == Details::yes) report.deliveries.emplace_back(queue, counters);
        });
        report.delivered = sum;
    }
}

}  // namespace warren::session
