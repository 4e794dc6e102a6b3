#pragma once
// The metadata on its way to the disk: appends commands to the command log and knows how far they
// are safe. Opened before the shards start, then used on shard 0 only.
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cluster/metadata_command.h"
#include "storage/command_log.h"

namespace warren::cluster {

class MetadataLog final : private storage::CommandLogEvents {
public:
    using Log = std::unique_ptr<storage::CommandLog>;
    using OpenLog = std::function<Result<Log, std::string>(storage::CommandLogEvents& events)>;

    // `open` opens the command log that reports to the events it is given.
    static Result<std::unique_ptr<MetadataLog>, std::string> open(const OpenLog& open);

    // Place of the command, one behind the last.
    std::uint64_t append(const MetadataCommand& command);
    std::uint64_t last_index() const { return last_index_; }
    // Hands over what was appended. `sync`: somebody waits for it.
    void end_turn(Instant now, bool sync) { log_->end_turn(now, sync); }
    // All commands up to this place are safe.
    std::uint64_t durable_through() const { return log_->durable_through(); }
    // Why nothing becomes safe any more; empty while all is well.
    const std::string& failure() const { return failure_; }
    // What was worth a line in the log last, such as that the disk is full.
    const std::string& last_notice() const { return last_notice_; }
    Instant next_deadline() const { return log_->next_deadline(); }
    void stop(std::move_only_function<void()> done) { log_->stop(std::move(done)); }

private:
    MetadataLog() = default;
    // Asked for at the end of each turn, and such news comes in a turn of its own.
    void commands_durable(std::uint64_t) override {}
    void command_log_failed(const std::string& text) override { failure_ = text; }
    void command_log_notice(const std::string& text) override;

    Log log_;
    std::uint64_t last_index_ = 0;
    std::string failure_;
    std::string last_notice_;
};

}  // namespace warren::cluster
