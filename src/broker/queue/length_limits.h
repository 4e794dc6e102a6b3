#pragma once
// x-max-length and x-max-length-bytes: only ready messages count, and of them only the bodies
// (RabbitMQ: message_bytes_ready).
#include <cstdint>

#include "broker/queue/queue_settings.h"

namespace warren::broker {

class LengthLimits {
public:
    explicit LengthLimits(const QueueSettings& settings)
        : length_max_(settings.length_max.value_or(UINT64_MAX)),
          bytes_max_(settings.length_bytes_max.value_or(UINT64_MAX)) {}

    bool any() const { return length_max_ != UINT64_MAX || bytes_max_ != UINT64_MAX; }
    // The queue is longer than it may be.
    bool exceeded(std::uint64_t ready, std::uint64_t ready_bytes) const {
        return ready > length_max_ || ready_bytes > bytes_max_;
    }
    // RabbitMQ's low mark of a soft limit: four fifths of it.
    bool well_below(std::uint64_t ready, std::uint64_t ready_bytes) const {
        return ready <= low_mark(length_max_) && ready_bytes <= low_mark(bytes_max_);
    }
    // One more message of that size would make it so.
    bool would_exceed(std::uint64_t ready, std::uint64_t ready_bytes, std::uint64_t bytes) const {
        return exceeded(ready + 1, ready_bytes + bytes);
    }

private:
    static std::uint64_t low_mark(std::uint64_t limit) {
        return limit == UINT64_MAX ? limit : limit - limit / 5 - (limit % 5 != 0);
    }

    std::uint64_t length_max_;
    std::uint64_t bytes_max_;
};

}  // namespace warren::broker
