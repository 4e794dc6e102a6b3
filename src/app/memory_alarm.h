#pragma once
// The memory alarm (vm_memory_high_watermark.*): above the watermark publishers are held back until
// it is over. Asked about once a second.
#include <cstdint>
#include <optional>
#include <string>

#include "app/config/config.h"

namespace warren::app {

class MemoryAlarm {
public:
    explicit MemoryAlarm(const config::Resources& resources);

    // True when the alarm has gone on or off.
    bool update(std::uint64_t used_bytes);
    bool on() const { return on_; }
    std::uint64_t limit_bytes() const { return limit_bytes_; }
    // What publishers are told while it is on (connection.blocked), as RabbitMQ words it.
    std::string reason() const { return on_ ? "low on memory" : ""; }

private:
    std::uint64_t limit_bytes_;
    bool on_ = false;
};

// Memory that this process may use: the smallest of the machine's and its control group's limit.
std::uint64_t available_memory_bytes();
// Resident memory of this process.
std::uint64_t used_memory_bytes();

}  // namespace warren::app
