#include "histogram.h"

#include <algorithm>
#include <cmath>

namespace loadgen {

void Histogram::merge(const Histogram& other) {
    for (std::size_t slot = 0; slot < counts_.size(); ++slot)
        counts_[slot] += other.counts_[slot];
    total_ += other.total_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

// The largest value that falls into the slot: the inverse of slot_of.
std::uint64_t Histogram::upper_bound_of(std::size_t slot) {
    if (slot < 2 * steps) return slot;
    const std::size_t shift = (slot >> step_bits) - 1;
    const std::uint64_t mantissa = steps + (slot & (steps - 1));
    return (mantissa << shift) + ((std::uint64_t{1} << shift) - 1);
}

std::uint64_t Histogram::quantile(double fraction) const {
    if (total_ == 0) return 0;
    const double wanted = std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(total_));
    const std::uint64_t rank =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, total_);
    std::uint64_t seen = 0;
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
        seen += counts_[slot];
        if (seen >= rank) return std::min(upper_bound_of(slot), max_);
    }
    return max_;
}

double Histogram::mean() const {
    return total_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(total_);
}

}  // namespace loadgen
