#pragma once
// Lives and deaths of one server on one data folder, round by round; see README.md.
#include <cstdint>
#include <memory>
#include <string>

#include "drain.h"
#include "server.h"
#include "traffic.h"

namespace crash {

struct RunOptions {
    ServerOptions server;
    std::uint64_t seed = 1;
    std::uint64_t rounds = 10;
    double seconds_max = 0;         // no further round is begun after this; 0: no limit
    double life_seconds_max = 1.5;  // of traffic in a round
    bool quiet = false;
};

class CrashRun {
public:
    explicit CrashRun(RunOptions options);

    // True when nothing contradicts the record.
    bool execute();
    const World& world() const { return world_; }
    std::uint64_t rounds_done() const { return round_; }

private:
    bool start();
    void kill_while_starting();
    bool verify();
    void verify_queues();
    void verify_stream(QueueIndex stream);
    void live();
    void die_by_signal(Traffic& traffic);
    void die_in_order(Traffic& traffic);
    loadgen::Target target() const;
    void say(const std::string& text) const;

    RunOptions options_;
    Server server_;
    World world_;
    std::uint64_t round_ = 0;
};

}  // namespace crash
