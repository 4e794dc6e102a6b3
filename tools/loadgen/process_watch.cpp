#include "process_watch.h"

#include <dirent.h>
#include <sys/resource.h>

#include <charconv>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace loadgen {
namespace {

std::string read_proc(pid_t pid, const char* file) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The kernel's own sum over all threads in nanoseconds: what utime and stime of /proc/PID/stat show
// in steps of 10 ms.
std::optional<double> cpu_seconds_of(pid_t pid) {
    clockid_t clock{};
    timespec used{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return std::nullopt;
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::map<pid_t, pid_t> all_parents() {
    std::map<pid_t, pid_t> parents;
    DIR* const proc = opendir("/proc");
    if (proc == nullptr) return parents;
    while (const dirent* const entry = readdir(proc)) {
        const std::string_view name(entry->d_name);
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error != std::errc{} || end != name.data() + name.size()) continue;
        if (const auto parent = parent_in_stat_line(read_proc(pid, "stat"))) parents[pid] = *parent;
    }
    closedir(proc);
    return parents;
}

}  // namespace

std::optional<pid_t> parent_in_stat_line(std::string_view line) {
    const std::size_t name_end = line.rfind(')');
    // After the name: a blank, the state, a blank, the parent.
    if (name_end == std::string_view::npos || line.size() < name_end + 5) return std::nullopt;
    pid_t parent = 0;
    const auto [end, error] =
        std::from_chars(line.data() + name_end + 4, line.data() + line.size(), parent);
    if (error != std::errc{}) return std::nullopt;
    return parent;
}

std::uint64_t resident_in_status(std::string_view status) {
    constexpr std::string_view key = "VmRSS:";
    std::size_t at = status.find(key);
    if (at == std::string_view::npos) return 0;
    at = status.find_first_not_of(" \t", at + key.size());
    if (at == std::string_view::npos) return 0;
    std::uint64_t kilobytes = 0;
    std::from_chars(status.data() + at, status.data() + status.size(), kilobytes);
    return kilobytes * 1024;
}

std::vector<pid_t> with_descendants(pid_t root) {
    const std::map<pid_t, pid_t> parents = all_parents();
    std::vector<pid_t> family{root};
    for (std::size_t at = 0; at < family.size(); ++at) {
        for (const auto& [pid, parent] : parents) {
            if (parent == family[at]) family.push_back(pid);
        }
    }
    return family;
}

std::optional<ProcessUsage> ProcessWatch::sample() const {
    if (!active()) return std::nullopt;
    ProcessUsage usage;
    for (const pid_t pid : with_descendants(pid_)) {
        const auto cpu = cpu_seconds_of(pid);
        if (!cpu && pid == pid_) return std::nullopt;
        usage.cpu_s += cpu.value_or(0);
        usage.resident_bytes += resident_in_status(read_proc(pid, "status"));
    }
    return usage;
}

double own_cpu_s() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace loadgen
