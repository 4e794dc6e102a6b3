#pragma once
// A queue's log with somebody who looks on: what comes back when the queue gets it, and what is
// appended later.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/queue_log.h"

namespace warren::broker::testing {

struct ObservedEntry {
    storage::EntryHead head;
    std::string payload;
};

class ObservedLog final : public storage::QueueLog {
public:
    using Appended = std::function<void(const ObservedEntry&)>;

    ObservedLog(std::unique_ptr<storage::QueueLog> log, Appended appended)
        : log_(std::move(log)), appended_(std::move(appended)) {}

    // Hands entries on to `next` and keeps a copy of each.
    class Observer final : public storage::LoadSink {
    public:
        Observer(std::vector<ObservedEntry>& seen, storage::LoadSink* next)
            : seen_(seen), next_(next) {}
        void take(const storage::LoadedEntry& entry) override {
            seen_.push_back({entry.head, std::string(as_text(entry.payload))});
            if (next_ != nullptr) next_->take(entry);
        }

    private:
        std::vector<ObservedEntry>& seen_;
        storage::LoadSink* next_;
    };
    // What was loaded since the log is there.
    std::vector<ObservedEntry> loaded;
    // All that is paged of these levels; it stays there.
    std::vector<ObservedEntry> paged_entries(std::uint8_t level_max) {
        std::vector<ObservedEntry> seen;
        Observer observer(seen, nullptr);
        for (int level = 0; level <= level_max; ++level) {
            storage::LogCursor cursor;
            while (log_->read(static_cast<std::uint8_t>(level), {1000, 1u << 20}, cursor, observer))
                continue;
        }
        return seen;
    }

    void append(const storage::EntryView& entry) override {
        appended_({entry.head, std::string(as_text(entry.payload[0])) +
                                   std::string(as_text(entry.payload[1]))});
        log_->append(entry);
    }
    void settle(std::uint8_t level, std::uint64_t position) override {
        log_->settle(level, position);
    }
    void settle_paged() override { log_->settle_paged(); }
    std::uint64_t paged_entries(std::uint8_t level) const override {
        return log_->paged_entries(level);
    }
    const storage::PagedFigures& paged() const override { return log_->paged(); }
    std::uint64_t first_paged(std::uint8_t level) const override {
        return log_->first_paged(level);
    }
    void load(std::uint8_t level, const storage::LoadLimit& limit,
              storage::LoadSink& sink) override {
        Observer observer(loaded, &sink);
        log_->load(level, limit, observer);
    }
    std::int64_t next_paged_deadline() const override { return log_->next_paged_deadline(); }
    bool load_expiring(std::int64_t until_ms, std::uint32_t entries,
                       storage::LoadSink& sink) override {
        Observer observer(loaded, &sink);
        return log_->load_expiring(until_ms, entries, observer);
    }
    bool load_entry(const storage::EntryPlace& place, storage::LoadSink& sink) override {
        Observer observer(loaded, &sink);
        return log_->load_entry(place, observer);
    }
    bool read(std::uint8_t level, const storage::LoadLimit& limit, storage::LogCursor& cursor,
              storage::LoadSink& sink) override {
        return log_->read(level, limit, cursor, sink);
    }
    void cut(std::uint64_t through) override { log_->cut(through); }
    void spill(std::uint64_t through) override { log_->spill(through); }
    std::uint64_t segments() const override { return log_->segments(); }
    bool at_rest() const override { return log_->at_rest(); }
    void remove() override { log_->remove(); }

private:
    std::unique_ptr<storage::QueueLog> log_;
    Appended appended_;
};

}  // namespace warren::broker::testing
