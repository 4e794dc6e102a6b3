#pragma once
// Where log records go: the console and files, each with its own thresholds and format. Outputs
// live on the writer thread.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "app/logging/log_config.h"
#include "base/log.h"
#include "base/result.h"

namespace warren::logging {

using Thresholds = std::array<log::Level, log::category_count>;

// RabbitMQ's rules: an output without a level takes log.default.level, or info; a category with a
// level has that level in every output, be it more or less; a category with a file of its own
// appears only there.
Thresholds thresholds_of(const LogConfig& config, const OptionalLevel& output_level);

class Output {
public:
    explicit Output(const Thresholds& thresholds) : thresholds_(thresholds) {}
    virtual ~Output() = default;

    bool wants(log::Level level, log::Category category) const {
        return level >= thresholds_[static_cast<std::size_t>(category)];
    }
    const Thresholds& thresholds() const { return thresholds_; }
    void set_threshold(log::Category category, log::Level lowest) {
        thresholds_[static_cast<std::size_t>(category)] = lowest;
    }

    // Buffered until flush().
    virtual void append(const log::Record& record) = 0;
    virtual void flush() = 0;
    virtual void reopen() = 0;

private:
    Thresholds thresholds_;
};
using Outputs = std::vector<std::unique_ptr<Output>>;

// All outputs that the configuration asks for; files are open. The error is a sentence about the
// first that cannot be. `config` must be complete: console.enabled, file.enabled and (if a file is
// wanted) dir and file.file are set.
Result<Outputs, std::string> make_outputs(const LogConfig& config);

}  // namespace warren::logging
