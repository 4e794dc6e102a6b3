#pragma once
// A relay in a thread of its own, for tests.
#include <thread>

#include "relay.h"

namespace loadgen {

class RunningRelay {
public:
    explicit RunningRelay(RelayFaults faults = {})
        : relay_(0, faults), thread_([this] { relay_.run(); }) {}
    ~RunningRelay() {
        relay_.stop();
        thread_.join();
    }
    RunningRelay(const RunningRelay&) = delete;
    RunningRelay& operator=(const RunningRelay&) = delete;

    std::uint16_t port() const { return relay_.port(); }

private:
    Relay relay_;
    std::thread thread_;
};

}  // namespace loadgen
