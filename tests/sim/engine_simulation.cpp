#include "tests/sim/engine_simulation.h"

#include <cstdio>

#include "tests/sim/queue_actions.h"
#include "tests/sim/segment_rot.h"

namespace warren::sim {

namespace {

enum class Trouble : std::uint8_t { none, full_disk, broken_disk, rot };

class Simulation {
public:
    explicit Simulation(const SimulationPlan& plan)
        : plan_(plan),
          prng_(plan.seed * 1'000'003 + plan.first_crash_at * 7'919),
          first_prng_(plan.seed),
          rig_(plan.seed),
          actions_(rig_, first_prng_, plan.trace) {}

    void run();
    SimulationReport report;

private:
    void live(std::uint64_t generation);
    void plan_crash(std::uint64_t generation);
    void start();
    void take_turn();
    void let_lanes_work();
    void let_time_pass();
    void make_trouble();
    void end_life();
    void count_crash(const char* how);
    void clean_up();
    void trace(const std::string& text) const {
        if (plan_.trace) std::fprintf(stderr, "%s\n", text.c_str());
    }
    bool one_in(std::uint64_t count) { return prng().below(count) == 0; }
    // The first process does the same things wherever its crash is.
    Prng& prng() { return first_life_ ? first_prng_ : prng_; }

    const SimulationPlan plan_;
    Prng prng_;
    Prng first_prng_;
    EngineRig rig_;
    QueueActions actions_;
    bool first_life_ = true;
    bool killed_ = false;  // how this life is to end, if by a crash
    Trouble trouble_ = Trouble::none;
    bool full_ = false;
    bool rot_ = false;  // in this life or an earlier one
};

void Simulation::run() {
    const std::uint64_t lives = 2 + prng_.below(3);
    for (std::uint64_t life = 0; life < lives; ++life)
        live(life);
    clean_up();
    report.io_calls = rig_.disk.mutating_calls();
}

void Simulation::live(std::uint64_t life) {
    first_life_ = life == 0;
    actions_.use(prng());
    trouble_ = static_cast<Trouble>(std::max<std::uint64_t>(prng().below(12), 8) - 8);
    rot_ = rot_ || trouble_ == Trouble::rot;
    // Which damaged entry it was that could not be loaded is only known where the order says it.
    actions_.let_expire(!rot_);
    plan_crash(life);
    start();
    const std::uint64_t turns = 20 + prng().below(120);
    for (std::uint64_t turn = 0; turn < turns && !rig_.disk.is_off(); ++turn) {
        take_turn();
        let_lanes_work();
        let_time_pass();
        if (!rig_.disk.is_off()) rig_.check_queues();
    }
    end_life();
}

// A disk that has said a lie must not be believed when it is asked again: only a power cut shows
// what it really has.
void Simulation::plan_crash(std::uint64_t life) {
    killed_ = trouble_ != Trouble::broken_disk && prng().below(3) == 0;
    const Crash crash = killed_ ? Crash::process_kill : Crash::power_loss;
    const std::uint64_t random_call = 1 + prng().below(prng().below(4) == 0 ? 20 : 300);
    const bool chosen = life == 0 && plan_.first_crash_at != 0;
    rig_.disk.crash_at(chosen ? plan_.first_crash_at : random_call, crash);
}

// Until it has started; crashes may hit that, too.
void Simulation::start() {
    for (;;) {
        const auto started = rig_.start_and_judge();
        if (started) break;
        require(rig_.disk.is_off(), "the engine does not start: {}", started.error());
        count_crash("while starting");
    }
    trace(fmt::format("started: {} queues, {} entries", rig_.queues().size(),
                      rig_.engine().recovery().entries));
}

void Simulation::take_turn() {
    for (SimulatedLane* lane : {&rig_.log_lane, &rig_.store_lane})
        while (lane->finished() != 0 && !one_in(3))
            lane->run_done();
    for (std::uint64_t count = prng().below(4); count != 0; --count)
        actions_.act();
    if (one_in(10)) make_trouble();
    const auto commit = rig_.end_turn(one_in(3));
    if (!plan_.trace) return;
    const auto stats = rig_.engine().stats();
    trace(fmt::format("turn ends: {}, durable {}, {} log files, {} segments, state {}", commit,
                      rig_.durable_through(), stats.wal_files, stats.segments,
                      static_cast<int>(rig_.told_state())));
}

void Simulation::let_lanes_work() {
    for (SimulatedLane* lane : {&rig_.log_lane, &rig_.store_lane})
        while (lane->waiting() != 0 && !one_in(3) && !rig_.disk.is_off())
            lane->run_work();
}

void Simulation::let_time_pass() {
    constexpr std::int64_t steps_ms[] = {1, 20, 250, 1100, 2100};
    if (one_in(3)) rig_.pass(steps_ms[prng().below(5)]);
    if (one_in(20)) rig_.run_for(5000);
}

void Simulation::make_trouble() {
    switch (trouble_) {
        case Trouble::none:
            return;
        case Trouble::full_disk:
            full_ = !full_;
            rig_.disk.set_capacity(full_ ? rig_.disk.used_bytes() + prng().below(6000)
                                         : std::uint64_t{INT64_MAX});
            return trace(full_ ? "the disk is full" : "the disk has space again");
        case Trouble::broken_disk: {
            constexpr IoCall calls[] = {IoCall::write,  IoCall::sync,   IoCall::sync_folder,
                                        IoCall::create, IoCall::rename, IoCall::remove};
            const IoCall call = calls[prng().below(6)];
            rig_.disk.add_fault({.call = call, .skip = prng().below(20)});
            return trace(fmt::format("a call of kind {} will fail", static_cast<int>(call)));
        }
        case Trouble::rot:
            return trace(rot_segment(rig_, prng()));
    }
}

void Simulation::count_crash(const char* how) {
    ++report.crashes;
    if (first_life_ && rig_.disk.is_off()) report.first_crash_came = true;
    rig_.disk.set_capacity(INT64_MAX);
    rig_.disk.clear_faults();
    full_ = false;
    trace(fmt::format("the process ends {}: {}, durable {}", how,
                      killed_ ? "killed" : "power is lost", rig_.durable_through()));
    rig_.crash(killed_ ? Crash::process_kill : Crash::power_loss);
    if (plan_.trace) trace(rig_.describe_disk());
}

void Simulation::end_life() {
    const bool stops = !rig_.disk.is_off() && trouble_ == Trouble::none && one_in(3);
    if (!stops) return count_crash("while running");
    trace("the engine stops");
    std::map<QueueId, std::uint64_t> delivered;
    for (const auto& [id, queue] : rig_.queues())
        delivered[id] = 1 + prng().below(50);
    rig_.stop(delivered);
    killed_ = killed_ && rig_.disk.is_off();
    count_crash("after it has stopped");
}

// Whatever has happened: once everything has been consumed, nothing stays on the disk.
void Simulation::clean_up() {
    start();
    for (const auto& [id, queue] : rig_.queues())
        queue->drain();
    rig_.commit();
    rig_.run_for(30'000);
    rig_.check_queues();
    trace(rig_.describe_disk());
    require(rig_.told_state() == storage::EngineState::healthy, "the engine is not well: {}",
            rig_.told().empty() ? "" : rig_.told().back());
    // What is damaged stays for people to look at.
    require(rig_.files_in("segments") == 0 || rot_, "{} segments are left of nothing",
            rig_.files_in("segments"));
    require(rig_.files_in("wal") <= 4, "{} log files are left of nothing", rig_.files_in("wal"));
    rig_.stop();
    const auto started = rig_.start();
    require(started.has_value(), "the engine does not start: {}", started ? "" : started.error());
    require(rig_.engine().recovery().stopped_in_order, "it was stopped in good order");
    for (const auto& [id, queue] : rig_.queues())
        require(queue->size() == 0 || rot_, "queue {} is not empty", id.value);
}

}  // namespace

std::string arguments_of(const SimulationPlan& plan) {
    return fmt::format("--runs 1 --seed {} --crash-at {}", plan.seed, plan.first_crash_at);
}

SimulationReport simulate(const SimulationPlan& plan) {
    Simulation simulation(plan);
    try {
        simulation.run();
    } catch (const Violation& violation) {
        simulation.report.violation = violation.what();
    }
    return simulation.report;
}

}  // namespace warren::sim
