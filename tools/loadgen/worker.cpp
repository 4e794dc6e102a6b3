#include "worker.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace loadgen {
namespace {

constexpr Nanos longest_wait = 100'000'000;
constexpr std::size_t turns_between_tallies = 16;

void watch(int epoll, int fd, std::uint32_t events, void* who) {
    epoll_event event{.events = events, .data = {.ptr = who}};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        throw std::runtime_error(std::string("epoll_ctl: ") + std::strerror(errno));
    }
}

timespec to_timespec(Nanos nanos) {
    return {.tv_sec = static_cast<time_t>(nanos / nanos_per_second),
            .tv_nsec = static_cast<long>(nanos % nanos_per_second)};
}

}  // namespace

Worker::Worker(RunState& run)
    : run_(run),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    watch(epoll_, wake_event_, EPOLLIN, nullptr);
}

Worker::~Worker() {
    join();
    close(wake_event_);
    close(epoll_);
}

void Worker::add(std::unique_ptr<Peer> peer) {
    const int fd = peer->stream().fd();
    places_.push_back({.peer = std::move(peer)});
    watch(epoll_, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &places_.back());
}

void Worker::start() {
    thread_ = std::thread([this] { run_loop(); });
}

void Worker::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_event_, &one, sizeof one);
}

void Worker::join() {
    if (thread_.joinable()) thread_.join();
}

Tally Worker::tally() const {
    const std::lock_guard lock(counted_mutex_);
    return counted_;
}

void Worker::publish_tally() {
    const std::lock_guard lock(counted_mutex_);
    counted_ = counting_;
}

void Worker::add_latencies(Histogram& delivery, Histogram& confirm) const {
    for (const Place& place : places_)
        place.peer->add_latency(delivery, confirm);
}

void Worker::run_loop() {
    prctl(PR_SET_TIMERSLACK, 1);
    while (!run_.stop.load(std::memory_order_relaxed)) {
        wait_for_events();
        take_turns();
        publish_tally();
    }
    finish_peers();
}

// Waits not at all when turns were left unfinished, else until an event or until the first peer has
// something due.
void Worker::wait_for_events() {
    Nanos wait = longest_wait;
    if (!next_.empty() || wake_all_) {
        wait = 0;
    } else if (!timers_.empty()) {
        const Nanos due = timers_.top().at;
        const Nanos now = monotonic_now();
        wait = due <= now ? 0 : std::min(wait, due - now);
    }
    epoll_event events[256];
    const timespec limit = to_timespec(wait);
    const int count = epoll_pwait2(epoll_, events, std::size(events), &limit, nullptr);
    active_.clear();
    active_.swap(next_);
    for (int i = 0; i < count; ++i) {
        auto* const place = static_cast<Place*>(events[i].data.ptr);
        if (place == nullptr) {
            std::uint64_t ignored = 0;
            [[maybe_unused]] const ssize_t got = read(wake_event_, &ignored, sizeof ignored);
            wake_all_ = true;
            continue;
        }
        place->peer->stream().note_events(events[i].events);
        queue(*place, active_);
    }
}

void Worker::queue(Place& place, std::vector<Place*>& where) {
    if (place.queued) return;
    place.queued = true;
    where.push_back(&place);
}

void Worker::take_turn(Place& place) {
    place.queued = false;
    if (place.peer->failed()) return;
    if (place.peer->turn(arena_)) queue(place, next_);
    const Nanos due = place.peer->next_due();
    if (due >= place.timer) return;
    place.timer = due;
    timers_.push({due, &place});
}

// A peer that has put its time off since is asked again when that has come.
void Worker::queue_due() {
    if (timers_.empty()) return;
    const Nanos now = monotonic_now();
    while (!timers_.empty() && timers_.top().at <= now) {
        const Timer timer = timers_.top();
        timers_.pop();
        if (timer.place->timer != timer.at) continue;
        const Nanos due = timer.place->peer->next_due();
        timer.place->timer = nanos_never;
        if (due <= now) {
            queue(*timer.place, active_);
        } else if (due != nanos_never) {
            timer.place->timer = due;
            timers_.push({due, timer.place});
        }
    }
}

void Worker::take_turns() {
    if (wake_all_) {
        wake_all_ = false;
        for (Place& place : places_)
            queue(place, active_);
    }
    queue_due();
    // With thousands of busy peers one round takes long: others look at the counters meanwhile.
    std::size_t taken = 0;
    for (Place* place : active_) {
        take_turn(*place);
        if (++taken % turns_between_tallies == 0) publish_tally();
    }
}

// Last words (acknowledgements of the last messages) and then connection.close, one connection
// after the other.
void Worker::finish_peers() {
    for (Place& place : places_) {
        if (place.peer->failed()) continue;
        place.peer->finish();
        close_politely(place.peer->stream().release(), place.peer->out());
    }
}

}  // namespace loadgen
