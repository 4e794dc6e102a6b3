// The metadata side of a shard: submitting, ordering (on shard 0) and applying changes, and the
// queues that come and go with them.
#include <algorithm>

#include "base/ensure.h"
#include "broker/topology/effective_settings.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

using broker::Queue;
using broker::QueueCommand;

broker::TopologyOutcome ShardNode::bootstrap(const MetadataCommand& command) {
    return apply(command);
}

void ShardNode::submit(broker::TopologyCommand command, const broker::RequestTicket& ticket) {
    dispatch({0}, MetadataSubmit{std::make_shared<const MetadataCommand>(std::move(command)),
                                 ticket, home_.shard()});
}

void ShardNode::submit_user(auth::UserCommand command, const broker::RequestTicket& ticket) {
    dispatch({0}, MetadataSubmit{std::make_shared<const MetadataCommand>(std::move(command)),
                                 ticket, home_.shard()});
}

void ShardNode::handle(MetadataSubmit&& message) {
    // A client's command may come while a queue of this shard is being called, and applying it may
    // destroy the queue.
    defer([this, message = std::move(message)]() mutable {
        order(std::move(message.command), message.ticket, message.from);
    });
}

void ShardNode::order(SharedCommand command, const broker::RequestTicket& ticket, ShardId from) {
    auto outcome = apply(*command);
    // What changes nothing here changes nothing anywhere: the others need not hear of it.
    if (outcome && outcome->outcome == broker::Outcome::changed) {
        const std::uint64_t index = sequencer_.take_index();
        sequencer_.note_applied(home_.shard(), index);
        for (std::uint16_t shard = 1; shard < outboxes_.size(); ++shard)
            dispatch({shard}, MetadataApply{index, command});
    }
    if (ticket.number != 0) sequencer_.hold_answer(from, {ticket, std::move(outcome)});
}

void ShardNode::handle(MetadataApply&& message) {
    const auto outcome = apply(*message.command);
    ENSURE(outcome.has_value());  // the replica of shard 0 has accepted it
    dispatch({0}, MetadataApplied{home_.shard(), message.index});
}

void ShardNode::handle(MetadataApplied&& message) {
    sequencer_.note_applied(message.shard, message.index);
}

void ShardNode::release_answers() {
    sequencer_.release_answers(
        [this](ShardId to, MetadataAnswer answer) { dispatch(to, std::move(answer)); });
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
        if (!early_.empty()) apply_early_commands();
        return outcome;
    }
    const auto& user = std::get<auth::UserCommand>(command);
    if (auto applied = users_.apply(user); !applied)
        return fail(amqp091::AmqpError{amqp091::ReplyCode::precondition_failed,
                                       applied.error() == auth::UserError::no_such_user
                                           ? "no such user"
                                           : "user exists already",
                                       0, 0});
    return broker::TopologyResult{};
}

// ---- queues come and go
// ---------------------------------------------------------------------------------------------

void ShardNode::queue_created(const broker::QueueRecord& record) {
    newest_number_ = std::max(newest_number_, record.number);
    if (record.shard != home_.shard()) return;
    broker::QueueHost& host = *this;
    queues_.emplace(record.id(),
                    std::make_unique<Queue>(record.id(), record.vhost->name, record.name,
                                            broker::effective_settings(record), host));
}

void ShardNode::queue_deleted(const broker::QueueRecord& record) {
    const auto found = queues_.find(record.id());
    if (found == queues_.end()) return;
    ++activity_;
    Queue* const queue = found->second.get();
    queue->shut_down();
    std::erase(turns_, queue);
    std::replace(working_.begin(), working_.end(), queue, static_cast<Queue*>(nullptr));
    timers_.set(record.id(), Instant::never());
    queues_.erase(found);
}

void ShardNode::exchange_created(const broker::ExchangeRecord& record) {
    newest_number_ = std::max(newest_number_, record.number);
}

void ShardNode::exchange_deleted(const broker::ExchangeRecord& record) {
    history_.forget(record.id());
}

void ShardNode::apply_early_commands() {
    auto early = std::exchange(early_, {});
    for (auto& command : early)
        handle(std::move(command));
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

void ShardNode::request_delete(Queue& queue, const broker::RequestTicket& ticket,
                               std::uint64_t messages) {
    const std::uint32_t number = ++last_delete_;
    deletes_.emplace(number, PendingDelete{ticket, messages});
    submit({broker::DeleteQueue{queue.id()}}, {{}, number});
}

}  // namespace warren::cluster
