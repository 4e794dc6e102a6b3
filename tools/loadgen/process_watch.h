#pragma once
// CPU time and memory of a running broker, seen from outside: the process that was named and all
// its descendants.
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace loadgen {

struct ProcessUsage {
    double cpu_s = 0;  // user and system time of all threads, those that ended included
    std::uint64_t resident_bytes = 0;
};

class ProcessWatch {
public:
    // A pid of 0 watches nothing: every sample is empty.
    explicit ProcessWatch(pid_t pid) : pid_(pid) {}

    bool active() const { return pid_ > 0; }
    // Nothing when the process has gone.
    std::optional<ProcessUsage> sample() const;

private:
    pid_t pid_;
};

// CPU seconds of this process so far.
double own_cpu_s();

// The parent's pid in a line of /proc/PID/stat, whose second field may hold blanks and parentheses.
std::optional<pid_t> parent_in_stat_line(std::string_view line);

// "VmRSS:   1234 kB" out of /proc/PID/status, in bytes.
std::uint64_t resident_in_status(std::string_view status);

// The process and whoever descends from it.
std::vector<pid_t> with_descendants(pid_t root);

}  // namespace loadgen
