#pragma once
// A shard works in turns: ready sockets, timers and posted functions run and fill lists; at the end
// of the turn the hooks run, in the order they were added, and empty them.

#include "base/clock.h"

namespace warren::runtime {

// Called on its shard only, and must outlive the shard's loop.
class TurnHook {
public:
    // The end of a turn. Returns true when there is more to do at once: the shard then takes
    // another turn without sleeping (and without keeping the sockets waiting).
    virtual bool end_turn(const Now& now) = 0;
    // Has another thread put something here that end_turn() would find? Asked once more when the
    // shard is about to sleep; whoever puts something here calls Shard::wake() afterwards.
    virtual bool has_mail() const { return false; }

protected:
    ~TurnHook() = default;
};

}  // namespace warren::runtime
