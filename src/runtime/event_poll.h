#pragma once
// What a shard waits for in the kernel: descriptors that become ready, another thread that rings,
// or a time.
//
// Descriptors are watched by edges (epoll(7)): the kernel is told of each once, and starting to
// wait again costs no system call. Who watches has to remember what was ready until all of it is
// taken; net/readiness.h does. Ringing costs one system call of who rings, and none of who is rung.
//
// Lives on one shard; ring() may be called from any thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/epoll.h>

namespace warren::runtime {

class EventPoll {
public:
    // Belongs to whoever watches a descriptor, usually as a base; says forget() before it goes.
    class Target {
    public:
        // `events` as epoll has them; 0: it was asked for by call_soon(). May destroy any target,
        // its own included.
        virtual void on_events(std::uint32_t events) = 0;

        bool is_listed = false;  // the poll's own: call_soon()

    protected:
        ~Target() = default;
    };

    // Without descriptors for itself nothing works: an exception, while starting.
    EventPoll();
    EventPoll(const EventPoll&) = delete;
    EventPoll& operator=(const EventPoll&) = delete;
    ~EventPoll();

    // Input and its end from now on. False: the kernel cannot watch this one, or has no memory.
    bool watch(int descriptor, Target& target);
    // Room for output too, from now on.
    void watch_output_too(int descriptor, Target& target);
    // The descriptor itself leaves by being closed.
    void forget(Target& target);
    // With the next call_ready(); the wait() before it does not block.
    void call_soon(Target& target);
    // Whose on_events() runs; null once it was forgotten.
    const Target* being_called() const { return called_; }

    // Until something happens or so many nanoseconds have passed; not at all if there is something
    // already, or the time is 0. Below 0: without limit.
    void wait(std::int64_t timeout_ns);
    // Calls those that wait() has found ready; returns how many.
    std::size_t call_ready();

    // A wait() that runs ends, or the next one does not block.
    void ring();

private:
    // Of one wait(); the others come first in the next.
    static constexpr std::size_t events_max = 256;

    int wait_in_kernel(std::int64_t timeout_ns);
    void call(Target& target, std::uint32_t events);

    int epoll_;
    int bell_;
    bool has_nanoseconds_ = true;  // epoll_pwait2: some container runtimes forbid it
    Target* called_ = nullptr;
    std::array<epoll_event, events_max> events_{};
    std::size_t next_event_ = 0;  // [next_event_, event_count_) are not told yet
    std::size_t event_count_ = 0;
    std::vector<Target*> soon_;     // each at most once
    std::vector<Target*> telling_;  // those of soon_ that are called now; null: forgotten
};

}  // namespace warren::runtime
