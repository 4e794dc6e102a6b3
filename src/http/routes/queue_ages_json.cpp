#include "http/routes/queue_ages_json.h"

#include <algorithm>

#include "http/json_values.h"
#include "http/routes/session_json.h"

namespace warren::http {

namespace {

double seconds(std::int64_t ms) {
    return static_cast<double>(ms) / 1000;
}

json::value seconds_or_null(const std::optional<std::int64_t>& ms) {
    if (!ms) return nullptr;
    return seconds(*ms);
}

// How many were of an age below each bound and not below the one before it; the last has none.
json::array histogram_json(const broker::AgeHistogram& histogram, std::uint64_t total) {
    std::uint64_t above = 0;
    for (const std::uint64_t count : histogram.counts)
        above += count;
    json::array list;
    std::uint64_t count = total - std::min(total, above);
    for (std::size_t place = 0; place < broker::age_bounds_ms.size(); ++place) {
        list.push_back(
            json::object{{"below", seconds(broker::age_bounds_ms[place])}, {"messages", count}});
        count = histogram.counts[place];
    }
    list.push_back(json::object{{"below", nullptr}, {"messages", count}});
    return list;
}

}  // namespace

json::object queue_ages_json(const broker::QueueStats& stats) {
    std::optional<std::int64_t> unacked_ms;
    if (stats.oldest_unacked) unacked_ms = stats.oldest_unacked->age_ms;
    return {
        {"oldest_message", seconds_or_null(stats.oldest_ready_ms)},
        {"oldest_unacknowledged", seconds_or_null(unacked_ms)},
        {"waiting_times", histogram_json(stats.ages.waited, broker::handed_out(stats.counters))},
        {"unacknowledged_times", histogram_json(stats.ages.held, broker::settled(stats.counters))}};
}

json::object oldest_delivery_json(const broker::OldestUnacked& oldest,
                                  const session::ConnectionFacts* connection) {
    json::object object{{"age", seconds(oldest.age_ms)},
                        {"consumer_tag", json_text(oldest.consumer_tag)}};
    if (connection == nullptr) return object;
    object["connection_details"] = connection_details(*connection);
    object["channel"] = channel_name(*connection, oldest.holder.channel);
    object["user"] = json_text(connection->user);
    return object;
}

}  // namespace warren::http
