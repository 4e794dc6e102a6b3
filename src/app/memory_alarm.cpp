#include "app/memory_alarm.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/log.h"

namespace warren::app {

namespace {

// A file that holds one number; none for "max" or a file that is not there.
std::optional<std::uint64_t> number_in(const char* path) {
    std::ifstream file(path);
    std::uint64_t number = 0;
    return file >> number ? std::optional(number) : std::nullopt;
}

}  // namespace

std::uint64_t available_memory_bytes() {
    const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
    std::uint64_t bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    // Version 2 and version 1 of control groups.
    for (const char* path :
         {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
        if (const auto limit = number_in(path)) bytes = std::min(bytes, *limit);
    return bytes;
}

std::uint64_t used_memory_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

MemoryAlarm::MemoryAlarm(const config::Resources& resources) {
    const std::uint64_t available =
        resources.memory_available_bytes.value_or(available_memory_bytes());
    const auto share = static_cast<std::uint64_t>(static_cast<double>(available) *
                                                  resources.memory_high_watermark_share);
    limit_bytes_ = resources.memory_high_watermark_bytes.value_or(share);
}

bool MemoryAlarm::update(std::uint64_t used_bytes) {
    const bool above = used_bytes > limit_bytes_;
    if (above == on_) return false;
    on_ = above;
    if (on_)
        log::warning(log::general,
                     "memory resource limit alarm set: {} bytes in use, {} allowed; publishers are "
                     "held back until it clears",
                     used_bytes, limit_bytes_);
    else
        log::warning(log::general, "memory resource limit alarm cleared");
    return true;
}

}  // namespace warren::app
