#pragma once
// A queue of any type, as its shard sees it: a machine without threads, sockets or clocks. Commands
// go in as calls, what follows goes out through QueueHost, which outlives it.
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "broker/queue/queue_commands.h"
#include "broker/queue/queue_host.h"
#include "broker/queue/queue_past.h"
#include "broker/queue/queue_settings.h"
#include "broker/queue/queue_stats.h"
#include "broker/queue/queue_store.h"

namespace warren::broker {

class QueueMachine {
public:
    QueueMachine(const QueueMachine&) = delete;
    QueueMachine& operator=(const QueueMachine&) = delete;
    virtual ~QueueMachine() = default;

    // Notes of the host: where in its lists of this turn the queue is.
    struct Listed {
        std::uint32_t turn = 0;
        std::uint32_t log = 0;
    };
    Listed listed;

    QueueId id() const { return id_; }
    const std::string& vhost() const { return vhost_; }
    const std::string& name() const { return name_; }
    const QueueSettings& settings() const { return settings_; }

    // Gives the queue a log and takes back what that holds; before any command, or later if nothing
    // is kept there of this queue (one that has nothing durable, and is to spill).
    virtual void attach(const OpenLog& open_log, QueueStoreOptions options) = 0;
    virtual bool has_log() const = 0;
    // Gives a queue that de-duplicates a log for its keys, and takes back what that holds. Before
    // attach().
    virtual void attach_keys(const OpenLog&) {}

    // ---- commands; each may call the host before it returns ----
    // Whichever one it is.
    virtual void apply(QueueCommandBody&& command) = 0;
    virtual void publish(MessageRef message, const ConfirmTicket& ticket) = 0;

    // ---- called by the host when asked to ----
    // At the end of a turn (QueueHost::request_turn): deliveries and expiries, up to
    // limits::queue_work_per_turn.
    virtual void work() = 0;
    // At or after the time of QueueHost::request_timer.
    virtual void on_timer() = 0;
    // At the end of a turn, after all work (QueueHost::request_log): what is to be kept goes to the
    // log. The host calls committed() with the returned mark once all of it is safe; 0: the queue
    // does not want to hear.
    virtual std::uint64_t log_pending() = 0;
    // What log_pending() logged up to this mark is on stable storage, and agreed on by a majority
    // if the queue is replicated. Marks rise.
    virtual void committed(std::uint64_t mark) = 0;
    // What has become of a letter (QueueHost::dead_letter, delay_passed). Never from within a call
    // of the queue.
    virtual void letter_done(std::uint64_t position, LetterOutcome outcome) = 0;
    // Memory is short: what waits at the tail goes to the log. Nothing without a log.
    virtual void spill() = 0;

    // ---- rest: a queue that has nothing to do need not exist as a machine ----
    virtual Rest rest() const { return Rest::busy; }
    // At rest this is all that there is to know: the machine may be destroyed, and one that is made
    // later from the same settings goes on where this one was.
    virtual QueuePast past() const { return {}; }
    // Before attach() and any command.
    virtual void resume(const QueuePast&) {}

    // ---- called by the host when the metadata changes ----
    // Arguments or policies have changed. What cannot change later (type, priority_max,
    // single_active_consumer) must not.
    virtual void update_settings(QueueSettings settings) = 0;
    // The queue is deleted: consumers are told, messages are dropped and not dead-lettered. Only
    // free_some() and destruction may follow.
    virtual void shut_down() = 0;
    // Frees a turn's piece of what the queue still holds in memory. True when the rest is little.
    virtual bool free_some() = 0;

    // ---- called by the host when the node stops ----
    // Messages up to this position may have been delivered; none above has been.
    virtual std::uint64_t delivered_through() = 0;

    // ---- views ----
    virtual QueueStats stats() const = 0;
    // Shows the consumers in the order of their ids, from the first one behind `after`, until
    // visit() returns false.
    using ConsumerVisitor = std::function<bool(const ConsumerStats&)>;
    virtual void visit_consumers([[maybe_unused]] const ConsumerId& after,
                                 [[maybe_unused]] const ConsumerVisitor& visit) const {}
    // Memory that its messages take.
    virtual std::uint64_t resident_bytes() const = 0;
    // ENSUREs all that must hold between calls. For simulations: walks every message.
    virtual void check_invariants() = 0;

protected:
    QueueMachine(QueueId id, std::string vhost, std::string name, QueueSettings settings,
                 QueueHost& host)
        : id_(id),
          vhost_(std::move(vhost)),
          name_(std::move(name)),
          settings_(std::move(settings)),
          host_(host) {}

    const QueueId id_;
    const std::string vhost_;
    const std::string name_;
    QueueSettings settings_;
    QueueHost& host_;
};

}  // namespace warren::broker
