#pragma once
// Everything that one shard holds apart from sockets: its replica of topology and users, its
// queues, and the messages on their way to other shards. Implements what sessions ask of a shard
// (ShardServices) and what queues need (QueueHost).
//
// A turn: calls from sessions and batches from other shards come in any order; then end_turn()
// until needs_turn() is false or the shard wants to look at its sockets again; then post(). Dead
// letters, deletes and other work that a queue starts while it is being called waits for
// end_turn(), so that no queue is ever entered twice.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/users.h"
#include "base/large_memory.h"
#include "base/shard_bound.h"
#include "broker/dead_letter/dead_letter.h"
#include "broker/exchange/message_history.h"
#include "broker/queue/queue_machine.h"
#include "broker/queue/queue_sums.h"
#include "broker/shard_services.h"
#include "broker/topology/topology.h"
#include "cluster/admission_desk.h"
#include "cluster/change_watcher.h"
#include "cluster/commit_waits.h"
#include "cluster/confirm_ranges.h"
#include "cluster/deduplication_desk.h"
#include "cluster/durable_confirms.h"
#include "cluster/gone_queues.h"
#include "cluster/metadata_log.h"
#include "cluster/metadata_sequencer.h"
#include "cluster/outbox.h"
#include "cluster/policy_sweep.h"
#include "cluster/queue_counts.h"
#include "cluster/queue_table.h"
#include "cluster/queue_timers.h"
#include "cluster/quorum_host.h"
#include "cluster/shard_layout.h"
#include "cluster/shard_message.h"
#include "cluster/shard_publisher.h"
#include "storage/log_engine.h"

namespace warren::cluster {

class ShardNode final : public broker::ShardServices,
                        private broker::QueueHost,
                        private DeduplicationDesk::Events,
                        private broker::TopologyObserver,
                        private storage::EngineEvents {
public:
    // To be made on the shard's thread; what is referred to outlives it.
    ShardNode(ShardLayout layout, TurnClock& clock, broker::SessionEvents& sessions,
              Interconnect& interconnect, std::uint64_t seed);
    ~ShardNode();

    // Before anything else, with the same commands on every shard. Errors are those of the
    // topology.
    broker::TopologyOutcome bootstrap(const MetadataCommand& command);
    // On shard 0, before the first turn: changes are kept in this log, which outlives the node.
    // Without one, everything counts as durable at once.
    void keep_metadata_in(MetadataLog& log);
    // The node stops: changes from now on are not kept. `done` follows when the disk has all that
    // were, or never will.
    void stop_keeping_metadata(std::move_only_function<void()> done);

    // ---- storage (shard_storage.cpp) ----
    // Who the engine of this shard is to tell what happens.
    storage::EngineEvents& storage_events() { return *this; }
    // Before bootstrap(): durable queues keep their messages there. Without it, nothing outlives
    // the process, and what is taken counts as safe.
    void use_storage(std::unique_ptr<storage::LogEngine> engine, broker::QueueStoreOptions options);
    // After the last bootstrap(): what the engine holds for queues that are gone is dropped.
    void end_bootstrap();
    // Some of the queues that have nothing come to rest. When to call again; never: after something
    // has happened (activity()).
    Instant rest_queues();
    // Memory is short: queues that hold much of it write what waits at their tails to disk,
    // transient messages too, which are forgotten at the next start nevertheless.
    void page_out();
    const storage::LogEngine* storage() const { return engine_.get(); }
    // Writes and syncs what there is; `done` is called when the disk has it, or never will.
    void stop_storage(std::move_only_function<void()> done);

    void set_connections_max(std::optional<std::uint64_t> most) { desk_.set_connections_max(most); }

    // ---- turns ----
    void receive(ShardId from, ShardBatch&& batch);
    // Queues that are due, deferred work, deliveries, confirms.
    void end_turn();
    bool needs_turn() const {
        return !turns_.empty() || !deferred_.empty() || !logging_.empty() ||
               has_changes_to_order() || publisher_.has_work() || !gone_queues_.empty() ||
               !large_memory_.empty() || !policy_sweep_.idle() || !events_.empty();
    }
    // Sends what has gathered for other shards. What does not fit into a mailbox stays for the next
    // turn.
    void post();
    bool has_unsent() const { return unsent_ != 0; }
    // When end_turn() is wanted at the latest.
    Instant next_deadline() const;

    // ---- ShardServices ----
    Now now() const override { return clock_.now(); }
    const broker::Topology& topology() const override { return topology_; }
    const auth::UserTable& users() const { return users_; }
    Prng& random() override { return random_; }
    std::size_t shard_count() const override { return layout_.queue_shards(); }
    void submit_run(broker::TopologyRun run) override;
    void submit_user(auth::UserCommand command, const broker::RequestTicket& ticket,
                     broker::ActorRef actor = {});
    // Changes of both kinds, by the rules of a TopologyRun.
    void submit_changes(MetadataRun run);
    // A place in the order for a run that depends on what there is: the ticket is answered when all
    // that comes before is applied here, and nothing is changed anywhere until fill_place(), which
    // is called when that answer comes. An empty run gives the place up.
    void keep_place(const broker::RequestTicket& ticket);
    void fill_place(MetadataRun run);
    // Place of the newest change applied here that came after the start; 0: none.
    std::uint64_t newest_change() const { return newest_change_; }
    void send(const broker::QueueAddress& queue, broker::QueueCommandBody command) override;
    void publish(const broker::QueueAddress& queue, broker::MessageRef message,
                 const broker::ConfirmTicket& ticket) override;
    void reply_directly(const broker::ConsumerId& consumer, broker::MessageRef message) override;
    void probe_reply_consumer(const broker::ConsumerId& consumer, std::string address,
                              const broker::RequestTicket& ticket) override;
    void publish_deduplicated(const broker::Vhost& vhost,
                              broker::DeduplicatedPublish message) override;
    void send_behind(const broker::Vhost& vhost, const broker::QueueAddress& queue,
                     broker::QueueCommandBody command) override;
    void remember(const broker::ExchangeRecord& exchange, broker::MessageRef message) override;
    void request_admission(broker::Admission admission,
                           const broker::RequestTicket& ticket) override;
    void end_admission(broker::Admission admission) override;
    bool wants_events() const override;
    void emit(broker::Event event) override { events_.push_back(std::move(event)); }
    void note(const broker::Actor& actor, const broker::Deed& deed) override {
        if (deed_watcher_) deed_watcher_(actor, deed);
    }
    bool congested() const override { return congested_ || congested_logs_ != 0; }
    // Since it was last asked, messages have come from other shards for a queue of this one whose
    // consumers are behind.
    bool crowds_have_grown() { return std::exchange(crowds_have_grown_, false); }
    broker::Crowding crowding_of(QueueId queue) const override {
        if (crowded_queues_.empty()) [[likely]]
            return broker::Crowding::none;
        const auto found = crowded_queues_.find(queue);
        return found == crowded_queues_.end() ? broker::Crowding::none : found->second;
    }

    // ---- what others want to know (shard_events.cpp) ----
    // On shard 0, after the last bootstrap(); the watcher outlives the node.
    void watch_changes(ChangeWatcher& watcher) { watchers_.add(watcher); }
    // Hears of what is noted on this shard.
    using DeedWatcher = std::function<void(const broker::Actor& actor, const broker::Deed& deed)>;
    void watch_deeds(DeedWatcher watcher) { deed_watcher_ = std::move(watcher); }
    // On shard 0: new vhosts begin with these, which are put in order right behind them.
    void give_new_vhosts(VhostDefaults defaults) { vhost_defaults_ = std::move(defaults); }
    // From now on events go to the exchange amq.rabbitmq.event of this vhost.
    void publish_events_in(std::string vhost) { event_vhost_ = std::move(vhost); }

    // ---- durability of the metadata ----
    // The newest change applied here that counts after a restart: of the queue that is being
    // created now, its own declaration.
    std::uint64_t metadata_index() const { return metadata_index_; }
    bool metadata_durable_through(std::uint64_t index) const { return index <= metadata_durable_; }

    // ---- views ----
    // Rises in turns in which queues had something to do, or other shards were sent something.
    std::uint64_t activity() const { return activity_; }
    const QueueTable& queues() const { return queues_; }
    // shard_queues.cpp. What a queue of this shard tells about itself, awake or not; none if there
    // is no such queue.
    std::optional<broker::QueueStats> stats_of(QueueId id) const;
    const QueueCounts& queue_counts() const { return queue_counts_; }
    // Those that may have anything; some of them may have gone.
    std::vector<QueueId> awake_queues() const { return queues_.awake_ids(); }
    // Those that have ever had anything since the node started; likewise.
    std::vector<QueueId> known_queues() const { return queues_.known_ids(); }
    const GoneQueues& gone() const { return gone_; }
    // Adds the queue to its vhost and its kind, if it is there.
    void add_queue(QueueId id, broker::QueueSums& sums) const;
    // What an exchange remembers that finds duplicates here; null if it is not at home here.
    const broker::DeduplicationCache* find_deduplication(broker::ExchangeId exchange) const {
        return deduplication_.find_cache(exchange);
    }

private:
    // ---- QueueHost: calls from a queue of this shard ----
    Now arrival_time() override { return clock_.fresh_now(); }
    void deliver(const broker::ConsumerId& consumer,
                 std::span<broker::Delivery> deliveries) override;
    void confirm(const broker::ConfirmTicket& ticket, broker::ConfirmOutcome outcome) override;
    void reply(const broker::RequestTicket& ticket, broker::QueueReplyBody body) override;
    void notify(const broker::ConsumerId& consumer, broker::QueueEvent event) override;
    void dead_letter(const broker::QueueMachine& queue, broker::MessageRef message,
                     broker::DeathReason reason, std::uint64_t position) override;
    void count_given_up(const broker::QueueMachine& queue) override;
    void count_letter_confirmed(const broker::QueueMachine&) override;
    void delay_passed(const broker::QueueMachine& queue, broker::MessageRef message,
                      std::uint64_t position) override;
    broker::RaftPlace propose(const broker::QueueMachine& queue,
                              const broker::RaftPlace& last) override;
    void request_turn(broker::QueueMachine& queue) override;
    void request_timer(broker::QueueMachine& queue, Instant when) override;
    void request_log(broker::QueueMachine& queue) override;
    void crowded(const broker::QueueMachine& queue, broker::Crowding crowding) override;
    void tell_of_crowd(QueueId queue, ShardId publisher);
    void damage_found(const broker::QueueMachine& queue, const std::string& text) override;
    void request_delete(broker::QueueMachine& queue, const broker::RequestTicket& ticket,
                        std::uint64_t messages) override;

    // ---- EngineEvents ----
    void durable(storage::CommitNumber through) override;
    void state_changed(storage::EngineState state, const std::string& text) override;
    void damage_found(const std::string& text) override;

    // ---- TopologyObserver: the replica tells what has come and gone ----
    void queue_created(const broker::QueueRecord& queue) override;
    void queue_deleted(const broker::QueueRecord& queue) override;
    void vhost_deleted(const broker::Vhost& vhost) override;
    void policies_changed(const broker::Vhost& vhost) override;
    void exchange_created(const broker::ExchangeRecord& exchange) override;
    void exchange_deleted(const broker::ExchangeRecord& exchange) override;
    void binding_created(const broker::Binding& binding) override;

    // ---- messages from other shards, and from this one ----
    void handle(broker::QueueCommand&& command);
    void handle(broker::QueueEvent&& event);
    void handle(PublishRun&& run);
    void handle(MetadataSubmit&& message);
    void handle(MetadataPlace&& message);
    void handle(MetadataApply&& message);
    void handle(MetadataApplied&& message);
    void handle(MetadataDurable&& message);
    void handle(MetadataAnswer&& message);
    void handle(AdmissionRequest&& message);
    void handle(AdmissionEnd&& message);
    void handle(AdmissionAnswer&& message);
    void handle(DirectReply&& message);
    void handle(ReplyConsumerProbe&& message);
    void handle(RememberMessage&& message);
    void handle(RouteDeduplicated&& message);
    void handle(SendOn&& message);
    void handle(MessageReturned&& message);
    void handle(LogCongestion&& message);
    void handle(QueueCrowding&& message);
    // At once when it is for this shard, else with the next post().
    template <typename Message>
    void dispatch(ShardId to, Message&& message) {
        if (to == home_.shard())
            handle(std::forward<Message>(message));
        else
            outboxes_[to.value].add(std::forward<Message>(message));
    }

    // shard_queues.cpp
    // Wakes the queue if it is at rest. Null if there is none of that number here.
    broker::QueueMachine* find_queue(QueueId id) {
        broker::QueueMachine* awake = queues_.find(id);
        return awake != nullptr ? awake : wake(id);
    }
    broker::QueueMachine* wake(QueueId id);
    broker::QueueMachine& wake(const broker::QueueRecord& record, broker::QueueSettings settings);
    // A policy may have changed what it works by.
    void renew_settings(const broker::QueueRecord& record);
    // Answers for a queue that is not awake what need not wake it.
    bool answer_at_rest(const broker::QueueCommand& command);
    struct PendingDelete {
        broker::RequestTicket ticket;
        std::uint64_t messages = 0;
    };
    void submit_delete(QueueId queue, const PendingDelete& pending);

    // shard_ordering.cpp, on shard 0
    void order_submitted();
    bool has_changes_to_order() const;
    void tell_place(SubmittedRun& kept);
    void order_next(SubmittedRun& run);
    void order_defaults(const MetadataCommand& made);
    bool delete_some_queues_of(ConnectionId owner, const broker::Actor* actor,
                               std::size_t& changes);
    broker::TopologyOutcome order(const SharedCommand& command, bool kept,
                                  const broker::Actor* actor);
    void settle_metadata();
    void look_at_metadata_log();

    // shard_metadata.cpp
    broker::TopologyOutcome apply(const MetadataCommand& command) { return apply(command, *this); }
    broker::TopologyOutcome apply(const MetadataCommand& command,
                                  broker::TopologyObserver& observer);
    // shard_events.cpp
    broker::TopologyOutcome apply_watched(const MetadataCommand& command,
                                          const broker::Actor* actor);
    void publish_events();
    void tell_applied();
    void apply_early_commands();
    void answer_missing(broker::QueueCommand&& command);

    void send_event(ConnectionId to, broker::QueueEvent event);
    void defer(std::move_only_function<void()> work);
    void flush_confirms();
    // The log of that number, of this shard's engine.
    broker::OpenLog open_log(QueueId number);
    void give_log(broker::QueueMachine& queue);
    void end_log_turn();
    void free_what_is_gone();
    void release_durable();
    void report_failed_groups();
    void tell_congestion();

    // shard_republish.cpp
    void tell_letters_done();

    // shard_deduplication.cpp
    void published(const broker::ConfirmTicket& ticket, bool accepted) override;
    void unroutable(const broker::DeduplicatedPublish::Publisher& publisher,
                    const broker::MessageRef& message) override;
    void add_deduplicating(const broker::ExchangeRecord& exchange);

    ShardBound home_;
    const ShardLayout layout_;
    broker::SessionEvents& sessions_;
    Interconnect& interconnect_;
    TurnClock& clock_;
    Prng random_;

    broker::Topology topology_;
    auth::UserTable users_;
    std::uint64_t newest_number_ = 0;             // highest id that this replica has seen
    std::unique_ptr<storage::LogEngine> engine_;  // outlives the queues
    broker::QueueStoreOptions store_options_;
    QueueTable queues_;
    QueueCounts queue_counts_;
    PolicySweep policy_sweep_;
    // Deleted, and freed a piece a turn.
    std::vector<std::unique_ptr<broker::QueueMachine>> gone_queues_;
    GoneQueues gone_;
    LargeMemoryReturn large_memory_;
    // Commands for queues whose creation is still on its way to this shard.
    std::vector<broker::QueueCommand> early_;
    std::unordered_map<std::uint32_t, PendingDelete> deletes_;  // by ticket number
    std::uint32_t last_delete_ = 0;

    std::uint64_t newest_change_ = 0;
    std::uint64_t metadata_applied_ = 0;  // not told to shard 0 yet; else 0
    std::uint64_t metadata_index_ = 0;
    std::uint64_t metadata_durable_ = 0;  // as far as this shard knows

    // Used on shard 0.
    std::deque<SubmittedRun> submitted_;
    MetadataSequencer sequencer_;
    MetadataLog* metadata_log_ = nullptr;
    bool metadata_sync_wanted_ = false;
    bool metadata_log_failed_ = false;
    std::uint64_t metadata_told_ = 0;  // what the other shards know to be durable
    AdmissionDesk desk_;

    ChangeWatchers watchers_{*this};  // on shard 0
    VhostDefaults vhost_defaults_;    // on shard 0
    DeedWatcher deed_watcher_;
    std::string event_vhost_;            // where events go; empty: nowhere
    std::vector<broker::Event> events_;  // of this turn

    std::uint64_t activity_ = 0;
    std::vector<broker::QueueMachine*> turns_;
    std::vector<broker::QueueMachine*> working_;  // turns_ of the round that is being worked on
    std::vector<std::move_only_function<void()>> deferred_;
    QueueTimers timers_;
    broker::MessageHistory history_;
    ConfirmRanges confirms_;
    DurableConfirms durable_confirms_;
    CommitWaits commit_waits_;                 // of streams
    QuorumHost quorum_host_{RaftServerId{1}};  // until there are nodes, each is the first
    ShardPublisher publisher_;
    DeduplicationDesk deduplication_;
    std::vector<RouteDeduplicated> early_publishes_;  // for exchanges still on their way here
    std::vector<broker::QueueMachine*> logging_;      // queues with messages to log in this turn
    std::uint32_t congested_logs_ = 0;                // shards whose log cannot keep up
    // Of all shards, as far as they are published to.
    std::unordered_map<QueueId, broker::Crowding> crowded_queues_;
    struct Crowd {
        broker::Crowding crowding;
        std::vector<ShardId> told;
    };
    std::unordered_map<QueueId, Crowd> crowds_;  // of this shard
    bool crowds_have_grown_ = false;
    bool log_congested_ = false;  // this shard's is one of them

    std::vector<Outbox> outboxes_;  // by shard; [own] is unused
    std::size_t unsent_ = 0;        // messages in outboxes_
    bool congested_ = false;
};

}  // namespace warren::cluster
