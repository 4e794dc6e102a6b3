#include "outcome.h"

#include <cmath>
#include <cstdio>

namespace loadgen {
namespace {

template <typename... Values>
std::string formatted(const char* format, Values... values) {
    char text[256];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

}  // namespace

std::string with_thousands(double value) {
    std::string digits = formatted("%.0f", std::max(0.0, value));
    for (std::size_t at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, ",");
    return digits;
}

std::string in_micros(double nanos) {
    const double micros = nanos / 1000;
    return formatted(micros < 10 ? "%.2f us" : micros < 100 ? "%.1f us" : "%.0f us", micros);
}

std::string in_mebibytes(double bytes) {
    return formatted("%.1f MiB", bytes / (1024 * 1024));
}

void Cost::describe(double operations, const char* operation, std::string& text,
                    JsonObject& json) const {
    const double own_us = operations > 0 ? own_cpu_s * 1e6 / operations : 0;
    if (broker_watched) {
        const double broker_us = operations > 0 ? broker_cpu_s * 1e6 / operations : 0;
        text += formatted("  broker     %.3f us CPU per %s, %.0f %% of a core, ", broker_us,
                          operation, seconds > 0 ? 100 * broker_cpu_s / seconds : 0.0);
        text += in_mebibytes(static_cast<double>(broker_resident_bytes)) + " resident, peak " +
                in_mebibytes(static_cast<double>(broker_resident_peak_bytes)) + "\n";
        json.add("broker_cpu_s", broker_cpu_s).add("broker_cpu_us_per_message", broker_us);
        json.add("broker_resident_bytes", broker_resident_bytes);
        json.add("broker_resident_peak_bytes", broker_resident_peak_bytes);
    }
    text += formatted("  load       %.3f us CPU per %s, %.0f %% of a core\n", own_us, operation,
                      seconds > 0 ? 100 * own_cpu_s / seconds : 0.0);
    json.add("own_cpu_s", own_cpu_s).add("own_cpu_us_per_message", own_us);
}

JsonObject summarize(const Histogram& latency) {
    const auto micros = [&](double fraction) {
        return static_cast<double>(latency.quantile(fraction)) / 1000;
    };
    JsonObject json;
    json.add("count", latency.count()).add("mean_us", latency.mean() / 1000);
    json.add("p50_us", micros(0.5))
        .add("p99_us", micros(0.99))
        .add("p999_us", micros(0.999))
        .add("max_us", micros(1));
    return json;
}

std::string describe(const Histogram& latency) {
    const auto shown = [&](double fraction) {
        return in_micros(static_cast<double>(latency.quantile(fraction)));
    };
    return "p50 " + shown(0.5) + ", p99 " + shown(0.99) + ", p99.9 " + shown(0.999) + ", max " +
           shown(1);
}

}  // namespace loadgen
