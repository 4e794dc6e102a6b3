#include "delivery_ledger.h"

#include <algorithm>
#include <bit>

namespace loadgen {

DeliveryLedger::Verdict DeliveryLedger::accept_out_of_line(std::uint64_t sequence) {
    if (sequence < next_) return Verdict::duplicate;
    const std::uint64_t distance = sequence - next_;
    if (distance >= window_bits_max - 64) return Verdict::too_far_ahead;
    // One word more than the distance needs, because next_ may stand anywhere within its word.
    if (distance + 64 >= window_.size() * 64) widen(static_cast<std::size_t>(distance) + 65);
    if (seen(sequence)) return Verdict::duplicate;
    window_[word_of(sequence)] |= std::uint64_t{1} << (sequence % 64);
    highest_ = ahead_ == 0 ? sequence : std::max(highest_, sequence);
    ++ahead_;
    advance();
    return Verdict::first_time;
}

void DeliveryLedger::advance() {
    while (ahead_ > 0 && seen(next_)) {
        window_[word_of(next_)] &= ~(std::uint64_t{1} << (next_ % 64));
        ++next_;
        --ahead_;
    }
}

void DeliveryLedger::widen(std::size_t bits_wanted) {
    const std::size_t words = std::bit_ceil(std::max<std::size_t>(bits_wanted / 64 + 1, 16));
    std::vector<std::uint64_t> old(words);
    old.swap(window_);
    if (ahead_ == 0) return;
    for (std::uint64_t word = next_ / 64; word <= highest_ / 64; ++word) {
        window_[static_cast<std::size_t>(word) & (window_.size() - 1)] =
            old[static_cast<std::size_t>(word) & (old.size() - 1)];
    }
}

}  // namespace loadgen
