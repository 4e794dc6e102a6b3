#pragma once
// A histogram of nanoseconds in bounded memory: each power of two is cut into 128 equal steps, so a
// value is known to within 0.8 % from 1 ns to 584 years, in 58 KiB whatever is recorded. Not shared
// between threads; merge at the end.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace loadgen {

class Histogram {
public:
    Histogram() : counts_(slot_count) {}

    void record(std::uint64_t value, std::uint64_t times = 1) {
        counts_[slot_of(value)] += times;
        total_ += times;
        sum_ += value * times;
        if (value > max_) max_ = value;
    }
    void merge(const Histogram& other);

    // The smallest recorded step that `fraction` (0 to 1) of all values do not exceed; 0 when
    // nothing was recorded.
    std::uint64_t quantile(double fraction) const;
    std::uint64_t count() const { return total_; }
    std::uint64_t max() const { return max_; }
    double mean() const;

private:
    static constexpr unsigned step_bits = 7;
    static constexpr std::size_t steps = std::size_t{1} << step_bits;
    static constexpr std::size_t slot_count = (64 - step_bits + 1) * steps;

    static std::size_t slot_of(std::uint64_t value) {
        if (value < steps) return value;
        const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - step_bits - 1;
        return (shift << step_bits) + static_cast<std::size_t>(value >> shift);
    }
    static std::uint64_t upper_bound_of(std::size_t slot);

    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace loadgen
