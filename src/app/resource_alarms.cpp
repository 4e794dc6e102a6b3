#include "app/resource_alarms.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace warren::app {

using storage::EngineState;

namespace {

constexpr std::int64_t memory_interval_ms = 1000;
constexpr std::int64_t disk_interval_ms_min = 100;
constexpr std::int64_t disk_interval_ms_max = 10'000;
// While the alarm is on, and while nobody can say how much is free.
constexpr std::int64_t disk_low_interval_ms = 1000;
// As fast as disks are filled up, with some reserve.
constexpr std::uint64_t disk_bytes_per_ms_max = 2'000'000;

// Half the time in which what is left above the limit could be filled up.
std::int64_t disk_interval_ms(std::uint64_t spare_bytes) {
    const auto ms = static_cast<std::int64_t>(spare_bytes / disk_bytes_per_ms_max / 2);
    return std::clamp(ms, disk_interval_ms_min, disk_interval_ms_max);
}

std::uint64_t scaled(std::uint64_t bytes, double factor) {
    return static_cast<std::uint64_t>(static_cast<double>(bytes) * factor);
}

constexpr std::uint64_t bytes_per_mib = 1u << 20;
constexpr std::uint64_t bytes_per_mb = 1'000'000;

}  // namespace

ResourceAlarms::ResourceAlarms(const config::Resources& limits, std::string node_name,
                               ResourceProbe& probe)
    : limits_(limits), node_name_(std::move(node_name)), probe_(probe) {
    set_limits(limits);
}

void ResourceAlarms::set_limits(const config::Resources& limits) {
    limits_ = limits;
    memory_due_ = disk_due_ = {};
    const std::uint64_t memory = compute_limits();
    log::info(log::general, "memory high watermark set to {} MiB ({} bytes) of {} MiB ({} bytes)",
              memory_limit_bytes_ / bytes_per_mib, memory_limit_bytes_, memory / bytes_per_mib,
              memory);
    log::info(log::general, "disk free limit set to {} MB ({} bytes)",
              disk_limit_bytes_ / bytes_per_mb, disk_limit_bytes_);
}

std::uint64_t ResourceAlarms::compute_limits() {
    const std::uint64_t memory =
        limits_.memory_available_bytes.value_or(probe_.memory_available_bytes());
    memory_limit_bytes_ = limits_.memory_high_watermark_bytes.value_or(
        scaled(memory, limits_.memory_high_watermark_share));
    disk_limit_bytes_ = limits_.disk_free_memory_multiple
                            ? scaled(memory, *limits_.disk_free_memory_multiple)
                            : limits_.disk_free_bytes_min;
    return memory;
}

bool ResourceAlarms::check(Instant now) {
    const std::string before = reason();
    if (now >= memory_due_) {
        memory_due_ = now.plus_ms(memory_interval_ms);
        check_memory();
        check_storage();
    }
    if (now >= disk_due_) check_disk(now);
    return reason() != before;
}

Instant ResourceAlarms::next_check() const {
    return std::min(memory_due_, disk_due_);
}

void ResourceAlarms::check_memory() {
    const std::uint64_t used = probe_.memory_used_bytes();
    memory_tight_ = used > scaled(memory_limit_bytes_, limits_.memory_paging_share);
    const bool low = used > memory_limit_bytes_;
    if (low == std::exchange(memory_low_, low)) return;
    say("memory", low, fmt::format("{} bytes in use, {} allowed", used, memory_limit_bytes_));
}

void ResourceAlarms::check_disk(Instant now) {
    // A container's memory limit may be changed while it runs.
    compute_limits();
    disk_due_ = now.plus_ms(disk_low_interval_ms);
    const auto free = probe_.disk_free_bytes();
    if (!free) {
        if (!std::exchange(disk_unreadable_, true))
            log::error(log::general, "free disk space is not known, its alarm stays {}: {}",
                       disk_low_ ? "on" : "off", free.error());
        return;
    }
    disk_unreadable_ = false;
    const bool low = *free < disk_limit_bytes_;
    if (!low) disk_due_ = now.plus_ms(disk_interval_ms(*free - disk_limit_bytes_));
    if (low == std::exchange(disk_low_, low)) return;
    say("disk", low, fmt::format("{} bytes free, at least {} wanted", *free, disk_limit_bytes_));
}

void ResourceAlarms::check_storage() {
    const EngineState before = std::exchange(storage_, probe_.storage_state());
    if (storage_ == before) return;
    if (storage_ == EngineState::disk_full)
        say("storage", true, "a write has found no space and is tried again");
    else if (storage_ == EngineState::failed)
        say("storage", true, "a write or sync has failed, nothing is confirmed until a restart");
    else
        say("storage", false, "what waited is written");
}

std::string ResourceAlarms::reason() const {
    if (storage_ == EngineState::failed) return "storage failed";
    const bool disk = disk_low_ || storage_ == EngineState::disk_full;
    if (disk && memory_low_) return "low on disk & memory";
    if (disk) return "low on disk";
    return memory_low_ ? "low on memory" : "";
}

void ResourceAlarms::say(std::string_view resource, bool on, const std::string& why) const {
    if (on)
        log::warning(log::general,
                     "{} resource limit alarm set on node {}: {}.\n"
                     "*** Publishers are held back until this alarm clears ***",
                     resource, node_name_, why);
    else
        log::warning(log::general, "{} resource limit alarm cleared on node {}: {}", resource,
                     node_name_, why);
}

void apply(const http::LimitWishes& wishes, config::Resources& limits) {
    if (wishes.memory_share) {
        limits.memory_high_watermark_share = *wishes.memory_share;
        limits.memory_high_watermark_bytes.reset();
    }
    if (wishes.memory_bytes) limits.memory_high_watermark_bytes = wishes.memory_bytes;
    if (wishes.disk_memory_multiple) limits.disk_free_memory_multiple = wishes.disk_memory_multiple;
    if (!wishes.disk_bytes) return;
    limits.disk_free_bytes_min = *wishes.disk_bytes;
    limits.disk_free_memory_multiple.reset();
}

}  // namespace warren::app
