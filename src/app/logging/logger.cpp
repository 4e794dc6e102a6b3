#include "app/logging/logger.h"

#include <algorithm>

namespace warren::logging {

Result<std::unique_ptr<Logger>, std::string> Logger::start(const LogConfig& config) {
    auto outputs = make_outputs(config);
    if (!outputs) return fail(std::move(outputs.error()));
    return std::make_unique<Logger>(std::move(*outputs));
}

Logger::Logger(Outputs outputs) : outputs_(std::move(outputs)), writer_([this] { run(); }) {
    apply_thresholds();
    log::set_sink(this);
}

Logger::~Logger() {
    log::set_sink(nullptr);
    log::set_all_thresholds(log::Level::warning);
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
}

void Logger::write(const log::Record& record) noexcept {
    std::unique_lock lock(mutex_);
    ++requests_;
    if (queue_.size() >= queued_records_max ||
        queued_bytes_ + record.message.size() > queued_bytes_max) {
        ++dropped_;
        return;
    }
    queue_.push_back({record.level, record.category, record.origin, record.wall_time_us,
                      std::string(record.message)});
    queued_bytes_ += record.message.size();
    const bool was_empty = queue_.size() == 1;
    lock.unlock();
    if (was_empty) wake_.notify_one();
}

void Logger::reopen() {
    {
        std::lock_guard lock(mutex_);
        reopen_ = true;
        ++requests_;
    }
    wake_.notify_one();
}

Result<void, std::string> Logger::reconfigure(const LogConfig& config) {
    auto outputs = make_outputs(config);
    if (!outputs) return fail(std::move(outputs.error()));
    flush();  // what was logged before goes to the old outputs
    std::lock_guard lock(outputs_mutex_);
    outputs_.swap(*outputs);
    apply_thresholds();
    return {};
}

void Logger::flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t wanted = requests_;
    written_.wait(lock, [&] { return requests_done_ >= wanted; });
}

void Logger::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return has_work() || stopping_; });
        if (!has_work()) return;
        const Batch batch = take_batch();
        lock.unlock();
        write_batch(batch);
        lock.lock();
        requests_done_ = batch.requests;
        written_.notify_all();
    }
}

bool Logger::has_work() const {
    return !queue_.empty() || reopen_;
}

Logger::Batch Logger::take_batch() {
    queued_bytes_ = 0;
    return {std::exchange(queue_, {}), std::exchange(dropped_, 0), std::exchange(reopen_, false),
            requests_};
}

void Logger::write_batch(const Batch& batch) {
    std::lock_guard lock(outputs_mutex_);
    if (batch.reopen)
        for (auto& output : outputs_)
            output->reopen();
    for (const Entry& entry : batch.entries)
        write_entry(entry);
    if (batch.dropped > 0) {
        const std::int64_t time_us = batch.entries.empty() ? 0 : batch.entries.back().wall_time_us;
        write_entry({log::Level::warning,
                     log::general,
                     {},
                     time_us,
                     std::to_string(batch.dropped) +
                         " log messages were dropped: more were logged than could be written"});
    }
    for (auto& output : outputs_)
        output->flush();
}

void Logger::write_entry(const Entry& entry) {
    const log::Record record{entry.level, entry.category, entry.origin, entry.wall_time_us,
                             entry.message};
    for (auto& output : outputs_)
        if (output->wants(record.level, record.category)) output->append(record);
}

// The facade lets pass what at least one output wants.
void Logger::apply_thresholds() const {
    for (std::size_t index = 0; index < log::category_count; ++index) {
        log::Level lowest = log::Level::none;
        for (const auto& output : outputs_)
            lowest = std::min(lowest, output->thresholds()[index]);
        log::set_threshold(static_cast<log::Category>(index), lowest);
    }
}

}  // namespace warren::logging
