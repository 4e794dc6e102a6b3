#pragma once
// The queue of an exchange of type x-delayed-message: messages wait here until they are due, and go
// on from the exchange then. It has no consumers; but an operator may look (passive declare), take
// out the one that is due next (basic.get) or all of them (purge), which cancels them.
//
// Life of a message: publish() takes it in, whatever its delivery mode to be kept on disk if the
// queue is durable; when its time has come, the host publishes it from the exchange (delay_passed),
// and it stays in the log as a letter until that is known to have come to an end, whichever. So a
// process that ends in between loses nothing: what was not settled is due at the next start.
//
// What waits lies in a ReadyList by its arrival, which is what the log wants, and is taken out by
// its deadline. Only what is due soon needs to be in memory. What was got and comes back has lost
// its place there and waits beside it.
//
// Invariants: a message waits, or was got, or is a letter, or is gone. Nothing is sent on before it
// is due. Positions are logged in rising order, as in any queue.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/shard_bound.h"
#include "base/sliding_map.h"
#include "broker/queue/discarded.h"
#include "broker/queue/holdings.h"
#include "broker/queue/letters.h"
#include "broker/queue/queue_machine.h"
#include "broker/queue/queue_store.h"
#include "broker/queue/ready_list.h"

namespace warren::broker {

class DelayQueue final : public QueueMachine, private storage::EntryOwner {
public:
    DelayQueue(QueueId id, std::string vhost, std::string name, QueueSettings settings,
               QueueHost& host);

    void attach(const OpenLog& open_log, QueueStoreOptions options) override;
    bool has_log() const override { return store_ != nullptr; }
    void apply(QueueCommandBody&& command) override;
    void publish(MessageRef message, const ConfirmTicket& ticket) override;
    void work() override;
    void on_timer() override;
    std::uint64_t log_pending() override;
    void committed(std::uint64_t) override {}
    void letter_done(std::uint64_t position, LetterOutcome outcome) override;
    void spill() override;
    void update_settings(QueueSettings settings) override;
    void shut_down() override;
    bool free_some() override;
    std::uint64_t delivered_through() override;
    QueueStats stats() const override;
    std::uint64_t resident_bytes() const override {
        return holdings_.footprint_bytes + letters_.holdings().footprint_bytes;
    }
    void check_invariants() override;

    void get(const Get& command);
    void settle(const Settle& command);
    void purge(const Purge& command);
    void inspect(const Inspect& command);
    // The channel is gone, or gives back what it has got and not acknowledged.
    void give_back(ConnectionId connection, ChannelId channel);

private:
    // A message that was got and is not acknowledged.
    struct Got {
        ReadyMessage ready;
        ConsumerId holder;
        bool vacant() const { return !ready.message; }
    };

    // ---- storage::EntryOwner (delay_queue_storage.cpp) ----
    void collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) override;
    void paged_out(std::uint64_t after, std::uint64_t through,
                   std::vector<storage::EntryPlace>& kept) override;
    void lost(std::uint8_t level, std::uint64_t entries, std::uint64_t body_bytes) override;
    void check_log_invariants();
    // What was got, and what of it has come back.
    template <typename Visitor>
    void for_each_apart(Visitor&& visit) {
        got_.for_each([&](std::uint64_t, const Got& got) { visit(got.ready); });
        for (const auto& [place, ready] : returned_)
            visit(ready);
    }

    // The message has left; the log must know.
    void settle_in_log(const ReadyMessage& ready) {
        if (ready.logged) store_->log().settle(ready.level, ready.position);
    }
    // Sends on what is due, and returns what is left of the budget.
    std::size_t send_due(std::size_t budget);
    void send_on(ReadyMessage&& ready);
    // Nothing is due before this.
    Instant next_due() const;
    // The message that is due first, if it is due by then.
    std::optional<ReadyMessage> take_due(Instant until);
    // The one that is due first, whenever that is. Nullopt if none is left, which may show only
    // now.
    std::optional<ReadyMessage> take_next();
    std::uint64_t count() const { return waiting_.count() + returned_.size(); }
    void take_back(Got&& got);
    void ask_turn();
    void ask_log();
    void arm_timer();

    ShardBound home_;
    ReadyList waiting_;
    std::map<std::pair<Instant, std::uint64_t>, ReadyMessage> returned_;  // by deadline, position
    SlidingMap<Got> got_;                                                 // by delivery index
    Letters letters_;
    std::unique_ptr<QueueStore> store_;  // null: all is in memory only
    Discarded discarded_;

    std::uint64_t next_position_ = 1;
    std::uint64_t logged_through_ = 0;
    std::uint64_t returned_bytes_ = 0;  // of bodies
    std::uint64_t got_bytes_ = 0;
    bool turn_asked_ = false;
    bool log_asked_ = false;
    bool leaving_ = false;              // shut_down()
    Instant timer_ = Instant::never();  // what the host was last asked for
    Instant last_active_;
    Holdings holdings_;  // of what waits or was got
    QueueCounters counters_;
};

}  // namespace warren::broker
