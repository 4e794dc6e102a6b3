#pragma once
// A shard's log engine under everything that can happen to it: queues that do what queues do,
// lanes that are slow or fast, crashes at any call to the disk, full and broken disks, rotten bits;
// then a restart, a look at what has come back, and on from there, several times. All by a seed.
#include <cstdint>
#include <string>

#include "tests/sim/engine_rig.h"

namespace warren::sim {

struct SimulationPlan {
    std::uint64_t seed = 1;
    // The first process meets its crash at this call that changes anything; 0: at some call.
    std::uint64_t first_crash_at = 0;
    bool trace = false;  // says on stderr what is done
};

struct SimulationReport {
    std::uint64_t crashes = 0;  // and other ends of processes
    std::uint64_t io_calls = 0;
    // The first process has lived long enough to meet that crash.
    bool first_crash_came = false;
    std::string violation;  // empty: all is well
};

// For engine_simulation_main.cpp.
std::string arguments_of(const SimulationPlan& plan);

SimulationReport simulate(const SimulationPlan& plan);

}  // namespace warren::sim
