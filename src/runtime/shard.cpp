#include "runtime/shard.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "base/log.h"
#include "base/shard_bound.h"
#include "runtime/event_poll.h"
#include "runtime/sleep_flag.h"
#include "runtime/turn.h"

namespace warren::runtime {

namespace {

// Timers fired in one turn before the hooks have their chance.
constexpr std::size_t timers_per_turn = 4096;

constexpr std::int64_t ns_per_ms = 1'000'000;
// The kernel may end a long sleep late by a thousandth (select_estimate_accuracy() in its source).
// So the last bit of it is slept by itself.
constexpr std::int64_t long_sleep_ns = 64 * ns_per_ms;
constexpr std::int64_t last_bit = 512;
// Short turns that follow one another ask the kernel for events once in this time.
constexpr std::int64_t unasked_ns_max = 20'000;
// Others on the shard have waited noticeably.
constexpr std::int64_t long_turn_ns = ns_per_ms;

std::int64_t steady_ns() {
    using std::chrono::nanoseconds;
    return nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

struct Shard::Loop {
    explicit Loop(ShardOptions shard_options)
        : options(shard_options), timers(read_clocks().instant) {}

    void run();
    void take_turn(bool may_sleep);
    void wait();
    void note_turn(std::int64_t took_ns);
    std::size_t run_posted();
    bool run_hooks();
    bool has_mail() const;
    std::int64_t sleep_ns() const;
    const Now& clocks();

    ShardOptions options;
    EventPoll events;
    TimerQueue timers;
    std::vector<TurnHook*> hooks;
    Now now{};
    bool now_is_stale = true;
    bool turn_requested = false;
    bool gives_way = false;
    std::int64_t asked_ns = 0;        // when the kernel was last asked for events
    std::int64_t began_ns = 0;        // when this turn began
    std::int64_t due_ns = INT64_MAX;  // when the next one begins at the latest
    std::int64_t ended_ns = 0;        // when the last turn was over
    ShardStats stats;
    std::vector<std::move_only_function<void()>> running;  // what was posted, in this turn
    std::thread thread;

    // Touched by other threads.
    SleepFlag sleep_flag;
    std::atomic<bool> stopping{false};
    std::atomic<bool> has_posted{false};
    std::mutex posted_mutex;
    std::vector<std::move_only_function<void()>> posted;
};

void Shard::Loop::run() {
    set_this_shard(options.id);
    bool more_work = false;
    while (!stopping.load(std::memory_order_relaxed)) {
        take_turn(!more_work);
        more_work = std::exchange(turn_requested, false);
        if (!std::exchange(gives_way, false)) continue;
        ++stats.yields;
        sched_yield();
    }
}

void Shard::Loop::take_turn(bool may_sleep) {
    ++stats.turns;
    const bool asks = may_sleep || ended_ns - asked_ns > unasked_ns_max;
    if (may_sleep)
        wait();
    else if (asks)
        events.wait(0);
    now_is_stale = true;
    began_ns = steady_ns();
    due_ns = INT64_MAX;
    if (asks) asked_ns = began_ns;
    stats.handlers += events.call_ready();
    stats.handlers += run_posted();
    if (timers.next_call() <= clocks().instant && timers.run_due(clocks().instant, timers_per_turn))
        turn_requested = true;
    if (run_hooks()) turn_requested = true;
    ended_ns = steady_ns();
    note_turn(ended_ns - began_ns);
}

// Blocks until something happens, unless there is mail already.
void Shard::Loop::wait() {
    sleep_flag.going_to_sleep();
    const bool sleeps = !has_posted.load(std::memory_order_seq_cst) && !has_mail();
    if (sleeps) ++stats.sleeps;
    events.wait(sleeps ? sleep_ns() : 0);
    sleep_flag.woke_up();
}

void Shard::Loop::note_turn(std::int64_t took_ns) {
    stats.longest_turn_ns = std::max(stats.longest_turn_ns, took_ns);
    if (took_ns < long_turn_ns) return;
    ++stats.long_turns;
    log::debug(log::general, "a turn of shard {} took {} us", options.id.value, took_ns / 1000);
}

// How long until something is due; below 0 if nothing is. Instants are cut from this clock: the
// sleep ends as the millisecond begins.
std::int64_t Shard::Loop::sleep_ns() const {
    const Instant timer = timers.next_call();
    const std::int64_t timer_ns =
        timer.ms >= INT64_MAX / ns_per_ms ? INT64_MAX : timer.ms * ns_per_ms;
    const std::int64_t next_ns = std::min(timer_ns, due_ns);
    if (next_ns == INT64_MAX) return -1;
    const std::int64_t left = next_ns - steady_ns();
    if (left <= 0) return 0;
    return left > long_sleep_ns ? left - left / last_bit : left;
}

std::size_t Shard::Loop::run_posted() {
    if (!has_posted.load(std::memory_order_relaxed)) return 0;
    {
        const std::lock_guard lock(posted_mutex);
        has_posted.store(false, std::memory_order_relaxed);
        running.swap(posted);
    }
    for (auto& function : running)
        std::exchange(function, nullptr)();
    const std::size_t count = running.size();
    running.clear();
    return count;
}

bool Shard::Loop::run_hooks() {
    bool more_work = false;
    for (TurnHook* hook : hooks)
        if (hook->end_turn(clocks())) more_work = true;
    return more_work;
}

bool Shard::Loop::has_mail() const {
    for (const TurnHook* hook : hooks)
        if (hook->has_mail()) return true;
    return false;
}

const Now& Shard::Loop::clocks() {
    if (std::exchange(now_is_stale, false)) now = read_clocks();
    return now;
}

Shard::Shard(ShardOptions options) : loop_(std::make_unique<Loop>(options)) {}

Shard::~Shard() {
    ENSURE(!loop_->thread.joinable());
}

ShardId Shard::id() const {
    return loop_->options.id;
}

void Shard::start(std::move_only_function<void()> setup) {
    loop_->thread = std::thread([loop = loop_.get(), setup = std::move(setup)]() mutable {
        set_this_shard(loop->options.id);
        if (setup) setup();
        loop->run();
    });
    const pthread_t handle = loop_->thread.native_handle();
    // Cosmetic and advisory: neither failure matters.
    pthread_setname_np(handle, ("warren-shard-" + std::to_string(id().value)).c_str());
    if (loop_->options.processor) {
        cpu_set_t processors;
        CPU_ZERO(&processors);
        CPU_SET(*loop_->options.processor, &processors);
        pthread_setaffinity_np(handle, sizeof processors, &processors);
    }
}

void Shard::join() {
    loop_->thread.join();
}

void Shard::run() {
    loop_->run();
}

void Shard::post_from_any_thread(std::move_only_function<void()> function) {
    {
        const std::lock_guard lock(loop_->posted_mutex);
        loop_->posted.push_back(std::move(function));
        loop_->has_posted.store(true, std::memory_order_seq_cst);
    }
    wake();
}

void Shard::wake() {
    if (loop_->sleep_flag.must_ring()) loop_->events.ring();
}

void Shard::stop() {
    loop_->stopping.store(true, std::memory_order_relaxed);
    loop_->events.ring();
}

const Now& Shard::now() {
    return loop_->clocks();
}

TimerQueue& Shard::timers() {
    return loop_->timers;
}

void Shard::add_hook(TurnHook& hook) {
    loop_->hooks.push_back(&hook);
}

std::int64_t Shard::turn_began_ns() const {
    return loop_->began_ns;
}

void Shard::request_turn() {
    loop_->turn_requested = true;
}

void Shard::request_turn_at(std::int64_t steady_ns) {
    loop_->due_ns = std::min(loop_->due_ns, steady_ns);
}

void Shard::give_way() {
    loop_->gives_way = true;
}

const ShardStats& Shard::stats() const {
    return loop_->stats;
}

EventPoll& Shard::events() {
    return loop_->events;
}

}  // namespace warren::runtime
