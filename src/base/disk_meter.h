#pragma once
// How often, how much and for how long this process has read, written and synced its data files
// since it started. Counted where the system is called, by any thread; read by whoever wants to
// know. The numbers of one kind are not of one moment.
#include <chrono>
#include <cstdint>

namespace warren {

enum class DiskWork : std::uint8_t { read, write, sync };

struct DiskCount {
    std::uint64_t times = 0;
    std::uint64_t bytes = 0;
    std::uint64_t ns = 0;

    double average_ms() const {
        constexpr double ns_per_ms = 1e6;
        return times == 0 ? 0.0 : static_cast<double>(ns) / static_cast<double>(times) / ns_per_ms;
    }
};

void note_disk_work(DiskWork kind, std::uint64_t bytes, std::uint64_t ns);
DiskCount disk_work(DiskWork kind);

// Counts one piece of work when it goes out of scope.
class DiskTimer {
public:
    DiskTimer(DiskWork kind, std::uint64_t bytes) : kind_(kind), bytes_(bytes) {}
    DiskTimer(const DiskTimer&) = delete;
    DiskTimer& operator=(const DiskTimer&) = delete;
    ~DiskTimer() {
        const auto took = std::chrono::steady_clock::now() - began_;
        note_disk_work(kind_, bytes_,
                       static_cast<std::uint64_t>(
                           std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
    }

private:
    const DiskWork kind_;
    const std::uint64_t bytes_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace warren
