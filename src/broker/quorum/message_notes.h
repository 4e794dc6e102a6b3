#pragma once
// The notes of a quorum queue's messages, by position, and their entries in the queue's log: one
// entry of level 255 for each note, which replaces the one before when the note changes, and is
// settled with its message. All of them stay in memory; what the log has paged of them is loaded
// when the queue gets its log back.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "broker/quorum/message_note.h"
#include "storage/queue_log.h"

namespace warren::broker {

class MessageNotes {
public:
    static constexpr std::uint8_t log_level = 255;

    struct Noted {
        MessageNote note;
        MessageNote logged;       // what its entry says, if it has one
        std::uint64_t entry = 0;  // position of its entry in the log; 0: it has none
        std::uint8_t level = 0;   // of the message
        bool changed = false;     // the log has not heard of it
    };

    bool empty() const { return notes_.empty(); }
    std::uint64_t count() const { return notes_.size(); }
    // Null: nothing is known beyond its bytes.
    const MessageNote* find(std::uint64_t position) const;
    // What is noted now of the message; the log hears of it by log_changes().
    void change(std::uint64_t position, std::uint8_t level, const MessageNote& note);
    // The message has left the queue. `log` null: there is none.
    void forget(std::uint64_t position, storage::QueueLog* log);
    // Something was changed since the last log_changes().
    bool has_changes() const { return !changed_.empty(); }
    // Notes that have changed get their entries, with positions from `next` on; says changed(
    // position, note) for each. Returns the position that comes next.
    template <typename Changed>
    std::uint64_t log_changes(storage::QueueLog& log, std::uint64_t next, Changed&& changed);
    void forget_changes();

    // ---- the log's side ----
    // An entry has come back. The newest of a message counts; settle_replaced() settles the others.
    Result<void, std::string> restore(const storage::LoadedEntry& entry);
    void settle_replaced(storage::QueueLog& log);
    // Entries with positions in (after, through], in order. They are never paged.
    void collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) const;
    void add_kept(std::uint64_t after, std::uint64_t through,
                  std::vector<storage::EntryPlace>& kept) const;

    // Calls visit(position, noted) in no order.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const auto& [position, noted] : notes_)
            visit(position, noted);
    }

private:
    void append(storage::QueueLog& log, std::uint64_t position, Noted& noted,
                std::uint64_t entry) const;

    std::unordered_map<std::uint64_t, Noted> notes_;
    std::vector<std::uint64_t> changed_;   // positions, once each; some may have left
    std::vector<std::uint64_t> replaced_;  // entries that came back and are out of date
};

template <typename Changed>
std::uint64_t MessageNotes::log_changes(storage::QueueLog& log, std::uint64_t next,
                                        Changed&& changed) {
    for (const std::uint64_t position : changed_) {
        const auto found = notes_.find(position);
        if (found == notes_.end()) continue;
        append(log, position, found->second, next++);
        changed(position, found->second.note);
    }
    changed_.clear();
    return next;
}

}  // namespace warren::broker
