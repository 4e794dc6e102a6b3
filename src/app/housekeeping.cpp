#include "app/housekeeping.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/memory_release.h"

namespace warren::app {

namespace {

constexpr std::int64_t interval_ms_min = 100;
constexpr std::int64_t interval_ms_max = 2000;
// Of the shard's time; a heap of many gigabytes takes longer to walk, and is walked less often.
constexpr std::int64_t share_of_time = 200;
constexpr std::int64_t question_ms = 2000;
// Turns in which queues worked between two questions.
constexpr std::uint64_t quiet_turns_max = 200;

}  // namespace

Housekeeping::Housekeeping(runtime::Shard& shard, storage::Background& lane)
    : shard_(shard),
      lane_(lane),
      timer_(shard.timers(), [this] { work(); }),
      interval_ms_(interval_ms_min) {}

void Housekeeping::work() {
    using Clock = std::chrono::steady_clock;
    if (std::exchange(seen_, activity_) != activity_) is_clean_ = false;
    const auto begin = Clock::now();
    gather_unused_memory();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    interval_ms_ =
        std::clamp(took.count() * share_of_time / 1000, interval_ms_min, interval_ms_max);
    clean_up_if_quiet();
    if (!is_clean_) timer_.schedule(soon());
}

void Housekeeping::clean_up_if_quiet() {
    const Instant now = shard_.now().instant;
    if (now < next_question_) return;
    next_question_ = now.plus_ms(question_ms);
    const std::uint64_t turns = activity_ - std::exchange(questioned_, activity_);
    if (turns <= quiet_turns_max) release_unused_memory();
    // Not before a while without any work: other shards may free later what was made here.
    is_clean_ = turns == 0;
    if (std::exchange(lane_works_, true)) return;
    lane_.submit([] { release_gathered_memory(); }, [this] { lane_works_ = false; });
}

}  // namespace warren::app
