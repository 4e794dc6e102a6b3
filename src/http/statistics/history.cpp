#include "http/statistics/history.h"

#include <algorithm>

namespace warren::http::statistics {

namespace {

Tick tick_of(std::int64_t time_s, std::int64_t interval_s) {
    return static_cast<Tick>(time_s / interval_s);
}

}  // namespace

void History::record(std::int64_t now_s, std::span<const std::uint64_t> row) {
    Series& fine = series_.front();
    if (!fine.empty() && std::ranges::equal(fine.last(), row)) return;
    const Tick now = tick_of(now_s, finest_s);
    if (!fine.empty() && now <= fine.last_tick()) return;
    for (std::size_t level = 1; level < series_.size(); ++level)
        record_coarsely(series_[level], (*retention_)[level], now_s);
    fine.append(now, row);
    fine.drop_before(now - tick_of(retention_->front().length_s, finest_s));
}

// What has held since the last change, held at the first full minute after it as well, if that has
// come. Of the first change a coarse level learns with the second one.
void History::record_coarsely(Series& coarse, const RetentionLevel& level, std::int64_t now_s) {
    const Series& fine = series_.front();
    if (fine.empty()) return;
    const Tick now = tick_of(now_s, level.interval_s);
    const Tick tick = tick_of(changed_s() + level.interval_s - 1, level.interval_s);
    const Row& held = fine.last();
    if (tick > now) return;
    if (!coarse.empty() && (tick <= coarse.last_tick() || std::ranges::equal(coarse.last(), held)))
        return;
    coarse.append(tick, held);
    coarse.drop_before(now - tick_of(level.length_s, level.interval_s));
}

std::vector<Row> History::rows_at(std::span<const std::int64_t> times_s,
                                  std::size_t columns) const {
    std::vector<Row> rows(times_s.size(), Row(columns, 0));
    for (std::size_t level = series_.size(); level-- != 0;) {
        const Series& series = series_[level];
        if (series.empty()) continue;
        std::size_t next = times_s.size();
        // From the oldest time on; what a finer level knows better is written over.
        const auto fill_before = [&](std::int64_t end_s, const Row& row, bool known) {
            for (; next != 0 && times_s[next - 1] < end_s; --next)
                if (known) rows[next - 1] = row;
        };
        Row held;
        bool known = false;
        series.for_each([&](Tick tick, const Row& row) {
            fill_before(tick * (*retention_)[level].interval_s, held, known);
            held = row;
            known = true;
        });
        fill_before(INT64_MAX, held, known);
    }
    return rows;
}

std::int64_t History::changed_s() const {
    return series_.front().last_tick() * finest_s;
}

std::size_t History::bytes() const {
    std::size_t bytes = sizeof(History);
    for (const Series& series : series_)
        bytes += series.bytes();
    return bytes;
}

}  // namespace warren::http::statistics
