// warrenmq-crash: kills a server again and again and compares what it brings back with what its
// clients were promised. See README.md and --help.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <random>

#include "crash_run.h"

namespace {

// On a real disk: /tmp may be memory.
std::string new_folder() {
    std::string name = "/var/tmp/warrenmq-crash-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    return name;
}

struct Arguments {
    crash::RunOptions run;
    bool keep = false;
};

void describe(CLI::App& app, Arguments& arguments) {
    crash::RunOptions& run = arguments.run;
    app.add_option("--server", run.server.binary, "the server's binary")->required();
    app.add_option("--rounds", run.rounds, "how often it is killed");
    app.add_option("--seconds", run.seconds_max, "no further round is begun after this");
    app.add_option("--life", run.life_seconds_max, "seconds of traffic in a round at most");
    app.add_option("--seed", run.seed, "of messages, choices and moments (default: a new one)");
    app.add_option("--folder", run.server.folder, "for data, configuration and log (default: new)");
    app.add_option("--conf", run.server.config_lines, "a line of rabbitmq.conf; may be repeated");
    app.add_flag("--keep", arguments.keep, "leave the folder when all is well, too");
    app.add_flag("--quiet", run.quiet, "say only how it ended");
}

// Passed and failed in the words that tools/run_tests.sh counts.
void report(const crash::CrashRun& run, const Arguments& arguments, bool good) {
    const crash::World& world = run.world();
    const std::uint64_t rounds = run.rounds_done();
    for (const std::string& line : world.faults.lines())
        std::printf("FAULT: %s\n", line.c_str());
    if (!good) {
        std::printf("failed with --seed %llu; data and log are in %s\n",
                    static_cast<unsigned long long>(arguments.run.seed),
                    arguments.run.server.folder.c_str());
    }
    const crash::RecordCounts& counts = world.record.counts();
    std::printf("%llu confirmed, %llu settlements proven, %llu copies verified, %llu found twice\n",
                static_cast<unsigned long long>(counts.confirmed),
                static_cast<unsigned long long>(counts.proven),
                static_cast<unsigned long long>(counts.verified),
                static_cast<unsigned long long>(counts.doubled));
    std::printf("%llu passed, %d failed\n",
                static_cast<unsigned long long>(good ? rounds : rounds - (rounds > 0 ? 1 : 0)),
                good ? 0 : 1);
}

int run(Arguments& arguments) {
    std::string& folder = arguments.run.server.folder;
    try {
        if (folder.empty()) folder = new_folder();
        std::printf("seed %llu, folder %s\n", static_cast<unsigned long long>(arguments.run.seed),
                    folder.c_str());
        bool good = false;
        {
            crash::CrashRun run(arguments.run);
            good = run.execute();
            report(run, arguments, good);
        }
        if (good && !arguments.keep) std::filesystem::remove_all(folder);
        return good ? 0 : 1;
    } catch (const std::exception& error) {
        std::printf("FAULT: %s; seed %llu, data and log are in %s\n0 passed, 1 failed\n",
                    error.what(), static_cast<unsigned long long>(arguments.run.seed),
                    folder.c_str());
        return 1;
    }
}

}  // namespace

int main(int argc, char** argv) try {
    Arguments arguments;
    arguments.run.seed = std::random_device{}();
    CLI::App app(
        "Kills a server again and again and compares what it brings back with what its "
        "clients were promised.");
    describe(app, arguments);
    CLI11_PARSE(app, argc, argv);
    return run(arguments);
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
