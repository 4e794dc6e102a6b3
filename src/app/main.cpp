// warrenmq-server: reads the configuration, starts the node, waits for signals, stops the node.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "app/broker_node.h"
#include "app/check_data.h"
#include "app/config/command_line.h"
#include "app/config/enabled_plugins.h"
#include "app/config/load_config.h"
#include "app/logging/logger.h"
#include "app/memory_release.h"
#include "app/node_probe.h"
#include "app/resource_alarms.h"
#include "app/system_files.h"
#include "app/version.h"
#include "base/clock.h"
#include "base/log.h"
#include "storage/file_io.h"

namespace warren::app {
namespace {

constexpr int start_failed = 1;

// Shards must not be interrupted: signals are blocked everywhere and taken by the main thread.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, BrokerNode::order_signal})
        sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

// Connections need descriptors: as many as the system lets this process have.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

Result<config::LoadedConfig, std::string> read_config(const config::CommandLine& line) {
    auto loaded = config::load_config({.config_paths = line.config_paths,
                                       .data_dir = line.data_dir,
                                       .environment = config::current_environment(),
                                       .root = {},
                                       .host_name = {}});
    if (!loaded) return fail(config::to_text(loaded.error()));
    return std::move(*loaded);
}

void log_start(const config::LoadedConfig& loaded, const BrokerNode& node) {
    const auto& config = loaded.config;
    log::info(log::general, "WarrenMQ {} is starting as {}, process {}", version, config.node_name,
              ::getpid());
    for (const auto& file : loaded.files)
        log::info(log::general, "configuration file: {}", file);
    for (const auto& warning : loaded.warnings)
        log::warning(log::general, "{}", config::to_text(warning));
    for (const auto& key : loaded.without_effect)
        log::info(log::general, "{} has no effect in WarrenMQ", key);
    for (const auto& plugin : config.enabled_plugins)
        if (config::find_plugin(plugin) == nullptr)
            log::warning(log::general,
                         "plugin {} is enabled in {}, and there is no such plugin yet", plugin,
                         config.enabled_plugins_file);
    log::info(log::general, "data folder: {}", config.data_dir);
    for (const auto& address : node.addresses())
        log::info(log::general, "started TCP listener on {}", address);
    if (node.addresses().empty())
        log::warning(log::general, "there is no listener: nobody can connect");
}

void reload(BrokerNode& node, ResourceAlarms& alarms, logging::Logger& logger,
            const config::CommandLine& line) {
    logger.reopen();
    log::info(log::general, "SIGHUP: log files are open anew, reading the configuration again");
    const auto loaded = read_config(line);
    if (!loaded) {
        log::error(log::general, "the configuration stays as it was:\n{}", loaded.error());
        return;
    }
    if (auto reloaded = logger.reconfigure(loaded->config.log); !reloaded)
        log::error(log::general, "logging stays as it was: {}", reloaded.error());
    if (auto reloaded = node.reload(loaded->config); !reloaded)
        log::error(log::general, "listeners stay as they were: {}", reloaded.error());
    alarms.set_limits(loaded->config.resources);
}

// As long as sigtimedwait() is to wait.
timespec time_until(Instant when) {
    constexpr std::int64_t ms_per_s = 1000;
    constexpr std::int64_t ns_per_ms = 1'000'000;
    const std::int64_t ms = std::max<std::int64_t>(1, when.ms_since(read_clocks().instant));
    return {ms / ms_per_s, ms % ms_per_s * ns_per_ms};
}

// What orders by the control socket come to.
NodeWork node_work(BrokerNode& node, ResourceAlarms& alarms, logging::Logger& logger,
                   config::Config& config) {
    return {.accept_clients = [&](bool accepts) { return node.accept_clients(accepts); },
            .set_maintenance = [&](bool drained) { return node.set_maintenance(drained); },
            .set_limits =
                [&](const http::LimitWishes& wishes) {
                    apply(wishes, config.resources);
                    alarms.set_limits(config.resources);
                    return Result<void, std::string>{};
                },
            .set_log_level =
                [&](log::Level lowest) {
                    logging::set_level_of_all(config.log, lowest);
                    return logger.reconfigure(config.log);
                },
            .reopen_logs =
                [&] {
                    logger.reopen();
                    return Result<void, std::string>{};
                },
            .stop =
                [] {
                    ::kill(::getpid(), SIGTERM);
                    return Result<void, std::string>{};
                },
            .set_plugins = [&](const auto& enabled) { return node.set_plugins(enabled); }};
}

// Until SIGTERM or SIGINT. Meanwhile resources are looked at.
void serve(BrokerNode& node, logging::Logger& logger, const config::CommandLine& line,
           config::Config config, const sigset_t& signals) {
    NodeProbe probe(node, config.data_dir);
    ResourceAlarms alarms(config.resources, config.node_name, probe);
    const NodeWork work = node_work(node, alarms, logger, config);
    while (true) {
        if (alarms.check(read_clocks().instant))
            node.set_alarm(alarms.reason(), {.memory = alarms.memory_low(),
                                             .disk = alarms.disk_low(),
                                             .storage = alarms.storage_failed()});
        node.show_limits(
            {.memory_bytes = alarms.memory_limit_bytes(), .disk_bytes = alarms.disk_limit_bytes()});
        if (alarms.memory_tight()) node.page_out();
        if (alarms.memory_low()) node.release_memory();
        const timespec wait = time_until(alarms.next_check());
        const int signal_number = sigtimedwait(&signals, nullptr, &wait);
        if (signal_number == SIGTERM || signal_number == SIGINT) {
            log::info(log::general, "{}: stopping",
                      signal_number == SIGTERM ? "SIGTERM" : "SIGINT");
            return;
        }
        if (signal_number == SIGHUP) reload(node, alarms, logger, line);
        if (signal_number == BrokerNode::order_signal) node.orders().carry_out(work);
    }
}

int fail_start(const std::string& text) {
    std::fprintf(stderr, "warrenmq-server cannot start:\n%s%s", text.c_str(),
                 text.ends_with('\n') ? "" : "\n");
    return start_failed;
}

int run_check_data(const config::CommandLine& line) {
    const std::time_t now = std::time(nullptr);
    const auto condition = check_data(
        {.data_dir = line.check_data,
         .repair = line.repair,
         .repair_name = fmt::format("{:%Y-%m-%dT%H-%M-%S}", fmt::gmtime(now))},
        storage::system_files(), [](const std::string& text) { std::puts(text.c_str()); });
    return static_cast<int>(condition);
}

int run(const config::CommandLine& line) {
    if (!line.check_data.empty()) return run_check_data(line);
    const auto loaded = read_config(line);
    if (!loaded) return fail_start(loaded.error());
    const auto& config = loaded->config;
    if (line.check_config) {
        for (const auto& warning : loaded->warnings)
            std::fprintf(stdout, "%s\n", config::to_text(warning).c_str());
        std::puts("configuration is valid");
        return 0;
    }
    const sigset_t signals = block_signals();
    raise_descriptor_limit();
    if (auto prepared = prepare_data_dir(config.data_dir); !prepared)
        return fail_start(prepared.error());
    if (auto unfinished = unfinished_repair(storage::system_files(), config.data_dir))
        return fail_start(*unfinished);
    auto logger = logging::Logger::start(config.log);
    if (!logger) return fail_start(logger.error());
    auto node = BrokerNode::start(config);
    if (!node) return fail_start(node.error());
    log_start(*loaded, **node);
    auto published = write_ports_file(config.data_dir, (*node)->ports());
    if (published && !config.pid_file.empty()) published = write_pid_file(config.pid_file);
    if (published) {
        notify_systemd("READY=1");
        log::info(log::general, "ready");
        serve(**node, **logger, line, config, signals);
    }
    notify_systemd("STOPPING=1");
    remove_ports_file(config.data_dir);
    (*node)->stop();
    node->reset();
    if (!config.pid_file.empty() && !config.keep_pid_file_on_exit)
        std::remove(config.pid_file.c_str());
    log::info(log::general, "stopped");
    return published ? 0 : fail_start(published.error());
}

}  // namespace
}  // namespace warren::app

int main(int argc, char** argv) {
    const auto line = warren::config::parse_command_line(argc, argv, warren::app::version);
    if (!line) {
        std::fputs(line.error().text.c_str(), line.error().code == 0 ? stdout : stderr);
        return line.error().code;
    }
    warren::app::keep_unused_memory();
    return warren::app::run(*line);
}
