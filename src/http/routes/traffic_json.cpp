#include "http/routes/traffic_json.h"

#include <unordered_map>
#include <utility>

#include "broker/topology/topology.h"
#include "http/json_values.h"
#include "http/routes/session_json.h"
#include "http/statistics/rates.h"
#include "http/statistics/rows.h"

namespace warren::http {

namespace {

using statistics::Rates;
using statistics::WayKey;

json::object named(const broker::Destination& object) {
    return {{"name", json_text(object.name)}, {"vhost", json_text(object.vhost->name)}};
}

Rates rates_of(const Call& call, const WayKey& way, statistics::Row now) {
    const statistics::Sampler& sampler = call.api().sampler();
    return {sampler, sampler.of_way(way), std::move(now), statistics::ages_of(call, "msg_rates")};
}

json::object published_stats(const Call& call, const session::ChannelReport& channel,
                             const session::ExchangeFlow& flow) {
    json::object stats;
    statistics::add_publishes(
        stats, rates_of(call, WayKey::published(statistics::ChannelKey::of(channel), flow.exchange),
                        statistics::message_row(flow.counters, session::DeliveryCounters{})));
    return stats;
}

json::object delivered_stats(const Call& call, const session::ChannelReport& channel, QueueId queue,
                             const session::DeliveryCounters& counters) {
    json::object stats;
    statistics::add_deliveries(
        stats, rates_of(call, WayKey::delivered(queue, statistics::ChannelKey::of(channel)),
                        statistics::message_row(session::PublishCounters{}, counters)));
    return stats;
}

json::object routed_stats(const Call& call, broker::ExchangeId exchange, QueueId queue,
                          std::uint64_t copies) {
    json::object stats;
    rates_of(call, WayKey::routed(exchange, queue), statistics::routed_row(copies))
        .add(stats, "publish", {statistics::message::publish});
    return stats;
}

// By number, those of a vhost that the channel has published to.
std::unordered_map<broker::ExchangeId, const broker::ExchangeRecord*> exchanges_of(
    const broker::Topology& topology, const session::ChannelReport& channel) {
    std::unordered_map<broker::ExchangeId, const broker::ExchangeRecord*> found;
    for (const auto& flow : channel.flows)
        found.emplace(flow.exchange, nullptr);
    const auto* vhost = topology.find_vhost(channel.facts->vhost);
    if (vhost == nullptr || found.empty()) return found;
    for (const auto& exchange : vhost->exchanges)
        if (const auto place = found.find(exchange->id()); place != found.end())
            place->second = exchange.get();
    return found;
}

}  // namespace

bool shows_statistics(const Call& call) {
    return call.api().settings().statistics && !call.query_is_true("disable_stats");
}

bool shows_message_stats(const Api& api) {
    return api.settings().rates_mode != "none";
}

bool shows_flows(const Api& api) {
    return api.settings().statistics && api.settings().rates_mode == "detailed";
}

void add_exchange_stats(const Call& call, const broker::ExchangeRecord& exchange,
                        const ExchangeReports& reports, json::object& object) {
    const ExchangeReport* report = reports.find(exchange.id());
    if (report == nullptr || !shows_message_stats(call.api())) return;
    const session::PublishCounters& counters = report->counters;
    const statistics::Sampler& sampler = call.api().sampler();
    const Rates rates(sampler, sampler.of_exchange(exchange.id()),
                      statistics::exchange_row(counters), statistics::ages_of(call, "msg_rates"));
    json::object stats;
    if (counters.received != 0) rates.add(stats, "publish_in", {statistics::exchange::in});
    if (counters.copies != 0) rates.add(stats, "publish_out", {statistics::exchange::out});
    if (!stats.empty()) object["message_stats"] = std::move(stats);
}

void add_exchange_flows(const Call& call, const broker::ExchangeRecord& exchange,
                        const ExchangeReports& reports,
                        const std::vector<session::ChannelReport>& channels, json::object& object) {
    json::array incoming;
    for (const auto& channel : channels)
        for (const auto& flow : channel.flows)
            if (flow.exchange == exchange.id())
                incoming.push_back(json::object{
                    {"stats", published_stats(call, channel, flow)},
                    {"channel_details", channel_details(call.api(), *channel.facts, channel.id)}});
    json::array outgoing;
    if (const ExchangeReport* report = reports.find(exchange.id()))
        for (const auto& [id, copies] : report->copies)
            if (const auto* queue = call.api().topology().find_queue(id); queue != nullptr)
                outgoing.push_back(
                    json::object{{"stats", routed_stats(call, exchange.id(), id, copies)},
                                 {"queue", named(*queue)}});
    object["incoming"] = std::move(incoming);
    object["outgoing"] = std::move(outgoing);
}

void add_channel_flows(const Call& call, const session::ChannelReport& channel,
                       json::object& object) {
    const broker::Topology& topology = call.api().topology();
    const auto exchanges = exchanges_of(topology, channel);
    json::array publishes;
    for (const auto& flow : channel.flows)
        if (const auto* exchange = exchanges.at(flow.exchange); exchange != nullptr)
            publishes.push_back(json::object{{"stats", published_stats(call, channel, flow)},
                                             {"exchange", named(*exchange)}});
    json::array deliveries;
    for (const auto& [id, counters] : channel.deliveries)
        if (const auto* queue = topology.find_queue(id); queue != nullptr)
            deliveries.push_back(json::object{
                {"stats", delivered_stats(call, channel, id, counters)}, {"queue", named(*queue)}});
    object["publishes"] = std::move(publishes);
    object["deliveries"] = std::move(deliveries);
}

void add_queue_flows(const Call& call, const broker::QueueRecord& queue,
                     const ExchangeReports& reports,
                     const std::vector<session::ChannelReport>& channels, json::object& object) {
    json::array incoming;
    for (const auto& exchange : queue.vhost->exchanges) {
        const ExchangeReport* report = reports.find(exchange->id());
        if (report == nullptr) continue;
        const auto copies = report->copies.find(queue.id());
        if (copies == report->copies.end()) continue;
        incoming.push_back(
            json::object{{"stats", routed_stats(call, exchange->id(), queue.id(), copies->second)},
                         {"exchange", named(*exchange)}});
    }
    json::array deliveries;
    for (const auto& channel : channels)
        for (const auto& [id, counters] : channel.deliveries)
            if (id == queue.id())
                deliveries.push_back(json::object{
                    {"stats", delivered_stats(call, channel, id, counters)},
                    {"channel_details", channel_details(call.api(), *channel.facts, channel.id)}});
    object["incoming"] = std::move(incoming);
    object["deliveries"] = std::move(deliveries);
}

}  // namespace warren::http
