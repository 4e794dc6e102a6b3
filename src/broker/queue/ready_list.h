#pragma once
// All ready messages of a queue: one ReadyLevel for each priority, highest first, with their
// number, their bytes and their deadlines. Positions rise in the order of arrival over all levels.
//
// If the queue has a log, messages may be paged: counted here, but held by the log alone. They come
// back when they are next in order (make_front_resident()) or expire (take_expired()).
//
// A quorum queue has other rules: what came back is not put in its place, but waits in a line of
// its own ahead of all levels, and a message expires only when nothing stands before it in its
// level (or in that line).
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "broker/queue/block_deque.h"
#include "broker/queue/deadline_heap.h"
#include "broker/queue/queue_commands.h"
#include "broker/queue/queue_stats.h"
#include "broker/queue/queue_store.h"
#include "broker/queue/ready_level.h"

namespace warren::broker {

enum class ReadyRules : std::uint8_t { classic, quorum };

class ReadyList {
public:
    // Levels 0 to level_max.
    explicit ReadyList(std::uint8_t level_max, ReadyRules rules = ReadyRules::classic)
        : rules_(rules), levels_(level_max + 1u) {}

    bool empty() const { return count() == 0; }
    std::uint64_t count() const { return count_ + paged_count_; }
    // Of bodies.
    std::uint64_t bytes() const { return bytes_ + paged_bytes_; }
    std::uint64_t paged_count() const { return paged_count_; }
    std::uint64_t paged_bytes() const { return paged_bytes_; }
    // Of a quorum queue, what has come back and waits before all others.
    std::uint64_t returned_count() const { return returned_.size(); }
    // Of each level that has messages, how many; lowest level first. Without what has come back.
    std::vector<PriorityCount> count_by_level() const;
    bool has_deadlines() const {
        return deadlines_ != 0 ||
               (store_ != nullptr && store_->next_paged_deadline() != Instant::never());
    }
    std::uint8_t level_max() const { return static_cast<std::uint8_t>(levels_.size() - 1); }

    // Loads the messages that come next if they are paged. False if there is none, which may show
    // only now: what cannot be read is lost.
    bool make_front_resident() {
        if (store_ == nullptr || !returned_.empty()) return count_ != 0;
        return load_front();
    }
    bool front_is_resident() const {
        return !returned_.empty() || (!empty() && !levels_[top_level()].front_is_paged());
    }
    // The message that is delivered (or dropped) next: highest level, lowest position. Only when it
    // is resident.
    const ReadyMessage& front() const {
        return returned_.empty() ? levels_[top_level()].front() : returned_.front();
    }
    ReadyMessage pop_front();
    void push_back(ReadyMessage&& ready);
    // A message that was here before comes back.
    void put_back(ReadyMessage&& ready);
    // It does so in its level, by its position, whatever the rules are.
    void put_in_place(ReadyMessage&& ready);
    // Takes out the message with that position; nullopt if it is not in its level in memory.
    std::optional<ReadyMessage> take(std::uint8_t level, std::uint64_t position);
    // Takes out the message that expires first, if it expires at or before `until`. Ties go by
    // position.
    std::optional<ReadyMessage> take_expired(Instant until);
    // The lowest position in the levels, of a quorum queue that of the message that came back
    // first; nullopt: there is none.
    std::optional<std::uint64_t> oldest_position() const;
    // No message expires before this. May be early (a stale entry of the heap), never late.
    Instant next_deadline() const;

    // ---- wherever a message stands (ready_list_peek.cpp) ----
    // A look at ready messages in the order of delivery, of which nobody notices anything.
    struct Glance {
        std::vector<ReadyMessage> messages;  // shared with the list
        PeekCursor next;
        bool at_end = false;
    };
    Glance peek(const PeekCursor& from, std::size_t most) const;
    // Takes out a message, be it paged or in the line of those that came back; nullopt if it is not
    // ready any more.
    std::optional<ReadyMessage> take_from(const MessagePlace& place);

    // What is in memory; in order of levels, not of delivery.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (std::size_t i = 0; i < returned_.size(); ++i)
            visit(returned_[i]);
        for (const ReadyLevel& level : levels_)
            level.for_each(visit);
    }

    // ---- with a log (ready_list_paging.cpp) ----
    // From now on; what the log has paged is counted. The list may hold messages at the tail.
    void attach(QueueStore& store);
    // Calls visit(ready) for messages at the tail above that position, in the order of positions
    // over all levels.
    template <typename Visitor>
    void for_each_arrival(std::uint64_t after, Visitor&& visit);
    // Positions in (after, through] of a level: in no order those outside of the tail, in order
    // those at it.
    template <typename Visitor>
    void for_each_ahead_of_tail(std::uint8_t level, std::uint64_t after, std::uint64_t through,
                                Visitor&& visit) {
        for (std::size_t i = 0; i < returned_.size(); ++i) {
            const ReadyMessage& ready = returned_[i];
            if (ready.level == level && ready.position > after && ready.position <= through)
                visit(ready);
        }
        levels_[level].for_each_ahead_of_tail(after, through, visit);
    }
    template <typename Visitor>
    void for_each_at_tail(std::uint8_t level, std::uint64_t after, std::uint64_t through,
                          Visitor&& visit) {
        levels_[level].for_each_at_tail(after, through, visit);
    }
    // No message at the tail has a lower position.
    std::uint64_t tail_position() const;
    // Forgets messages at the tail up to that position: the log has them.
    void page_out(std::uint64_t through);
    // Takes over from the log what is paged: something was lost.
    void recount_paged();
    // Gives away all that is in memory; what is paged is forgotten. Stays attached.
    ReadyList take_all();
    void check_invariants() const;

private:
    // Stale entries below this number are left alone.
    static constexpr std::size_t stale_deadlines_min = 64;

    std::size_t top_level() const {
        if (levels_.size() == 1) return 0;
        return highest_occupied();
    }
    std::size_t highest_occupied() const;
    template <typename Visitor>
    void for_each_occupied(Visitor&& visit) const;
    // After the level has changed.
    void mark(std::size_t level);
    void count_in(const ReadyMessage& ready);
    void count_out(const ReadyMessage& ready);
    void deadline_out(const ReadyMessage& ready);
    // ready_list_quorum.cpp
    std::optional<ReadyMessage> take_expired_at_heads(Instant until);
    Instant next_deadline_of_heads() const;
    ReadyMessage pop_returned();
    std::optional<ReadyMessage> take_returned(std::uint64_t position);
    // Each adds to the glance and moves its cursor on.
    void peek_returned(Glance& glance, std::size_t most) const;
    void peek_level(Glance& glance, std::size_t most) const;
    bool is_current(const DeadlineHeap::Entry& entry) const;
    DeadlineHeap::Entry earliest_in_memory(Instant until);
    bool load_front();
    // The next messages of a level that has paged ones.
    void load_next(std::uint8_t level);
    bool load_expiring(Instant until);
    void enter_loaded(ReadyMessage&& ready, bool in_order);
    void index_deadline(const DeadlineHeap::Entry& entry);
    void drop_stale_deadlines();

    ReadyRules rules_;
    QueueStore* store_ = nullptr;        // null: nothing is ever paged
    BlockDeque<ReadyMessage> returned_;  // of a quorum queue, in the order they came back
    std::vector<ReadyLevel> levels_;
    std::array<std::uint64_t, 4> occupied_{};  // bit n: level n has messages
    DeadlineHeap deadline_heap_;
    std::uint64_t count_ = 0;  // messages in memory
    std::uint64_t bytes_ = 0;
    // Of what only the log holds; the log says so.
    std::uint64_t paged_count_ = 0;
    std::uint64_t paged_bytes_ = 0;
    std::uint64_t deadlines_ = 0;  // messages in memory with a deadline
    std::uint64_t indexed_ = 0;    // messages whose deadline is in the heap
};

template <typename Visitor>
void ReadyList::for_each_arrival(std::uint64_t after, Visitor&& visit) {
    if (levels_.size() == 1) return levels_[0].for_each_at_tail(after, UINT64_MAX, visit);
    std::vector<ReadyMessage*> arrivals;
    for_each_occupied([&](std::size_t level) {
        levels_[level].for_each_at_tail(after, UINT64_MAX,
                                        [&](ReadyMessage& ready) { arrivals.push_back(&ready); });
    });
    std::sort(arrivals.begin(), arrivals.end(),
              [](const auto* a, const auto* b) { return a->position < b->position; });
    for (ReadyMessage* ready : arrivals)
        visit(*ready);
}

template <typename Visitor>
void ReadyList::for_each_occupied(Visitor&& visit) const {
    for (std::size_t word = 0; word < occupied_.size(); ++word)
        for (std::uint64_t bits = occupied_[word]; bits != 0; bits &= bits - 1)
            visit(word * 64 + std::countr_zero(bits));
}

}  // namespace warren::broker
