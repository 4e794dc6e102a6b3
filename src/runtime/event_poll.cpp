#include "runtime/event_poll.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/ensure.h"

namespace warren::runtime {

namespace {

constexpr std::uint32_t input_events = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t ns_per_ms = 1'000'000;

int checked(int descriptor, const char* call) {
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), call);
    return descriptor;
}

}  // namespace

EventPoll::EventPoll()
    : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      bell_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;  // every ring is an edge: it need not be read away
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &event), "epoll_ctl");
}

EventPoll::~EventPoll() {
    ::close(bell_);
    ::close(epoll_);
}

bool EventPoll::watch(int descriptor, Target& target) {
    epoll_event event{};
    event.events = input_events;
    event.data.ptr = &target;
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EventPoll::watch_output_too(int descriptor, Target& target) {
    epoll_event event{};
    event.events = input_events | EPOLLOUT;
    event.data.ptr = &target;
    ENSURE(::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) == 0);
}

void EventPoll::forget(Target& target) {
    if (called_ == &target) called_ = nullptr;
    for (std::size_t index = next_event_; index < event_count_; ++index)
        if (events_[index].data.ptr == &target) events_[index].data.ptr = nullptr;
    if (!std::exchange(target.is_listed, false)) return;
    std::erase(soon_, &target);
    std::replace(telling_.begin(), telling_.end(), &target, static_cast<Target*>(nullptr));
}

void EventPoll::call_soon(Target& target) {
    if (!std::exchange(target.is_listed, true)) soon_.push_back(&target);
}

void EventPoll::wait(std::int64_t timeout_ns) {
    next_event_ = 0;
    event_count_ = static_cast<std::size_t>(wait_in_kernel(soon_.empty() ? timeout_ns : 0));
}

std::size_t EventPoll::call_ready() {
    // What is asked for by those who are called now belongs to the next time.
    telling_.swap(soon_);
    std::size_t called = telling_.size();
    while (next_event_ < event_count_) {
        const epoll_event& event = events_[next_event_++];
        if (event.data.ptr == nullptr) continue;  // the bell
        ++called;
        call(*static_cast<Target*>(event.data.ptr), event.events);
    }
    for (Target*& target : telling_) {
        if (target == nullptr) continue;
        target->is_listed = false;
        call(*std::exchange(target, nullptr), 0);
    }
    telling_.clear();
    return called;
}

void EventPoll::call(Target& target, std::uint32_t events) {
    called_ = &target;
    target.on_events(events);
    called_ = nullptr;
}

int EventPoll::wait_in_kernel(std::int64_t timeout_ns) {
    constexpr int room = static_cast<int>(events_max);
    int count = 0;
    if (timeout_ns > 0 && has_nanoseconds_) {
        const timespec timeout{.tv_sec = timeout_ns / ns_per_s, .tv_nsec = timeout_ns % ns_per_s};
        count = ::epoll_pwait2(epoll_, events_.data(), room, &timeout, nullptr);
        if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
            has_nanoseconds_ = false;
            return 0;
        }
    } else {
        const std::int64_t ms = timeout_ns < 0 ? -1 : (timeout_ns + ns_per_ms - 1) / ns_per_ms;
        count = ::epoll_wait(epoll_, events_.data(), room,
                             static_cast<int>(std::min<std::int64_t>(ms, INT_MAX)));
    }
    // A signal, at most: the caller takes a turn and waits again.
    return std::max(count, 0);
}

void EventPoll::ring() {
    const std::uint64_t one = 1;
    // Fails only after 2^64 rings.
    [[maybe_unused]] const ssize_t written = ::write(bell_, &one, sizeof one);
}

}  // namespace warren::runtime
