#include "base/disk_meter.h"

#include <array>
#include <atomic>

namespace warren {

namespace {

struct Counters {
    std::atomic<std::uint64_t> times{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> ns{0};
};

Counters& counters_of(DiskWork kind) {
    static std::array<Counters, 3> counters;
    return counters[static_cast<std::size_t>(kind)];
}

}  // namespace

void note_disk_work(DiskWork kind, std::uint64_t bytes, std::uint64_t ns) {
    Counters& counters = counters_of(kind);
    counters.times.fetch_add(1, std::memory_order_relaxed);
    counters.bytes.fetch_add(bytes, std::memory_order_relaxed);
    counters.ns.fetch_add(ns, std::memory_order_relaxed);
}

DiskCount disk_work(DiskWork kind) {
    const Counters& counters = counters_of(kind);
    return {.times = counters.times.load(std::memory_order_relaxed),
            .bytes = counters.bytes.load(std::memory_order_relaxed),
            .ns = counters.ns.load(std::memory_order_relaxed)};
}

}  // namespace warren
