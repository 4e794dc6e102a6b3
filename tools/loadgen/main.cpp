// warrenmq-loadgen: see --help, and bench/README.md for what the figures mean.
#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <memory>

#include "churn_run.h"
#include "idle_run.h"
#include "load_run.h"

namespace {

// Ten thousand connections need as many descriptors.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

loadgen::Outcome run(const loadgen::Options& options) {
    if (options.idle_connections > 0) return loadgen::run_idle(options);
    if (options.churn != loadgen::Churn::none) return loadgen::run_churn(options);
    return loadgen::LoadRun(options).execute();
}

bool write_json(const std::string& file, const std::string& text) {
    if (file == "-") return std::printf("%s\n", text.c_str()) > 0;
    const std::unique_ptr<FILE, int (*)(FILE*)> out(std::fopen(file.c_str(), "w"), std::fclose);
    return out != nullptr && std::fprintf(out.get(), "%s\n", text.c_str()) > 0;
}

}  // namespace

int main(int argc, char** argv) {
    loadgen::Options options;
    if (const auto exit_code = loadgen::parse_command_line(argc, argv, options)) return *exit_code;
    raise_descriptor_limit();
    loadgen::Outcome outcome;
    try {
        outcome = run(options);
    } catch (const std::exception& error) {
        outcome.failures.emplace_back(error.what());
    }
    if (options.json_file != "-") std::printf("%s", outcome.text.c_str());
    for (const std::string& failure : outcome.failures)
        std::fprintf(stderr, "FAILED: %s\n", failure.c_str());
    outcome.json.add("failures", outcome.failures);
    if (!options.json_file.empty() && !write_json(options.json_file, outcome.json.text())) {
        std::fprintf(stderr, "cannot write %s\n", options.json_file.c_str());
        return 1;
    }
    return outcome.failures.empty() ? 0 : 1;
}
