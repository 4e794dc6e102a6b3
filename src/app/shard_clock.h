#pragma once
// The clocks of a shard's turns, as what lives on the shard wants to see them.
#include "base/clock.h"
#include "runtime/shard.h"

namespace warren::app {

class ShardClock final : public TurnClock {
public:
    explicit ShardClock(runtime::Shard& shard) : shard_(shard) {}
    Now now() override { return shard_.now(); }
    Now fresh_now() override { return read_clocks(); }

private:
    runtime::Shard& shard_;
};

}  // namespace warren::app
