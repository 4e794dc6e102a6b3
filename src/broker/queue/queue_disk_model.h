#pragma once
// The log of one queue for tests: plain maps instead of files. It outlives the queue, so that a
// queue can be made anew from it; paging happens when a test says so. Whatever the queue does that
// a log must not be asked for is a test failure.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/prng.h"
#include "storage/log_engine.h"
#include "storage/queue_log.h"

namespace warren::broker::testing {

class QueueDisk {
public:
    // `moods`: loads bring back fewer than they may, deadlines are told too early, and due messages
    // bring neighbours along; a log may do all this. Null: it does none of it.
    explicit QueueDisk(Prng* moods = nullptr) : moods_(moods) {}
    QueueDisk(const QueueDisk&) = delete;

    // What OpenLog is to do. `delivered_through`: what the node noted when it stopped; none after a
    // crash.
    std::unique_ptr<storage::QueueLog> open(storage::EntryOwner& owner, storage::LoadSink& restore,
                                            std::optional<std::uint64_t> delivered_through,
                                            storage::LogEngine::Restored& restored);

    // Asks for all up to that position that is not in runs; checks that all is given. end_paging()
    // makes the queue forget what waits at the tail.
    void begin_paging(std::uint64_t through);
    void end_paging();
    bool is_paging() const { return paging_through_ != 0; }

    struct Entry {
        storage::EntryHead head;
        std::string payload;
        std::string body;
        bool in_run = false;
        bool paged = false;
    };
    // All that has not been settled.
    const std::map<std::uint64_t, Entry>& entries() const { return entries_; }
    std::map<std::uint64_t, Entry>& entries() { return entries_; }
    std::uint64_t appended_through() const { return appended_through_; }
    std::uint64_t last_position() const { return last_position_; }
    std::uint64_t appends() const { return appends_; }
    std::uint64_t settles() const { return settles_; }
    bool removed() const { return removed_; }
    // The log still works on what is settled already.
    void set_busy(bool busy) { busy_ = busy; }
    // Entries in runs that turn out to be unreadable when they are loaded.
    void damage(std::uint64_t position) { damaged_.insert(position); }

private:
    class Log;

    bool in_mood(std::uint64_t odds) { return moods_ != nullptr && moods_->below(odds) == 0; }
    void append(const storage::EntryView& entry);
    void collected(const storage::EntryView& entry, std::vector<storage::EntryPlace>& places);
    void settle(std::uint8_t level, std::uint64_t position);
    void settle_paged();
    void load(std::uint8_t level, const storage::LoadLimit& limit, storage::LoadSink& sink);
    bool read(std::uint8_t level, const storage::LoadLimit& limit, storage::LogCursor& cursor,
              storage::LoadSink& sink);
    void cut(std::uint64_t through);
    std::int64_t next_deadline() const;
    bool load_expiring(std::int64_t until_ms, std::uint32_t limit, storage::LoadSink& sink);
    bool load_entry(const storage::EntryPlace& place, storage::LoadSink& sink);
    // Gives the entry back, or says that it is lost.
    void hand_over(std::uint64_t position, storage::LoadSink& sink);
    void add_up();

    Prng* moods_;
    storage::EntryOwner* owner_ = nullptr;
    std::map<std::uint64_t, Entry> entries_;
    bool busy_ = false;
    std::set<std::uint64_t> damaged_;
    storage::PagedFigures figures_;
    std::map<std::uint8_t, std::uint64_t> paged_of_level_;
    std::uint64_t appended_through_ = 0;
    std::uint64_t last_position_ = 0;
    std::uint64_t flushed_through_ = 0;
    std::uint64_t cut_through_ = 0;
    std::uint64_t paging_through_ = 0;  // 0: no paging under way
    std::int64_t told_not_due_ms_ = INT64_MIN;
    std::uint64_t appends_ = 0;
    std::uint64_t settles_ = 0;
    bool removed_ = false;
};

}  // namespace warren::broker::testing
