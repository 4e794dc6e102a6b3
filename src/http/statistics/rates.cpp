#include "http/statistics/rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "http/statistics/rows.h"

namespace warren::http::statistics {

namespace {

// More samples at once are refused.
constexpr std::int64_t samples_max = 500;

std::optional<std::int64_t> number_in(const Call& call, const std::string& name) {
    const std::string* text = call.query(name);
    std::int64_t number = 0;
    if (text == nullptr) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return number;
}

// Nothing unless both are given.
std::optional<Ages> asked_ages(const Call& call, std::string_view group) {
    const auto age_s = number_in(call, fmt::format("{}_age", group));
    const auto step_s = number_in(call, fmt::format("{}_incr", group));
    if (!age_s || !step_s) return std::nullopt;
    return Ages{*age_s, *step_s};
}

bool can_be_shown(const Ages& ages) {
    return ages.age_s > 0 && ages.step_s > 0 && ages.age_s / ages.step_s <= samples_max;
}

std::uint64_t sum_of(const Row& row, std::initializer_list<std::size_t> columns) {
    std::uint64_t sum = 0;
    for (const std::size_t column : columns)
        sum += row[column];
    return sum;
}

// Gauges fall, too.
double per_second(std::uint64_t newer, std::uint64_t older, std::int64_t seconds) {
    return static_cast<double>(static_cast<std::int64_t>(newer - older)) /
           static_cast<double>(seconds);
}

std::vector<std::int64_t> times_back(std::int64_t from_s, std::int64_t step_s, std::int64_t count) {
    std::vector<std::int64_t> times;
    for (std::int64_t n = 0; n < count; ++n)
        times.push_back(from_s / step_s * step_s - n * step_s);
    return times;
}

}  // namespace

std::optional<std::string> wrong_ages(const Call& call) {
    for (const std::string_view group : {"lengths", "msg_rates", "data_rates", "node_stats"}) {
        const auto ages = asked_ages(call, group);
        if (ages && !can_be_shown(*ages))
            return fmt::format("Invalid range parameters: age {}, incr {}", ages->age_s,
                               ages->step_s);
    }
    return std::nullopt;
}

Ages ages_of(const Call& call, std::string_view group) {
    const Ages ages = asked_ages(call, group).value_or(Ages{});
    return can_be_shown(ages) ? ages : Ages{};
}

Rates::Rates(const Sampler& sampler, const History* history, Row now, const Ages& ages)
    : now_(std::move(now)), ages_(sampler.time_s() == 0 ? Ages{} : ages) {
    const auto rows_at = [&](const std::vector<std::int64_t>& times) {
        return history == nullptr ? std::vector<Row>(times.size(), now_)
                                  : history->rows_at(times, now_.size());
    };
    last_ = rows_at(times_back(sampler.time_s(), History::finest_s, 2));
    if (ages_.age_s == 0) return;
    times_s_ = times_back(sampler.time_s(), ages_.step_s, ages_.age_s / ages_.step_s + 1);
    samples_ = rows_at(times_s_);
}

json::object Rates::details(std::initializer_list<std::size_t> columns) const {
    json::object object;
    object["rate"] =
        per_second(sum_of(last_[0], columns), sum_of(last_[1], columns), History::finest_s);
    if (ages_.age_s == 0) return object;
    constexpr std::int64_t ms_per_s = 1000;
    json::array samples;
    double sum = 0;
    for (std::size_t n = 0; n < samples_.size(); ++n) {
        const std::uint64_t sample = sum_of(samples_[n], columns);
        sum += static_cast<double>(sample);
        samples.push_back(json::object{{"sample", sample}, {"timestamp", times_s_[n] * ms_per_s}});
    }
    object["samples"] = std::move(samples);
    object["avg_rate"] = per_second(sum_of(samples_.front(), columns),
                                    sum_of(samples_.back(), columns), ages_.age_s);
    object["avg"] = sum / static_cast<double>(samples_.size());
    return object;
}

void Rates::add(json::object& object, std::string_view name,
                std::initializer_list<std::size_t> columns) const {
    object[name] = sum_of(now_, columns);
    object[std::string(name) + "_details"] = details(columns);
}

void add_lengths(json::object& object, const Rates& rates) {
    rates.add(object, "messages", {message::ready, message::unacked});
    rates.add(object, "messages_ready", {message::ready});
    rates.add(object, "messages_unacknowledged", {message::unacked});
}

void add_publishes(json::object& object, const Rates& rates) {
    rates.add(object, "publish", {message::publish});
    rates.add(object, "confirm", {message::confirm});
    rates.add(object, "drop_unroutable", {message::drop_unroutable});
    rates.add(object, "return_unroutable", {message::return_unroutable});
}

void add_deliveries(json::object& object, const Rates& rates) {
    using namespace message;
    rates.add(object, "ack", {ack});
    rates.add(object, "deliver", {deliver});
    rates.add(object, "deliver_get", {deliver, deliver_no_ack, get, get_no_ack});
    rates.add(object, "deliver_no_ack", {deliver_no_ack});
    rates.add(object, "get", {get});
    rates.add(object, "get_empty", {get_empty});
    rates.add(object, "get_no_ack", {get_no_ack});
    rates.add(object, "redeliver", {redeliver});
}

json::object message_stats(const Rates& rates) {
    json::object object;
    add_deliveries(object, rates);
    rates.add(object, "publish", {message::publish});
    return object;
}

json::object message_stats_of_all(const Rates& rates) {
    json::object object;
    add_publishes(object, rates);
    add_deliveries(object, rates);
    rates.add(object, "disk_reads", {total::disk_reads});
    rates.add(object, "disk_writes", {total::disk_writes});
    return object;
}

json::object churn_rates(const Rates& rates) {
    using namespace churn;
    json::object object;
    rates.add(object, "connection_created", {connection_created});
    rates.add(object, "connection_closed", {connection_closed});
    rates.add(object, "channel_created", {channel_created});
    rates.add(object, "channel_closed", {channel_closed});
    rates.add(object, "queue_declared", {queue_declared});
    rates.add(object, "queue_created", {queue_created});
    rates.add(object, "queue_deleted", {queue_deleted});
    return object;
}

}  // namespace warren::http::statistics
