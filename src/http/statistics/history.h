#pragma once
// A row of numbers over time, finely for the last minutes and coarsely for longer (retention.h).
// Before it began everything was 0.
#include <cstdint>
#include <span>
#include <vector>

#include "http/statistics/retention.h"
#include "http/statistics/series.h"

namespace warren::http::statistics {

// Times are seconds since 1970.
class History {
public:
    // Which outlives it.
    explicit History(const Retention& retention)
        : retention_(&retention), series_(retention.size()) {}

    // The row is so now; times do not go back.
    void record(std::int64_t now_s, std::span<const std::uint64_t> row);
    // The rows that held at these times, which fall.
    std::vector<Row> rows_at(std::span<const std::int64_t> times_s, std::size_t columns) const;
    // When the row last changed.
    std::int64_t changed_s() const;
    std::size_t bytes() const;

    static constexpr std::int64_t finest_s = 5;

private:
    void record_coarsely(Series& coarse, const RetentionLevel& level, std::int64_t now_s);

    const Retention* retention_;
    std::vector<Series> series_;  // by level
};

}  // namespace warren::http::statistics
