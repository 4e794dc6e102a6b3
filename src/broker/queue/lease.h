#pragma once
// x-expires: a queue goes when it was unused for that long. A consumer, a basic.get or a redeclare
// is use; publishing is not.
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
