#pragma once
// The positions of a run's rows where numbers are missing between them: as stretches of rows whose
// positions follow one another, 8 bytes each. A quorum queue leaves out one number a turn, so that
// a stretch is some hundred rows; a run whose rows all stand alone costs 8 bytes a row.
//
// Positions come from a file. One that is not above its predecessor, or beyond the run, is not
// known: such a row repeats the distance of the row before it.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace warren::storage {

class RunPositions {
public:
    // `positions` in order of rows; `first` and `last` are those of the run.
    RunPositions(std::span<const std::uint64_t> positions, std::uint64_t first,
                 std::uint64_t last) {
        std::uint32_t last_distance = 0;
        for (const std::uint64_t position : positions) {
            const bool known = position > first + last_distance && position <= last;
            const std::uint32_t step = known ? distance(position, first) - last_distance : 0;
            last_distance += step;
            if (count_ == 0 || step != 1) stretches_.push_back({count_, last_distance});
            ++count_;
        }
        stretches_.shrink_to_fit();
    }

    std::uint32_t count() const { return count_; }
    std::size_t stretches() const { return stretches_.size(); }

    // Above the run's first position.
    std::uint32_t distance_of(std::uint32_t row) const {
        const auto next = std::ranges::upper_bound(stretches_, row, {}, &Stretch::row);
        const Stretch& own = *(next - 1);
        return own.distance + (row - own.row);
    }
    bool knows(std::uint32_t row) const {
        return row == 0 || distance_of(row) != distance_of(row - 1);
    }
    // The first row at this distance.
    std::optional<std::uint32_t> row_at(std::uint64_t distance) const {
        const auto next = std::ranges::lower_bound(stretches_, distance, {}, &Stretch::distance);
        if (next != stretches_.begin()) {
            const Stretch& before = *(next - 1);
            const std::uint64_t row = before.row + (distance - before.distance);
            if (row < (next == stretches_.end() ? count_ : next->row))
                return static_cast<std::uint32_t>(row);
        }
        if (next == stretches_.end() || next->distance != distance) return std::nullopt;
        return next->row;
    }

private:
    struct Stretch {
        std::uint32_t row = 0;  // its first
        std::uint32_t distance = 0;
    };

    static std::uint32_t distance(std::uint64_t position, std::uint64_t first) {
        return static_cast<std::uint32_t>(position - first);
    }

    std::vector<Stretch> stretches_;
    std::uint32_t count_ = 0;
};

}  // namespace warren::storage
