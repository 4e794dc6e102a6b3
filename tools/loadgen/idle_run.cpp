#include "idle_run.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "clock.h"
#include "control_client.h"

namespace loadgen {
namespace {

constexpr std::size_t side_by_side = 100;  // handshakes at a time

// Every step for all connections before the next step, so that the broker answers some while others
// are asked.
void open_some(const Options& options, std::size_t count, std::vector<ControlClient>& clients) {
    const std::size_t first = clients.size();
    for (std::size_t i = 0; i < count; ++i)
        clients.emplace_back(options.target);
    const auto each = [&](auto step) {
        std::for_each(clients.begin() + static_cast<std::ptrdiff_t>(first), clients.end(), step);
    };
    each([](ControlClient& client) { client.answer_start(); });
    each([](ControlClient& client) { client.answer_tune(); });
    each([](ControlClient& client) { client.finish_open(); });
    for (unsigned channel = 1; channel <= options.idle_channels; ++channel) {
        each([channel](ControlClient& client) {
            client.open_channel(static_cast<std::uint16_t>(channel));
        });
    }
}

void pause(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

Outcome run_idle(const Options& options) {
    const ProcessWatch broker(options.broker_pid);
    const auto before = broker.sample();
    const Nanos start = monotonic_now();
    std::vector<ControlClient> clients;
    clients.reserve(options.idle_connections);
    while (clients.size() < options.idle_connections) {
        open_some(options,
                  std::min<std::size_t>(side_by_side, options.idle_connections - clients.size()),
                  clients);
    }
    const double opening_s = to_seconds(monotonic_now() - start);
    pause(1);
    const auto opened = broker.sample();
    pause(options.seconds);
    const auto rested = broker.sample();
    for (ControlClient& client : clients)
        client.request_close();
    for (ControlClient& client : clients)
        client.finish_close();

    Outcome outcome;
    const double count = static_cast<double>(options.idle_connections);
    outcome.text = clients.front().product() + ": " + with_thousands(count) + " connections with " +
                   std::to_string(options.idle_channels) + " channels each, opened at " +
                   with_thousands(count / opening_s) + "/s\n";
    outcome.json.add("product", clients.front().product())
        .add("connections", options.idle_connections);
    outcome.json.add("channels_each", options.idle_channels).add("opened_per_s", count / opening_s);
    if (before && opened && rested) {
        const double grown = static_cast<double>(rested->resident_bytes) -
                             static_cast<double>(before->resident_bytes);
        const double idle_cpu =
            options.seconds > 0 ? (rested->cpu_s - opened->cpu_s) / options.seconds : 0;
        outcome.text +=
            "  broker     " + in_mebibytes(static_cast<double>(before->resident_bytes)) +
            " before, " + in_mebibytes(static_cast<double>(rested->resident_bytes)) +
            " with all, " + with_thousands(grown / count) + " bytes a connection, " +
            with_thousands((opened->cpu_s - before->cpu_s) * 1e6 / count) +
            " us CPU to open one, " + with_thousands(idle_cpu * 100) + " % of a core when idle\n";
        outcome.json.add("resident_before_bytes", before->resident_bytes);
        outcome.json.add("broker_resident_bytes", rested->resident_bytes);
        outcome.json.add("bytes_per_connection", grown / count);
        outcome.json.add("open_cpu_us_per_connection",
                         (opened->cpu_s - before->cpu_s) * 1e6 / count);
        outcome.json.add("idle_cpu_cores", idle_cpu);
    }
    return outcome;
}

}  // namespace loadgen
