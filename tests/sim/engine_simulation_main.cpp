// engine-simulation: crashes the log engine as often as one likes, on all cores. `make sim`.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/engine_simulation.h"

namespace warren::sim {
namespace {

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t runs = 10'000;
    std::uint64_t crash_at = 0;
    unsigned processes = std::max(1U, std::thread::hardware_concurrency());
    bool trace = false;
};

struct Totals {
    std::uint64_t runs = 0;
    std::uint64_t crashes = 0;
    std::uint64_t io_calls = 0;
    std::uint64_t violations = 0;
};

// Of the simulation that is running, for the message when it aborts.
std::string running;

void say_what_was_running(int) {
    (void)!write(STDERR_FILENO, running.data(), running.size());
}

void run_one(const SimulationPlan& plan, Totals& totals) {
    running = fmt::format("replay with: engine-simulation {}\n", arguments_of(plan));
    const SimulationReport report = simulate(plan);
    ++totals.runs;
    totals.crashes += report.crashes;
    totals.io_calls += report.io_calls;
    if (report.violation.empty()) return;
    ++totals.violations;
    fmt::print(stderr, "{}\n{}", report.violation, running);
}

// Every n-th seed, and stops at the first violation.
Totals run_share(const Options& options, unsigned first) {
    Totals totals;
    for (std::uint64_t run = first; run < options.runs && totals.violations == 0;
         run += options.processes)
        run_one({.seed = options.seed + run,
                 .first_crash_at = options.crash_at,
                 .trace = options.trace},
                totals);
    return totals;
}

// A process for each share: an assertion that fails ends only one of them.
Totals run_all(const Options& options) {
    struct Child {
        pid_t pid = 0;
        int pipe = 0;
    };
    std::vector<Child> children;
    for (unsigned number = 0; number < options.processes; ++number) {
        int ends[2];
        if (pipe(ends) != 0) std::abort();
        const pid_t pid = fork();
        if (pid == 0) {
            const Totals totals = run_share(options, number);
            const bool told = write(ends[1], &totals, sizeof totals) == sizeof totals;
            _exit(told ? 0 : 1);
        }
        close(ends[1]);
        children.push_back({pid, ends[0]});
    }
    Totals all;
    for (const Child& child : children) {
        Totals totals;
        // Nothing comes from one that has aborted.
        if (read(child.pipe, &totals, sizeof totals) != sizeof totals) totals = {.violations = 1};
        close(child.pipe);
        waitpid(child.pid, nullptr, 0);
        all.runs += totals.runs;
        all.crashes += totals.crashes;
        all.io_calls += totals.io_calls;
        all.violations += totals.violations;
    }
    return all;
}

int run(int argc, char** argv) {
    Options options;
    CLI::App app("Crashes a simulated log engine, again and again, and looks at what comes back.");
    app.add_option("--runs", options.runs, "simulations, of a few crashes each");
    app.add_option("--seed", options.seed, "of the first one");
    app.add_option("--crash-at", options.crash_at, "where the first crash is; with --runs 1");
    app.add_option("--processes", options.processes)->check(CLI::PositiveNumber);
    app.add_flag("--trace", options.trace, "say what is done");
    CLI11_PARSE(app, argc, argv);

    std::signal(SIGABRT, say_what_was_running);
    const auto start = std::chrono::steady_clock::now();
    const Totals totals = options.runs == 1 ? run_share(options, 0) : run_all(options);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    fmt::print("{} runs, {} crashes, {} calls to the disk, {} violations, {:.1f} s\n", totals.runs,
               totals.crashes, totals.io_calls, totals.violations, seconds.count());
    return totals.violations == 0 ? 0 : 1;
}

}  // namespace
}  // namespace warren::sim

int main(int argc, char** argv) {
    return warren::sim::run(argc, argv);
}
