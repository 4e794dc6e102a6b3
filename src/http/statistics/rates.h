#pragma once
// How fast numbers change, as RabbitMQ shows it beside each of them: `"messages_details": {"rate":
// 0.2}`, with samples if the query asks for them (lengths_age=600&lengths_incr=5). For .cpp files:
// includes Boost.JSON.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/json_support.h"
#include "http/statistics/sampler.h"

namespace warren::http::statistics {

// How old samples may be, and how far apart; 0: none are wanted.
struct Ages {
    std::int64_t age_s = 0;
    std::int64_t step_s = 0;
};
// What is wrong with the ages that the query asks for, as RabbitMQ says it; nothing: they can be
// shown. One that is no number asks for nothing.
std::optional<std::string> wrong_ages(const Call& call);
// What the query says for "lengths", "msg_rates", "data_rates" or "node_stats".
Ages ages_of(const Call& call, std::string_view group);

class Rates {
public:
    // `now` is the row as it is; null history: it has not changed for long.
    Rates(const Sampler& sampler, const History* history, Row now, const Ages& ages);

    // Of columns of the row, added up; none of them: of something that stays 0.
    json::object details(std::initializer_list<std::size_t> columns) const;
    // "name" and "name_details".
    void add(json::object& object, std::string_view name,
             std::initializer_list<std::size_t> columns) const;

private:
    Row now_;
    std::vector<Row> last_;  // the last two samples, the newest first
    Ages ages_;
    std::vector<std::int64_t> times_s_;  // of samples, the newest first
    std::vector<Row> samples_;
};

// messages, messages_ready, messages_unacknowledged.
void add_lengths(json::object& object, const Rates& rates);
// "publish", "confirm" and what was not routed.
void add_publishes(json::object& object, const Rates& rates);
// "deliver_get" and what it is made of, "ack", ...
void add_deliveries(json::object& object, const Rates& rates);
// Of a queue.
json::object message_stats(const Rates& rates);
// Of all of them.
json::object message_stats_of_all(const Rates& rates);
json::object churn_rates(const Rates& rates);

}  // namespace warren::http::statistics
