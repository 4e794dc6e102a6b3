// The metadata side of a shard: submitting, ordering (on shard 0) and applying changes, and the
// queues that come and go with them.
#include <algorithm>

#include "base/ensure.h"
#include "base/log.h"
#include "broker/topology/effective_settings.h"
#include "cluster/metadata_state.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

using broker::QueueCommand;
using broker::QueueMachine;

broker::TopologyOutcome ShardNode::bootstrap(const MetadataCommand& command) {
    return apply(command);
}

void ShardNode::submit(broker::TopologyCommand command, const broker::RequestTicket& ticket,
                       broker::AnswerWhen when) {
    dispatch({0}, MetadataSubmit{std::make_shared<const MetadataCommand>(std::move(command)),
                                 ticket, home_.shard(), when});
}

void ShardNode::submit_user(auth::UserCommand command, const broker::RequestTicket& ticket) {
    dispatch({0}, MetadataSubmit{std::make_shared<const MetadataCommand>(std::move(command)),
                                 ticket, home_.shard(), broker::AnswerWhen::safe});
}

void ShardNode::handle(MetadataSubmit&& message) {
    // A client's command may come while a queue of this shard is being called, and applying it may
    // destroy the queue.
    defer([this, message = std::move(message)] { order(message); });
}

void ShardNode::order(const MetadataSubmit& submitted) {
    const SharedCommand& command = submitted.command;
    const bool kept = metadata_log_ != nullptr && survives_restart(*command, topology_);
    const std::uint64_t newest_before = metadata_index_;
    if (kept) metadata_index_ = sequencer_.last_index() + 1;
    auto outcome = apply(*command);
    // What changes nothing here changes nothing anywhere: the others need not hear of it.
    if (outcome && outcome->outcome == broker::Outcome::changed) {
        const std::uint64_t index = sequencer_.take_index();
        if (metadata_log_ != nullptr) ENSURE(metadata_log_->append(*command) == index);
        metadata_sync_wanted_ |= kept;
        sequencer_.note_applied(home_.shard(), index);
        for (std::uint16_t shard = 1; shard < outboxes_.size(); ++shard)
            dispatch({shard}, MetadataApply{index, kept, command});
    } else {
        metadata_index_ = newest_before;
    }
    // "It is there already" is true of what may not be safe yet.
    const bool safe = submitted.when == broker::AnswerWhen::safe && kept && outcome.has_value();
    if (submitted.ticket.number != 0)
        sequencer_.hold_answer(submitted.from, {submitted.ticket, std::move(outcome)},
                               safe ? metadata_index_ : 0);
}

void ShardNode::handle(MetadataApply&& message) {
    if (message.kept) metadata_index_ = message.index;
    const auto outcome = apply(*message.command);
    ENSURE(outcome.has_value());  // the replica of shard 0 has accepted it
    dispatch({0}, MetadataApplied{home_.shard(), message.index});
}

void ShardNode::handle(MetadataApplied&& message) {
    sequencer_.note_applied(message.shard, message.index);
}

void ShardNode::handle(MetadataDurable&& message) {
    metadata_durable_ = message.index;
}

void ShardNode::keep_metadata_in(MetadataLog& log) {
    ENSURE(home_.shard().value == 0 && sequencer_.last_index() == 0);
    metadata_log_ = &log;
    sequencer_.start_behind(log.last_index());
    metadata_durable_ = metadata_told_ = log.durable_through();
}

void ShardNode::stop_keeping_metadata(std::move_only_function<void()> done) {
    if (metadata_log_ == nullptr) return done();
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
    metadata_log_->end_turn(now().instant, std::exchange(metadata_sync_wanted_, false));
    metadata_durable_ = metadata_log_->durable_through();
    // Only if they may be waiting for it.
    if (metadata_told_ < metadata_index_ && metadata_told_ < metadata_durable_) {
        metadata_told_ = metadata_durable_;
        for (std::uint16_t shard = 1; shard < outboxes_.size(); ++shard)
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

void ShardNode::handle(MetadataAnswer&& message) {
    if (message.ticket.connection) {
        sessions_.on_topology_outcome(message.ticket, std::move(message.outcome));
        return;
    }
    const auto found = deletes_.find(message.ticket.number);
    if (found == deletes_.end()) return;
    const PendingDelete pending = found->second;
    deletes_.erase(found);
    reply(pending.ticket, broker::Deleted{pending.messages});
}

broker::TopologyOutcome ShardNode::apply(const MetadataCommand& command) {
    if (const auto* topology = std::get_if<broker::TopologyCommand>(&command)) {
        auto outcome = topology_.apply(*topology, *this);
        if (!early_.empty() || !early_publishes_.empty()) apply_early_commands();
        return outcome;
    }
    const std::uint64_t before = users_.version();
    if (auto applied = users_.apply(std::get<auth::UserCommand>(command)); !applied)
        return fail(amqp091::AmqpError{amqp091::ReplyCode::precondition_failed,
                                       describe(applied.error()), 0, 0});
    return broker::TopologyResult{.outcome = users_.version() == before ? broker::Outcome::unchanged
                                                                        : broker::Outcome::changed};
}

// ---- queues come and go
// ---------------------------------------------------------------------------------------------

void ShardNode::queue_created(const broker::QueueRecord& record) {
    newest_number_ = std::max(newest_number_, record.number);
    if (record.shard != home_.shard()) return;
    auto settings = broker::effective_settings(record);
    // What has been kept of it from earlier is the queue's to take.
    const bool has_log =
        engine_ != nullptr && record.durable && engine_->has_recovered(record.id());
    if (!settings.rests_while_empty() || has_log) wake(record, std::move(settings));
}

void ShardNode::queue_deleted(const broker::QueueRecord& record) {
    ++activity_;
    crowded_queues_.erase(record.id());
    QueueMachine* const queue = queues_.find(record.id());
    if (queue == nullptr) return queues_.erase(record.id());
    queue->shut_down();
    std::erase(turns_, queue);
    std::erase(logging_, queue);
    std::replace(working_.begin(), working_.end(), queue, static_cast<QueueMachine*>(nullptr));
    timers_.set(record.id(), Instant::never());
    quorum_host_.forget(record.id());
    queues_.erase(record.id());
}

void ShardNode::exchange_created(const broker::ExchangeRecord& record) {
    newest_number_ = std::max(newest_number_, record.number);
    if (&broker::routing_type(record) == &broker::message_deduplication_exchange)
        add_deduplicating(record);
}

void ShardNode::exchange_deleted(const broker::ExchangeRecord& record) {
    history_.forget(record.id());
    deduplication_.remove(record.id());
}

void ShardNode::apply_early_commands() {
    auto early = std::exchange(early_, {});
    for (auto& command : early)
        handle(std::move(command));
    auto publishes = std::exchange(early_publishes_, {});
    for (auto& publish : publishes)
        handle(std::move(publish));
}

// A command for a queue that is not here: not yet, or not any more.
void ShardNode::answer_missing(QueueCommand&& command) {
    if (command.queue.value > newest_number_) {
        early_.push_back(std::move(command));
        return;
    }
    if (const auto* publish = std::get_if<broker::Publish>(&command.body)) {
        // As if it had been taken and then deleted with the queue.
        confirm(publish->ticket, broker::ConfirmOutcome::taken);
        return;
    }
    std::visit(
        [this](const auto& body) {
            if constexpr (requires { body.ticket; })
                if constexpr (std::is_same_v<std::remove_cvref_t<decltype(body.ticket)>,
                                             broker::RequestTicket>)
                    reply(body.ticket, broker::QueueRefusal::queue_gone);
        },
        command.body);
}

void ShardNode::request_delete(QueueMachine& queue, const broker::RequestTicket& ticket,
                               std::uint64_t messages) {
    submit_delete(queue.id(), {ticket, messages});
}

void ShardNode::submit_delete(QueueId queue, const PendingDelete& pending) {
    const std::uint32_t number = ++last_delete_;
    deletes_.emplace(number, pending);
    submit({broker::DeleteQueue{queue}}, {{}, number}, broker::AnswerWhen::safe);
}

}  // namespace warren::cluster
