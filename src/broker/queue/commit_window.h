#pragma once
// What a quorum queue has taken from publishers and may not show yet: it is ready, and confirmed,
// once the Raft entry of its turn is committed. What is asked of the queue meanwhile and would show
// its state (get, purge, ...) waits for the messages that came before it.
//
// Arrivals stand in the order of their positions. A turn ends with log_turn(): what arrived since
// the last one is logged and belongs to the turn's mark.
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ensure.h"
#include "broker/queue/block_deque.h"
#include "broker/queue/queue_commands.h"
#include "broker/queue/ready_message.h"

namespace warren::broker {

class CommitWindow {
public:
    struct Arrival {
        ReadyMessage ready;
        ConfirmTicket ticket;
    };

    bool empty() const { return arrivals_.empty(); }
    std::uint64_t count() const { return arrivals_.size(); }
    bool has_unlogged() const { return logged_ != arrivals_.size(); }

    void add(ReadyMessage&& ready, const ConfirmTicket& ticket) {
        arrivals_.push_back({std::move(ready), ticket});
    }
    // Calls log(ready) for what has arrived since the last call; it belongs to `mark`, above all
    // marks so far, and to this moment.
    template <typename Log>
    void log_turn(std::uint64_t mark, Instant now, Log&& log) {
        ENSURE(turns_.empty() || turns_.back().mark < mark);
        for (; logged_ != arrivals_.size(); ++logged_)
            log(arrivals_[logged_].ready);
        turns_.push_back({mark, arrivals_[logged_ - 1].ready.position, now});
    }
    // Takes back what was never logged: refuse(arrival) for each.
    template <typename Refuse>
    void drop_unlogged(Refuse&& refuse) {
        for (std::size_t i = logged_; i != arrivals_.size(); ++i)
            refuse(arrivals_[i]);
        arrivals_.truncate(logged_);
    }

    // All that belongs to this mark and those before is committed: take_arrival() gives it. Returns
    // when the last of it was logged; none: there was nothing.
    std::optional<Instant> commit(std::uint64_t mark) {
        std::optional<Instant> logged;
        while (!turns_.empty() && turns_.front().mark <= mark) {
            committed_through_ = turns_.front().through;
            logged = turns_.front().logged;
            turns_.pop_front();
        }
        return logged;
    }
    // The next arrival that is committed, unless a command has waited for those before it.
    std::optional<Arrival> take_arrival() {
        if (arrivals_.empty() || arrivals_.front().ready.position > committed_through_ ||
            command_is_next())
            return std::nullopt;
        --logged_;
        return arrivals_.pop_front();
    }

    // The command waits for all that has arrived by now.
    void defer(QueueCommandBody&& command) {
        ENSURE(!arrivals_.empty());
        deferred_.push_back({arrivals_.back().ready.position, std::move(command)});
    }
    std::optional<QueueCommandBody> take_command() {
        if (!command_is_next()) return std::nullopt;
        QueueCommandBody command = std::move(deferred_.front().command);
        deferred_.pop_front();
        return command;
    }
    // Whatever it waits for.
    std::optional<QueueCommandBody> drop_command() {
        if (deferred_.empty()) return std::nullopt;
        QueueCommandBody command = std::move(deferred_.front().command);
        deferred_.pop_front();
        return command;
    }
    // Forgets waiting commands that unwanted(command) picks.
    template <typename Unwanted>
    void drop_commands(Unwanted&& unwanted) {
        std::erase_if(deferred_,
                      [&](const Deferred& deferred) { return unwanted(deferred.command); });
    }

    // Visits what is logged, in order.
    template <typename Visitor>
    void for_each_logged(Visitor&& visit) const {
        for (std::size_t i = 0; i < logged_; ++i)
            visit(arrivals_[i].ready);
    }
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (std::size_t i = 0; i < arrivals_.size(); ++i)
            visit(arrivals_[i].ready);
    }

private:
    struct Turn {
        std::uint64_t mark = 0;
        std::uint64_t through = 0;  // position of its last message
        Instant logged;
    };
    struct Deferred {
        std::uint64_t after = 0;  // position of the arrival that it waits for
        QueueCommandBody command;
    };

    bool command_is_next() const {
        return !deferred_.empty() &&
               (arrivals_.empty() || deferred_.front().after < arrivals_.front().ready.position);
    }

    BlockDeque<Arrival> arrivals_;
    std::size_t logged_ = 0;  // of the arrivals, from the front
    std::deque<Turn> turns_;
    std::deque<Deferred> deferred_;
    std::uint64_t committed_through_ = 0;
};

}  // namespace warren::broker
