#pragma once
// Gives back the memory that a shard needed for work that is done, without holding up the work that
// goes on:
//
//   while queues work     every tenth of a second the thread's allocator takes back what other
//                         shards have freed: often, so that it is little each time. Pages that are
//                         free then stay with the process.
//   every second or so    the lane gives those pages to the system: four milliseconds for 32 MiB,
//                         which nobody waits for there.
//   when it is quiet      the shard itself cleans up thoroughly.
//
// Lives on its shard.
#include <cstdint>

#include "base/clock.h"
#include "runtime/shard.h"
#include "runtime/timer_queue.h"
#include "storage/background.h"

namespace warren::app {

class Housekeeping {
public:
    Housekeeping(runtime::Shard& shard, storage::Background& lane);

    // At the end of a turn: how much the queues have worked so far.
    void note_activity(std::uint64_t activity) {
        activity_ = activity;
        if (activity_ != seen_ && !timer_.pending()) timer_.schedule(soon());
    }

private:
    Instant soon() { return shard_.now().instant.plus_ms(interval_ms_); }
    void work();
    void clean_up_if_quiet();

    runtime::Shard& shard_;
    storage::Background& lane_;
    runtime::Timer timer_;
    std::uint64_t activity_ = 0;
    std::uint64_t seen_ = 0;        // of activity_, when this last worked
    std::uint64_t questioned_ = 0;  // of activity_, when it was last asked whether it is quiet
    Instant next_question_{};
    std::int64_t interval_ms_;
    bool lane_works_ = false;
    bool is_clean_ = true;
};

}  // namespace warren::app
