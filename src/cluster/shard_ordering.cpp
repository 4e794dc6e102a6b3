// Shard 0's part in the metadata: it puts the changes of all shards in order, keeps them, and
// answers each once it is in force everywhere and as safe as was asked for.
#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "cluster/metadata_state.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

namespace {

// Of whose queues this is the end; of nobody's otherwise.
ConnectionId owner_that_goes(const MetadataCommand& command) {
    const auto* change = std::get_if<broker::TopologyCommand>(&command);
    if (change == nullptr) return {};
    const auto* deletion = std::get_if<broker::DeleteQueuesOf>(&change->body);
    return deletion == nullptr ? ConnectionId{} : deletion->connection;
}

// What the observer asks for at once, such as an import of definitions, becomes safe as a whole or
// not at all: while its run is being put in order nothing is handed over to the disk, so that all
// of it, and what was before it, is one batch of the log. A client's runs are synced as they come.
bool is_whole(const ShardLayout& layout, const SubmittedRun& run) {
    return layout.is_observer(run.from) && run.run->size() > 1;
}

bool is_amid_whole_run(const ShardLayout& layout, const std::deque<SubmittedRun>& submitted) {
    return !submitted.empty() && submitted.front().next > 0 && is_whole(layout, submitted.front());
}

}  // namespace

void ShardNode::handle(MetadataSubmit&& message) {
    // Not at once: it may come while a queue of this shard is being called, and applying it may
    // destroy the queue.
    if (!message.in_kept_place) {
        submitted_.push_back({std::move(message.run), message.from});
        return;
    }
    ENSURE(!submitted_.empty() && submitted_.front().place_told);
    if (message.run->empty())
        submitted_.pop_front();
    else
        submitted_.front().run = std::move(message.run);
}

void ShardNode::handle(MetadataPlace&& message) {
    submitted_.push_back({.run = nullptr, .from = message.from, .place = message.ticket});
}

// Not if another shard is behind: a turn in which it applies all that has gathered would keep its
// messages waiting.
bool ShardNode::has_changes_to_order() const {
    return !submitted_.empty() && sequencer_.unapplied() < limits::unapplied_changes_max &&
           (submitted_.front().run != nullptr || !submitted_.front().place_told);
}

// All that is before it has been sent to that shard, and is applied there when this arrives.
void ShardNode::tell_place(SubmittedRun& kept) {
    if (std::exchange(kept.place_told, true)) return;
    dispatch(
        kept.from,
        MetadataAnswer{kept.place, broker::TopologyResult{.outcome = broker::Outcome::unchanged}});
}

void ShardNode::order_submitted() {
    for (std::size_t changes = 0; changes < limits::changes_per_turn && has_changes_to_order();) {
        SubmittedRun& run = submitted_.front();
        if (run.run == nullptr) return tell_place(run);
        // It begins with a turn, so that what was before it need not wait for its end.
        if (changes > 0 && run.next == 0 && is_whole(layout_, run)) return;
        const ConnectionId owner = owner_that_goes((*run.run)[run.next].command);
        const broker::Actor* actor = (*run.run)[run.next].actor.get();
        if (owner && !delete_some_queues_of(owner, actor, changes)) return;
        order_next(run);
        ++changes;
        if (run.ended()) submitted_.pop_front();
    }
}

// All the queues of one owner can be too many for one turn. True: the rest can go together.
bool ShardNode::delete_some_queues_of(ConnectionId owner, const broker::Actor* actor,
                                      std::size_t& changes) {
    while (topology_.queues_of(owner).size() > limits::changes_per_turn - changes) {
        if (changes == limits::changes_per_turn) return false;
        const broker::DeleteQueue oldest{*topology_.queues_of(owner).begin()};
        const auto outcome = order(
            std::make_shared<const MetadataCommand>(broker::TopologyCommand{oldest}), false, actor);
        ENSURE(outcome.has_value());
        ++changes;
    }
    changes += topology_.queues_of(owner).size();
    return true;
}

void ShardNode::order_next(SubmittedRun& run) {
    const MetadataRequest& request = (*run.run)[run.next++];
    if (std::ranges::find(run.refused, request.channel) != run.refused.end()) return;
    const bool kept = metadata_log_ != nullptr && survives_restart(request.command, topology_);
    auto outcome = order(SharedCommand(run.run, &request.command), kept, request.actor.get());
    if (!outcome) {
        run.refused.push_back(request.channel);
        if (outcome.error().closes_connection()) run.next = run.run->size();
    }
    if (outcome && outcome->outcome == broker::Outcome::changed) order_defaults(request.command);
    if (request.ticket.number == 0) return;
    // "It is there already" is true of what may not be safe yet.
    const bool safe = request.when == broker::AnswerWhen::safe && kept && outcome.has_value();
    sequencer_.hold_answer(run.from, {request.ticket, std::move(outcome)},
                           safe ? metadata_index_ : 0);
}

// One of them may be refused (the user is there already): the others count all the same.
void ShardNode::order_defaults(const MetadataCommand& made) {
    const auto* topology = std::get_if<broker::TopologyCommand>(&made);
    const auto* vhost =
        topology == nullptr ? nullptr : std::get_if<broker::CreateVhost>(&topology->body);
    if (vhost == nullptr || !vhost_defaults_) return;
    for (MetadataCommand& command : vhost_defaults_(*vhost)) {
        const auto shared = std::make_shared<const MetadataCommand>(std::move(command));
        order(shared, metadata_log_ != nullptr && survives_restart(*shared, topology_), nullptr);
    }
}

broker::TopologyOutcome ShardNode::order(const SharedCommand& command, bool kept,
                                         const broker::Actor* actor) {
    const std::uint64_t newest_before = metadata_index_;
    if (kept) metadata_index_ = sequencer_.last_index() + 1;
    auto outcome = watchers_.empty() ? apply(*command) : apply_watched(*command, actor);
    // What changes nothing here changes nothing anywhere: the others need not hear of it.
    if (!outcome || outcome->outcome != broker::Outcome::changed) {
        metadata_index_ = newest_before;
        return outcome;
    }
    const std::uint64_t index = sequencer_.take_index();
    if (metadata_log_ != nullptr) ENSURE(metadata_log_->append(*command) == index);
    metadata_sync_wanted_ |= kept;
    newest_change_ = metadata_applied_ = index;
    for (std::uint16_t shard = 1; shard < outboxes_.size(); ++shard)
        dispatch({shard}, MetadataApply{index, kept, command});
    return outcome;
}

void ShardNode::handle(MetadataApplied&& message) {
    sequencer_.note_applied(message.shard, message.index);
}

void ShardNode::keep_metadata_in(MetadataLog& log) {
    ENSURE(home_.shard().value == 0 && sequencer_.last_index() == 0);
    metadata_log_ = &log;
    sequencer_.start_behind(log.last_index());
    metadata_durable_ = metadata_told_ = log.durable_through();
}

void ShardNode::stop_keeping_metadata(std::move_only_function<void()> done) {
    if (metadata_log_ == nullptr) return done();
    while (is_amid_whole_run(layout_, submitted_)) {
        order_next(submitted_.front());
        if (submitted_.front().ended()) submitted_.pop_front();
    }
    std::exchange(metadata_log_, nullptr)->stop(std::move(done));
}

// Once a turn on shard 0: what was ordered goes on its way to the disk, and what has arrived there
// is answered.
void ShardNode::settle_metadata() {
    if (metadata_log_ != nullptr) look_at_metadata_log();
    sequencer_.release_answers(metadata_durable_, [this](ShardId to, MetadataAnswer answer) {
        dispatch(to, std::move(answer));
    });
}

void ShardNode::look_at_metadata_log() {
    if (!is_amid_whole_run(layout_, submitted_))
        metadata_log_->end_turn(now().instant, std::exchange(metadata_sync_wanted_, false));
    metadata_durable_ = metadata_log_->durable_through();
    // Only if they may be waiting for it.
    if (metadata_told_ < metadata_index_ && metadata_told_ < metadata_durable_) {
        metadata_told_ = metadata_durable_;
        for (std::uint16_t shard = 1; shard < shard_count(); ++shard)
            dispatch({shard}, MetadataDurable{metadata_told_});
    }
    if (metadata_log_->failure().empty() || metadata_log_failed_) return;
    metadata_log_failed_ = true;
    log::critical(
        log::general,
        "the metadata log has failed, changes of durable objects are not answered until a "
        "restart: {}",
        metadata_log_->failure());
}

}  // namespace warren::cluster
