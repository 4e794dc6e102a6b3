#pragma once
// All clients of one life of the server, in one loop and one thread, so that "before" and "after"
// mean the same for all of them.
#include <memory>
#include <vector>

#include "consumer.h"
#include "publisher.h"
#include "topology_churn.h"

namespace crash {

// What outlives the server.
struct World {
    Plan plan = make_plan();
    Faults faults;
    MessageMaker maker;
    Record record;
    Sequences next;
    TopologyRecord topology;
    Random random;

    explicit World(std::uint64_t seed)
        : maker(plan, seed), record(plan, faults), next(plan.sources.size()), random(seed) {}
};

class Traffic {
public:
    Traffic(const loadgen::Target& target, World& world);

    void run(double seconds);
    // Consumers settle nothing any more, and know that what they have settled was taken.
    void stop_settling();
    // After the server's end: takes in what it had still sent.
    void read_last_words();

private:
    void add_reader(const loadgen::Target& target, World& world, QueueIndex stream);
    void turn(int timeout_ms);

    std::vector<std::unique_ptr<Session>> sessions_;
    std::vector<Consumer*> consumers_;  // some of the sessions
};

}  // namespace crash
