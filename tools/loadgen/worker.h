#pragma once
// A thread with an epoll loop that serves its peers in turns. Peers are added before the thread
// starts and looked at again after it ended; in between only the counters are read from outside.
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "peer.h"
#include "run_state.h"

namespace loadgen {

class Worker {
public:
    explicit Worker(RunState& run);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void add(std::unique_ptr<Peer> peer);
    void start();
    // Makes the thread look at the run's flags now.
    void wake();
    void join();

    // What peers of this worker are to be built with.
    PeerContext context() { return {run_, counting_}; }
    // What all peers have counted up to the end of the last turn.
    Tally tally() const;
    // The latencies of all peers together; after join().
    void add_latencies(Histogram& delivery, Histogram& confirm) const;

private:
    struct Place {
        std::unique_ptr<Peer> peer;
        bool queued = false;        // in active_ or next_
        Nanos timer = nanos_never;  // of its entry in timers_ that counts
    };
    // An entry whose time is no longer its place's timer counts for nothing.
    struct Timer {
        Nanos at;
        Place* place;
        bool operator>(const Timer& other) const { return at > other.at; }
    };

    void run_loop();
    void wait_for_events();
    void queue(Place& place, std::vector<Place*>& where);
    void take_turn(Place& place);
    void take_turns();
    void queue_due();
    void publish_tally();
    void finish_peers();

    RunState& run_;
    int epoll_ = -1;
    int wake_event_ = -1;
    std::deque<Place> places_;
    std::vector<Place*> active_;  // to be served in this turn of the loop
    std::vector<Place*> next_;    // to be served in the next
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    bool wake_all_ = true;
    ReadArena arena_;
    Tally counting_;  // the thread's own; copied for others at the end of each turn
    mutable std::mutex counted_mutex_;
    Tally counted_;
    std::thread thread_;
};

}  // namespace loadgen
