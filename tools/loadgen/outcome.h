#pragma once
// What a run has found: a text for people, an object for --json, and whether everything was as it
// must be.
#include <string>
#include <vector>

#include "histogram.h"
#include "json_object.h"
#include "options.h"
#include "process_watch.h"

namespace loadgen {

struct Outcome {
    std::string text;
    JsonObject json;
    std::vector<std::string> failures;
};

// 1234567.8 as "1,234,568".
std::string with_thousands(double value);
// Microseconds with a sensible number of digits.
std::string in_micros(double nanos);
std::string in_mebibytes(double bytes);

// CPU and memory of the broker and CPU of this process over a stretch of time.
struct Cost {
    double seconds = 0;
    double broker_cpu_s = 0;
    double own_cpu_s = 0;
    std::uint64_t broker_resident_bytes = 0;  // at the end
    std::uint64_t broker_resident_peak_bytes = 0;
    bool broker_watched = false;

    // Per operation, whatever the run counts.
    void describe(double operations, const char* operation, std::string& text,
                  JsonObject& json) const;
};

JsonObject summarize(const Histogram& latency);
std::string describe(const Histogram& latency);

}  // namespace loadgen
