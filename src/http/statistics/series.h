#pragma once
// A row of numbers as it changed over time, packed: only differences from one change to the next
// are kept, so a queue that works all the time costs some 20 bytes a sample. Times are ticks of
// whatever length; a row holds until the next one.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace warren::http::statistics {

using Row = std::vector<std::uint64_t>;
using Tick = std::uint32_t;

class Series {
public:
    bool empty() const { return first_.empty(); }
    Tick first_tick() const { return first_tick_; }
    Tick last_tick() const { return last_tick_; }
    const Row& last() const { return last_; }

    // The row is so from `tick` on, which is above last_tick(); all rows are equally long.
    void append(Tick tick, std::span<const std::uint64_t> row);
    // Forgets what was before `tick`, but for the row that held then.
    void drop_before(Tick tick);

    // Calls visit(tick, row) for each row, the oldest first.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        if (empty()) return;
        Tick tick = first_tick_;
        Row row = first_;
        visit(tick, row);
        for (std::size_t at = begin_; at != packed_.size();) {
            at = unpack(at, tick, row);
            visit(tick, row);
        }
    }

    std::size_t bytes() const {
        return sizeof(Series) + packed_.capacity() +
               (first_.capacity() + last_.capacity()) * sizeof(std::uint64_t);
    }

private:
    void pack(std::uint64_t number);
    // Of the row that is packed at `at`; returns where the next one is.
    std::size_t unpack(std::size_t at, Tick& tick, Row& row) const;

    Tick first_tick_ = 0;
    Tick last_tick_ = 0;
    Row first_;
    Row last_;
    std::vector<std::uint8_t> packed_;  // from begin_ on: what comes behind the first row
    std::size_t begin_ = 0;
};

}  // namespace warren::http::statistics
