#pragma once
// A shard: one thread, one event loop, and all that lives on it. Work happens in turns:
//
//   1. wait for a ready socket, a timer or a posted function (not if the last turn left work);
//   2. run what is ready, up to a bound, and the timers that are due;
//   3. run the hooks in the order added: they take mail, let queues work, write to sockets, post
//      batches to other shards.
//
// An idle shard sleeps in the kernel without any timer of its own. Other threads reach a shard by
// MailboxGrid and wake() (batches, every turn) or post_from_any_thread() (start, stop, hand-over).
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/ids.h"
#include "runtime/fwd.h"
#include "runtime/timer_queue.h"

namespace warren::runtime {

struct ShardOptions {
    ShardId id;
    std::optional<unsigned> processor;  // the thread stays on it; usually better left to the kernel
};

// Plain counters, read on the shard.
struct ShardStats {
    std::uint64_t turns = 0;
    std::uint64_t sleeps = 0;      // turns that may have waited in the kernel
    std::uint64_t handlers = 0;    // ready descriptors and posted functions
    std::uint64_t yields = 0;      // give_way()
    std::uint64_t long_turns = 0;  // longer than a millisecond; each is a line of the debug log
    std::int64_t longest_turn_ns = 0;
};

class Shard {
public:
    explicit Shard(ShardOptions options);
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
    // The loop must have ended.
    ~Shard();

    ShardId id() const;

    // ---- by whoever built the shard ----
    // Runs the loop on a thread of its own, named warren-shard-<id>; `setup` comes first, on that
    // thread.
    void start(std::move_only_function<void()> setup = {});
    // Waits for the thread to end after stop().
    void join();
    // Runs the loop on the calling thread, which becomes the shard, until stop(). For tests.
    void run();

    // ---- from any thread ----
    // Runs `function` on the shard in one of its next turns. What is posted after stop() is
    // destroyed unrun, at the latest with the shard.
    void post_from_any_thread(std::move_only_function<void()> function);
    // There is mail: the shard takes a turn. Costs a system call only if it sleeps.
    void wake();
    // The loop ends after the turn it is in.
    void stop();

    // ---- on the shard ----
    // Both clocks, read once a turn.
    const Now& now();
    TimerQueue& timers();
    // Hooks run in the order added and are never removed. Also before start().
    void add_hook(TurnHook& hook);
    // Who watches a descriptor is called within a turn.
    EventPoll& events();
    // When this turn began, on the steady clock.
    std::int64_t turn_began_ns() const;
    // After this turn comes another one at once.
    void request_turn();
    // Another turn begins at that time (turn_began_ns()) if none has before; for less than
    // milliseconds, and anew in each turn.
    void request_turn_at(std::int64_t steady_ns);
    // Before the next turn other threads may have the processor, if any wait for it: what this
    // shard has left to do is less urgent than what they do.
    void give_way();
    const ShardStats& stats() const;

private:
    struct Loop;  // hides the thread and what others touch

    std::unique_ptr<Loop> loop_;
};

}  // namespace warren::runtime
