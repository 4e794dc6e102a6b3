#include "http/statistics/sampler.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "broker/topology/topology.h"
#include "http/statistics/rows.h"
#include "http/statistics/traffic_sums.h"
#include "session/exchange_traffic.h"

namespace warren::http::statistics {

namespace {

constexpr std::int64_t ms_per_s = 1000;
constexpr std::int64_t idle_interval_ms = 60'000;
constexpr std::int64_t attention_ms = 3'600'000;
// Looking takes no more than this part of the time.
constexpr std::int64_t share = 20;
// Clocks of shards are not read at the same moment.
constexpr std::int64_t clock_slack_ms = 100;
constexpr unsigned looks_between_cleaning = 60;

}  // namespace

std::int64_t Sampler::seconds_now() const {
    return parts_.now().wall.ms / ms_per_s;
}

void Sampler::start() {
    if (std::exchange(started_, true)) return;
    asked_at_ = parts_.now().instant;
    look();
}

const History* Sampler::of_vhost(std::string_view vhost) const {
    const auto found = vhosts_.find(vhost);
    return found == vhosts_.end() ? nullptr : &found->second;
}

void Sampler::look() {
    const Instant since = changed_since_;
    began_ = parts_.now().instant;
    changed_since_ = began_.plus_ms(-clock_slack_ms);
    queues_changed_ = false;
    parts_.reports.survey_changes(
        since, [this](const ChangedQueues& changed) { record_queues(changed); },
        [this](NodeSums sums) {
            auto look = std::make_shared<Look>();
            look->sums = std::move(sums);
            look_at_totals(std::move(look));
        });
}

void Sampler::look_at_totals(std::shared_ptr<Look> look) {
    parts_.reports.survey_totals([this, look = std::move(look)](std::vector<ShardTotals> totals) {
        look->totals = std::move(totals);
        look_at_sessions(look);
    });
}

void Sampler::look_at_sessions(std::shared_ptr<Look> look) {
    parts_.reports.survey_sessions(
        settings_.details, [this](const SessionPiece& piece) { record_sessions(piece); },
        [this, look = std::move(look)](SessionSums sessions) {
            look->sessions = std::move(sessions);
            look_at_exchanges(look);
        });
}

void Sampler::look_at_exchanges(std::shared_ptr<Look> look) {
    parts_.reports.survey_exchanges(
        settings_.details, [this, look = std::move(look)](const ExchangeReports& exchanges) {
            take(*look, exchanges);
            look_again();
        });
}

void Sampler::take(const Look& look, const ExchangeReports& exchanges) {
    time_s_ = seconds_now();
    const std::int64_t changed_s = messages_.changed_s();
    record_node(look);
    record_vhosts(look, exchanges);
    record_exchanges(exchanges);
    something_changed_ = messages_.changed_s() != changed_s || queues_changed_;
    if (++looks_ % looks_between_cleaning == 0) forget_the_gone(exchanges);
}

void Sampler::record_node(const Look& look) {
    const session::SessionTraffic traffic = sum_of_traffic(look.totals);
    NodeGauges gauges = parts_.gauges();
    gauges.connections += traffic.connections_open();
    messages_.record(time_s_, total_row(look.sums.queues.total(), traffic));
    churn_.record(time_s_, churn_row(traffic, sum_of_queue_counts(look.totals)));
    node_.record(time_s_, node_row(gauges));
}

void Sampler::record_queues(const ChangedQueues& changed) {
    for (const auto& [id, stats] : changed)
        queues_.record(id, seconds_now(), message_row(stats));
    queues_changed_ = queues_changed_ || !changed.empty();
}

void Sampler::record_sessions(const SessionPiece& piece) {
    const std::int64_t now_s = seconds_now();
    for (const auto& connection : piece.connections)
        connections_.record(connection.facts->id, now_s, connection_row(connection.socket));
    for (const auto& channel : piece.channels) {
        if (!channel.published && !channel.delivered) continue;
        channels_.record(ChannelKey::of(channel), now_s, channel_row(channel));
        record_ways(channel, now_s);
    }
}

// Nothing, if there are no details.
void Sampler::record_ways(const session::ChannelReport& channel, std::int64_t now_s) {
    const ChannelKey key = ChannelKey::of(channel);
    for (const auto& flow : channel.flows)
        ways_.record(WayKey::published(key, flow.exchange), now_s,
                     message_row(flow.counters, session::DeliveryCounters{}));
    for (const auto& [queue, counters] : channel.deliveries)
        ways_.record(WayKey::delivered(queue, key), now_s,
                     message_row(session::PublishCounters{}, counters));
}

void Sampler::record_exchanges(const ExchangeReports& exchanges) {
    for (const auto& [id, report] : exchanges.by_exchange) {
        exchanges_.record(id, time_s_, exchange_row(report.counters));
        for (const auto& [queue, copies] : report.copies)
            ways_.record(WayKey::routed(id, queue), time_s_, routed_row(copies));
    }
}

void Sampler::record_vhosts(const Look& look, const ExchangeReports& exchanges) {
    std::erase_if(vhosts_, [&](const auto& vhost) {
        return parts_.topology.find_vhost(vhost.first) == nullptr;
    });
    for (const auto& vhost : parts_.topology.vhosts())
        record_vhost(*vhost, look, exchanges);
}

void Sampler::record_vhost(const broker::Vhost& vhost, const Look& look,
                           const ExchangeReports& exchanges) {
    const auto held = look.sums.queues.by_vhost.find(vhost.name);
    const auto socket = look.sessions.by_vhost.find(vhost.name);
    const bool has_queues = held != look.sums.queues.by_vhost.end();
    const bool has_connections = socket != look.sessions.by_vhost.end();
    const auto through = exchanges.by_vhost.find(session::number_of(vhost));
    const bool has_exchanges = through != exchanges.by_vhost.end();
    // Vhosts that have never been used have no history.
    if (!has_queues && !has_connections && !has_exchanges && of_vhost(vhost.name) == nullptr)
        return;
    const session::PublishCounters published =
        has_exchanges ? through->second : session::PublishCounters();
    Row row = message_row(has_queues ? held->second : broker::QueueStats());
    row.resize(vhost::count);
    row[message::publish] = published.received;
    row[message::confirm] = published.confirmed;
    row[message::drop_unroutable] = published.dropped;
    row[message::return_unroutable] = published.returned;
    if (has_connections) {
        row[vhost::received] = socket->second.received_bytes;
        row[vhost::sent] = socket->second.sent_bytes;
    }
    vhosts_.try_emplace(vhost.name, settings_.retention.global).first->second.record(time_s_, row);
}

// Connections and channels that are gone change no more, and go when that is an hour ago.
void Sampler::forget_the_gone(const ExchangeReports& exchanges) {
    queues_.forget(time_s_, [&](QueueId id) { return parts_.topology.find_queue(id) == nullptr; });
    exchanges_.forget(time_s_,
                      [&](broker::ExchangeId id) { return exchanges.find(id) == nullptr; });
    connections_.forget(time_s_, [](ConnectionId) { return false; });
    channels_.forget(time_s_, [](const ChannelKey&) { return false; });
    ways_.forget(time_s_, [](const WayKey&) { return false; });
}

void Sampler::look_again() {
    const Instant now = parts_.now().instant;
    const bool idle = !something_changed_ && now.ms_since(asked_at_) > attention_ms;
    // Of several changes in one tick of the histories only the first would be kept.
    const std::int64_t busy_ms = std::max(settings_.interval_ms, History::finest_s * ms_per_s);
    const std::int64_t least_ms = idle ? idle_interval_ms : busy_ms;
    parts_.delays.after_ms(std::max(least_ms, now.ms_since(began_) * share), [this] { look(); });
}

}  // namespace warren::http::statistics
