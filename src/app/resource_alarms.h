#pragma once
// Resource alarms: too much memory in use (vm_memory_high_watermark.*), too little free space where
// the data lies (disk_free_limit.*), a storage that cannot write. While any is on, publishers are
// held back; consumers never are.
//
// A machine without a clock, files or threads: what it wants to know it asks a probe, time is
// handed in. Belongs to the main thread.
#include <cstdint>
#include <string>

#include "app/config/config.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/node_control.h"
#include "storage/log_engine.h"

namespace warren::app {

// What alarms look at.
class ResourceProbe {
public:
    virtual std::uint64_t memory_available_bytes() = 0;
    virtual std::uint64_t memory_used_bytes() = 0;
    virtual Result<std::uint64_t, std::string> disk_free_bytes() = 0;
    // The worst of all shards.
    virtual storage::EngineState storage_state() = 0;

protected:
    ~ResourceProbe() = default;
};

class ResourceAlarms {
public:
    // The probe must outlive this.
    ResourceAlarms(const config::Resources& limits, std::string node_name, ResourceProbe& probe);

    // Limits of a configuration that was read anew; the next check() obeys them.
    void set_limits(const config::Resources& limits);

    // Looks at what is due. True when reason() has changed.
    bool check(Instant now);
    // When check() is wanted next: memory and storage each second; the disk the more often the
    // less space is left above its limit.
    Instant next_check() const;

    // What publishers are told (connection.blocked), as RabbitMQ words it; empty: no alarm is on.
    std::string reason() const;
    bool memory_low() const { return memory_low_; }
    bool storage_failed() const { return storage_ != storage::EngineState::healthy; }
    bool disk_low() const { return disk_low_ || disk_unreadable_; }
    // So much is in use that queues should keep less in memory
    // (vm_memory_high_watermark_paging_ratio).
    bool memory_tight() const { return memory_tight_; }

    std::uint64_t memory_limit_bytes() const { return memory_limit_bytes_; }
    std::uint64_t disk_limit_bytes() const { return disk_limit_bytes_; }

private:
    // Returns the memory they are shares of.
    std::uint64_t compute_limits();
    void check_memory();
    void check_disk(Instant now);
    void check_storage();
    void say(std::string_view resource, bool on, const std::string& why) const;

    config::Resources limits_;
    std::string node_name_;
    ResourceProbe& probe_;
    std::uint64_t memory_limit_bytes_ = 0;
    std::uint64_t disk_limit_bytes_ = 0;

    bool memory_low_ = false;
    bool memory_tight_ = false;
    bool disk_low_ = false;
    bool disk_unreadable_ = false;
    storage::EngineState storage_ = storage::EngineState::healthy;
    Instant memory_due_;
    Instant disk_due_;
};

// What is wished for takes the place of what is configured.
void apply(const http::LimitWishes& wishes, config::Resources& limits);

}  // namespace warren::app
