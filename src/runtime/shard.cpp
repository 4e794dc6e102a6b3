#include "runtime/shard.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/shard_bound.h"
#include "runtime/asio_access.h"
#include "runtime/sleep_flag.h"
#include "runtime/turn.h"

namespace warren::runtime {

namespace asio = boost::asio;

namespace {

// Ready sockets served and timers fired in one turn before the hooks have their chance.
constexpr std::size_t handlers_per_turn = 256;
constexpr std::size_t timers_per_turn = 4096;
// As far away as the clock's nanoseconds reach.
constexpr std::int64_t alarm_ms_max = INT64_MAX / 1'000'000;

}  // namespace

struct Shard::Loop {
    explicit Loop(ShardOptions shard_options)
        : options(shard_options),
          // Sockets and timers belong to this thread alone and need no locks; posting needs them.
          io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
          keep_running(asio::make_work_guard(io)),
          timers(read_clocks().instant),
          alarm(io) {}

    void run();
    void take_turn(bool may_sleep);
    std::size_t wait();
    bool run_hooks();
    bool has_mail() const;
    void set_alarm();
    const Now& clocks();

    ShardOptions options;
    asio::io_context io;
    asio::executor_work_guard<asio::io_context::executor_type> keep_running;
    TimerQueue timers;
    asio::steady_timer alarm;  // wakes the loop when the next timer is due
    Instant alarm_set_to = Instant::never();
    std::vector<TurnHook*> hooks;
    Now now{};
    bool now_is_stale = true;
    bool turn_requested = false;
    ShardStats stats;
    std::thread thread;

    // Touched by other threads.
    SleepFlag sleep_flag;
    std::atomic<bool> stopping{false};
};

void Shard::Loop::run() {
    set_this_shard(options.id);
    bool more_work = false;
    while (!stopping.load(std::memory_order_relaxed)) {
        take_turn(!more_work);
        more_work = std::exchange(turn_requested, false);
    }
}

void Shard::Loop::take_turn(bool may_sleep) {
    ++stats.turns;
    now_is_stale = true;
    std::size_t handled = may_sleep ? wait() : 0;
    while (handled < handlers_per_turn && io.poll_one() != 0)
        ++handled;
    stats.handlers += handled;
    if (timers.next_call() <= clocks().instant && timers.run_due(clocks().instant, timers_per_turn))
        turn_requested = true;
    if (run_hooks()) turn_requested = true;
}

// Blocks until something happens, unless there is mail already. Returns how many handlers have run.
std::size_t Shard::Loop::wait() {
    set_alarm();
    sleep_flag.going_to_sleep();
    std::size_t handled = 0;
    if (!has_mail()) {
        ++stats.sleeps;
        handled = io.run_one();
    }
    sleep_flag.woke_up();
    return handled;
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

// The alarm is moved only to an earlier time: one that rings too early finds nothing due and is set
// again, which is cheaper than a system call whenever a timer is put off.
void Shard::Loop::set_alarm() {
    const Instant next = timers.next_call();
    if (next >= alarm_set_to) return;
    alarm_set_to = next;
    // Instants are cut from the clock that Asio waits by: it rings as the millisecond begins.
    const std::chrono::milliseconds when(std::min(next.ms, alarm_ms_max));
    alarm.expires_at(asio::steady_timer::time_point(when));
    alarm.async_wait([this](const boost::system::error_code& error) {
        if (!error) alarm_set_to = Instant::never();
    });
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
    asio::post(loop_->io, std::move(function));
}

void Shard::wake() {
    if (loop_->sleep_flag.must_ring()) asio::post(loop_->io, [] {});
}

void Shard::stop() {
    loop_->stopping.store(true, std::memory_order_relaxed);
    asio::post(loop_->io, [] {});
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

void Shard::request_turn() {
    loop_->turn_requested = true;
}

const ShardStats& Shard::stats() const {
    return loop_->stats;
}

boost::asio::io_context& AsioAccess::io(Shard& shard) {
    return shard.loop_->io;
}

}  // namespace warren::runtime
