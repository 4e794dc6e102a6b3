#pragma once
// How long samples are kept, and how far apart: what RabbitMQ calls sample retention policies.
//
//   basic     every 5 s for 10 min, every 60 s for an hour
//   global    the same, and every 10 min for 8 hours, every 30 min for a day
//   detailed  every 5 s for 10 min
#include <cstdint>
#include <map>
#include <vector>

namespace warren::http::statistics {

// Samples this far apart are kept for so long.
struct RetentionLevel {
    std::int64_t interval_s = 0;
    std::int64_t length_s = 0;

    friend bool operator==(const RetentionLevel&, const RetentionLevel&) = default;
};

// The finest level first: its interval is 5 s, those of the others are multiples of it and rise, as
// do the lengths. Never empty.
using Retention = std::vector<RetentionLevel>;

struct RetentionPolicies {
    Retention global{{5, 600}, {60, 3600}, {600, 28'800}, {1800, 86'400}};
    Retention basic{{5, 600}, {60, 3600}};
    Retention detailed{{5, 600}};
};

// As configured: intervals by length. What does not fit is made to.
Retention retention_of(const std::map<std::int64_t, std::int64_t>& intervals_by_length);

}  // namespace warren::http::statistics
