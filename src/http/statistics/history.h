#pragma once
// A row of numbers over time, finely for the last minutes and coarsely for longer, as RabbitMQ's
// retention policies say:
//
//   basic    every 5 s for 10 min, every 60 s for an hour
//   global   the same, and every 10 min for 8 hours, every 30 min for a day
//
// Before it began everything was 0.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "http/statistics/series.h"

namespace warren::http::statistics {

enum class Retention : std::uint8_t { basic, global };

// Times are seconds since 1970.
class History {
public:
    explicit History(Retention retention)
        : levels_(retention == Retention::global ? global_levels : basic_levels) {}

    // The row is so now; times do not go back.
    void record(std::int64_t now_s, std::span<const std::uint64_t> row);
    // The rows that held at these times, which fall.
    std::vector<Row> rows_at(std::span<const std::int64_t> times_s, std::size_t columns) const;
    // When the row last changed.
    std::int64_t changed_s() const;
    std::size_t bytes() const;

    static constexpr std::int64_t finest_s = 5;

private:
    struct Level {
        std::int64_t interval_s;
        std::int64_t length_s;
    };
    static constexpr std::array<Level, 4> levels{
        {{5, 600}, {60, 3600}, {600, 28'800}, {1800, 86'400}}};
    static constexpr std::size_t basic_levels = 2;
    static constexpr std::size_t global_levels = 4;

    void record_coarsely(Series& coarse, const Level& level, std::int64_t now_s);

    // The first levels_ are in use.
    std::array<Series, levels.size()> series_;
    std::size_t levels_;
};

}  // namespace warren::http::statistics
