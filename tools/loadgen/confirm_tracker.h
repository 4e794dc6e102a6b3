#pragma once
// The messages of one publishing channel that wait for their confirm. Tags count from 1 as the
// protocol does; each outstanding one has its time of sending in a ring, so that confirms may come
// singly, in any order, or merged.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "clock.h"
#include "histogram.h"

namespace loadgen {

class ConfirmTracker {
public:
    explicit ConfirmTracker(std::uint32_t window)
        : window_(window), sent_at_(std::bit_ceil(std::size_t{window} + 1), settled) {}

    std::size_t room() const { return window_ - static_cast<std::size_t>(next_ - lowest_); }
    std::size_t outstanding() const { return unsettled_; }

    void sent(std::size_t count, Nanos now) {
        for (std::size_t i = 0; i < count; ++i)
            sent_at_[slot(next_++)] = now;
        unsettled_ += count;
    }

    // Settles one tag or all up to it (0 and multiple: all there are). Returns how many it settled;
    // 0 means that the broker confirmed something that is not outstanding.
    std::size_t settle(std::uint64_t tag, bool multiple, Nanos now, Histogram* latency) {
        if (tag == 0 && multiple) tag = next_ - 1;
        if (tag < lowest_ || tag >= next_) return 0;
        std::size_t count = 0;
        for (std::uint64_t at = multiple ? lowest_ : tag; at <= tag; ++at)
            count += settle_one(at, now, latency);
        while (lowest_ < next_ && sent_at_[slot(lowest_)] == settled)
            ++lowest_;
        unsettled_ -= count;
        return count;
    }

private:
    static constexpr Nanos settled = nanos_never;

    std::size_t slot(std::uint64_t tag) const {
        return static_cast<std::size_t>(tag) & (sent_at_.size() - 1);
    }
    std::size_t settle_one(std::uint64_t tag, Nanos now, Histogram* latency) {
        Nanos& at = sent_at_[slot(tag)];
        if (at == settled) return 0;
        if (latency != nullptr) latency->record(now - at);
        at = settled;
        return 1;
    }

    std::size_t window_;
    std::uint64_t lowest_ = 1;  // the lowest tag not settled
    std::uint64_t next_ = 1;    // the tag of the next message sent
    std::size_t unsettled_ = 0;
    std::vector<Nanos> sent_at_;
};

}  // namespace loadgen
