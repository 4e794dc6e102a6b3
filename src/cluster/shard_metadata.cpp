// The metadata side of a shard: submitting and applying changes, and the queues that come and go
// with them. Shard 0 puts them in order: shard_ordering.cpp.
#include <algorithm>

#include "base/ensure.h"
#include "broker/topology/effective_settings.h"
#include "cluster/metadata_state.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

using broker::QueueCommand;
using broker::QueueMachine;

namespace {

// The place may be of an earlier list.
void unlist(std::vector<QueueMachine*>& list, std::size_t place, const QueueMachine* queue) {
    if (place < list.size() && list[place] == queue) list[place] = nullptr;
}

}  // namespace

broker::TopologyOutcome ShardNode::bootstrap(const MetadataCommand& command) {
    return apply(command);
}

void ShardNode::submit_run(broker::TopologyRun run) {
    MetadataRun changes;
    changes.reserve(run.size());
    for (auto& request : run)
        changes.push_back({std::move(request.command), request.ticket, request.channel,
                           request.when, std::move(request.actor)});
    submit_changes(std::move(changes));
}

void ShardNode::submit_user(auth::UserCommand command, const broker::RequestTicket& ticket,
                            broker::ActorRef actor) {
    MetadataRun run;
    run.push_back({std::move(command), ticket, {}, broker::AnswerWhen::safe, std::move(actor)});
    submit_changes(std::move(run));
}

void ShardNode::submit_changes(MetadataRun run) {
    dispatch({0},
             MetadataSubmit{std::make_shared<const MetadataRun>(std::move(run)), home_.shard()});
}

void ShardNode::keep_place(const broker::RequestTicket& ticket) {
    dispatch({0}, MetadataPlace{ticket, home_.shard()});
}

void ShardNode::fill_place(MetadataRun run) {
    dispatch({0}, MetadataSubmit{std::make_shared<const MetadataRun>(std::move(run)), home_.shard(),
                                 true});
}

void ShardNode::handle(MetadataApply&& message) {
    if (message.kept) metadata_index_ = message.index;
    const auto outcome = apply(*message.command);
    ENSURE(outcome.has_value());  // the replica of shard 0 has accepted it
    newest_change_ = metadata_applied_ = message.index;
}

// A change of policies is in force when the last queue works by it; what came behind it waits.
void ShardNode::tell_applied() {
    if (metadata_applied_ == 0 || !policy_sweep_.idle()) return;
    const std::uint64_t index = std::exchange(metadata_applied_, 0);
    // Nobody waits for the observer; what it has asked for itself is answered behind the change.
    if (!layout_.is_observer(home_.shard())) dispatch({0}, MetadataApplied{home_.shard(), index});
}

void ShardNode::handle(MetadataDurable&& message) {
    metadata_durable_ = message.index;
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

broker::TopologyOutcome ShardNode::apply(const MetadataCommand& command,
                                         broker::TopologyObserver& observer) {
    if (const auto* topology = std::get_if<broker::TopologyCommand>(&command)) {
        auto outcome = topology_.apply(*topology, observer);
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
    if (!record.is_delay_queue()) {
        ++queue_counts_.queues;
        ++queue_counts_.created;
    }
    auto settings = broker::effective_settings(record);
    // What has been kept of it from earlier is the queue's to take.
    const bool has_log =
        engine_ != nullptr && record.durable && engine_->has_recovered(record.id());
    if (!settings.rests_while_empty() || has_log) wake(record, std::move(settings));
}

void ShardNode::queue_deleted(const broker::QueueRecord& record) {
    ++activity_;
    ++gone_.count;
    if (queues_.find(record.id()) != nullptr || queues_.past_of(record.id()) != nullptr)
        gone_.sums.add_gone(record.vhost->name, broker::effective_settings(record),
                            *stats_of(record.id()));
    crowded_queues_.erase(record.id());
    crowds_.erase(record.id());
    if (record.shard == home_.shard() && !record.is_delay_queue()) {
        --queue_counts_.queues;
        ++queue_counts_.deleted;
    }
    QueueMachine* const queue = queues_.find(record.id());
    if (queue == nullptr) {
        queues_.take(record.id());
        return;
    }
    queue->shut_down();
    ENSURE(working_.empty());
    unlist(turns_, queue->listed.turn, queue);
    unlist(logging_, queue->listed.log, queue);
    timers_.set(record.id(), Instant::never());
    quorum_host_.forget(record.id());
    auto gone = queues_.take(record.id());
    if (!gone->free_some()) gone_queues_.push_back(std::move(gone));
}

// Another one of that name counts from the beginning.
void ShardNode::vhost_deleted(const broker::Vhost& vhost) {
    ++activity_;
    ++gone_.vhosts;
    gone_.sums.by_vhost.erase(vhost.name);
}

void ShardNode::policies_changed(const broker::Vhost& vhost) {
    policy_sweep_.start(vhost.name);
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
        [this](const auto& alternative) {
            const auto& body = unboxed(alternative);
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
