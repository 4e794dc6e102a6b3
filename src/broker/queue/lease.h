#pragma once
// Reasons for a queue to go by itself: auto-delete (its last consumer has left, and it had one) and
// x-expires (unused for the time: no consumer, no basic.get, no redeclare).
#include <cstdint>

#include "base/clock.h"
#include "broker/queue/queue_settings.h"

namespace warren::broker {

class Lease {
public:
    explicit Lease(Instant now) : last_use_(now) {}

    void use(Instant now) { last_use_ = now; }
    // When an unused queue goes.
    Instant end(const QueueSettings& settings, std::uint64_t consumers) const {
        if (!settings.expires_ms || consumers != 0) return Instant::never();
        return last_use_.plus_ms(static_cast<std::int64_t>(*settings.expires_ms));
    }
    Instant last_use() const { return last_use_; }

private:
    Instant last_use_;
};

}  // namespace warren::broker
