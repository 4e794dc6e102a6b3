#include "cluster/shard_node.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "base/limits.h"

namespace warren::cluster {

using broker::QueueAddress;
using broker::QueueCommand;
using broker::QueueEvent;
using broker::QueueMachine;

ShardNode::ShardNode(ShardLayout layout, TurnClock& clock, broker::SessionEvents& sessions,
                     Interconnect& interconnect, std::uint64_t seed)
    : layout_(layout),
      sessions_(sessions),
      interconnect_(interconnect),
      clock_(clock),
      random_(seed),
      topology_(layout.queue_shards()),
      sequencer_(layout.queue_shards()),
      desk_(topology_, users_),
      publisher_(*this, home_.shard()),
      deduplication_(*this, publisher_, *this),
      outboxes_(layout.all()) {}

ShardNode::~ShardNode() = default;

// ---- turns
// ----------------------------------------------------------------------------------------------------------

namespace {

// The queue that messages are published to with this; none, if it is something else.
QueueId published_to(const ShardMessage& message) {
    if (const auto* run = std::get_if<PublishRun>(&message)) return run->queue;
    const auto* command = std::get_if<QueueCommand>(&message);
    const bool publishes =
        command != nullptr && std::holds_alternative<broker::Publish>(command->body);
    return publishes ? command->queue : QueueId{};
}

}  // namespace

void ShardNode::receive(ShardId from, ShardBatch&& batch) {
    ENSURE(home_.is_here());
    for (auto& message : batch) {
        if (!crowds_.empty())
            if (const QueueId queue = published_to(message)) tell_of_crowd(queue, from);
        std::visit([this](auto& alternative) { handle(unboxed(std::move(alternative))); }, message);
    }
    batch.clear();
}

void ShardNode::end_turn() {
    while (const QueueId due = timers_.take_due(now().instant))
        if (QueueMachine* queue = queues_.find(due)) queue->on_timer();
    working_.swap(turns_);
    if (!working_.empty()) ++activity_;
    for (QueueMachine* queue : working_)
        if (queue != nullptr) queue->work();
    working_.clear();
    auto deferred = std::exchange(deferred_, {});
    for (auto& work : deferred)
        work();
    order_submitted();
    if (!policy_sweep_.idle())
        policy_sweep_.visit_some(
            topology_, [this](const broker::QueueRecord& record) { renew_settings(record); });
    tell_applied();
    publisher_.publish_posted();
    publish_events();
    flush_confirms();
    tell_letters_done();
    // Those of messages that were found to be duplicates, or were routed past all queues.
    flush_confirms();
    // First, because confirms wait for metadata too.
    if (home_.shard().value == 0) settle_metadata();
    if (engine_ != nullptr) end_log_turn();
    free_what_is_gone();
}

void ShardNode::free_what_is_gone() {
    if (!gone_queues_.empty() && gone_queues_.back()->free_some()) gone_queues_.pop_back();
    large_memory_.give_back_some();
}

void ShardNode::post() {
    unsent_ = 0;
    std::size_t unsent_to_queues = 0;
    for (std::uint16_t shard = 0; shard < outboxes_.size(); ++shard) {
        Outbox& outbox = outboxes_[shard];
        if (outbox.empty()) continue;
        ++activity_;
        if (interconnect_.post({shard}, outbox.batch())) continue;
        const std::size_t left = outbox.count();
        unsent_ += left;
        // Publishers have nothing to do with how fast the observer is.
        if (!layout_.is_observer({shard})) unsent_to_queues += left;
    }
    congested_ = unsent_to_queues > limits::outbox_commands_high;
}

// ---- ShardServices: what sessions ask
// -------------------------------------------------------------------------------

void ShardNode::send(const QueueAddress& queue, broker::QueueCommandBody command) {
    dispatch(queue.shard, QueueCommand{queue.queue, std::move(command)});
}

void ShardNode::publish(const QueueAddress& queue, broker::MessageRef message,
                        const broker::ConfirmTicket& ticket) {
    if (queue.shard != home_.shard())
        outboxes_[queue.shard.value].add_publish(queue.queue, std::move(message), ticket);
    else if (QueueMachine* here = find_queue(queue.queue)) [[likely]]
        here->publish(std::move(message), ticket);
    else
        answer_missing(QueueCommand{queue.queue, broker::Publish{std::move(message), ticket}});
}

void ShardNode::reply_directly(const broker::ConsumerId& consumer, broker::MessageRef message) {
    // The number came out of a client's text: it may name a shard that there is none of.
    if (consumer.connection.shard().value >= outboxes_.size()) return;
    dispatch(consumer.connection.shard(), DirectReply{consumer, std::move(message)});
}

void ShardNode::probe_reply_consumer(const broker::ConsumerId& consumer, std::string address,
                                     const broker::RequestTicket& ticket) {
    if (consumer.connection.shard().value >= outboxes_.size())
        reply(ticket, broker::QueueRefusal::queue_gone);
    else
        dispatch(consumer.connection.shard(),
                 ReplyConsumerProbe{consumer, std::move(address), ticket});
}

void ShardNode::request_admission(broker::Admission admission,
                                  const broker::RequestTicket& ticket) {
    dispatch({0}, AdmissionRequest{std::move(admission), ticket});
}

void ShardNode::end_admission(broker::Admission admission) {
    dispatch({0}, AdmissionEnd{std::move(admission)});
}

// ---- messages
// -------------------------------------------------------------------------------------------------------

void ShardNode::handle(QueueCommand&& command) {
    if (QueueMachine* awake = queues_.find(command.queue)) [[likely]]
        return awake->apply(std::move(command.body));
    if (answer_at_rest(command)) return;
    if (QueueMachine* woken = wake(command.queue))
        woken->apply(std::move(command.body));
    else
        answer_missing(std::move(command));
}

void ShardNode::handle(PublishRun&& run) {
    QueueMachine* const queue = find_queue(run.queue);
    for (PublishRun::Item& item : run.items) {
        const broker::ConfirmTicket ticket{run.connection, run.channel, item.sequence};
        if (queue != nullptr)
            queue->publish(std::move(item.message), ticket);
        else
            answer_missing(
                QueueCommand{run.queue, broker::Publish{std::move(item.message), ticket}});
    }
}

void ShardNode::handle(QueueEvent&& event) {
    if (auto* deliver = std::get_if<broker::Deliver>(&event))
        sessions_.on_deliver(deliver->consumer, deliver->deliveries);
    else if (const auto* confirm = std::get_if<broker::Confirm>(&event);
             confirm != nullptr && confirm->first.connection == publisher_.connection())
        publisher_.settle(*confirm);
    else
        sessions_.on_event(std::move(event));
}

void ShardNode::handle(QueueCrowding&& message) {
    if (message.crowding == broker::Crowding::none)
        crowded_queues_.erase(message.queue);
    else if (topology_.find_queue(message.queue) != nullptr)
        crowded_queues_[message.queue] = message.crowding;
}

void ShardNode::handle(AdmissionRequest&& message) {
    const ShardId to = message.admission.connection.shard();
    dispatch(to, AdmissionAnswer{message.ticket, desk_.admit(message.admission)});
}

void ShardNode::handle(AdmissionEnd&& message) {
    desk_.end(message.admission);
}

void ShardNode::handle(AdmissionAnswer&& message) {
    sessions_.on_admission(message.ticket, std::move(message.outcome));
}

void ShardNode::handle(DirectReply&& message) {
    sessions_.on_direct_reply(message.consumer, message.message);
}

void ShardNode::handle(ReplyConsumerProbe&& message) {
    if (sessions_.has_reply_consumer(message.consumer, message.address))
        reply(message.ticket, broker::Counts{0, 1});
    else
        reply(message.ticket, broker::QueueRefusal::queue_gone);
}

// ---- QueueHost: what queues ask
// -------------------------------------------------------------------------------------

void ShardNode::deliver(const broker::ConsumerId& consumer,
                        std::span<broker::Delivery> deliveries) {
    const ShardId to = consumer.connection.shard();
    if (to == home_.shard()) {
        sessions_.on_deliver(consumer, deliveries);
        return;
    }
    outboxes_[to.value].add(QueueEvent(broker::Deliver{
        consumer, std::vector<broker::Delivery>(std::make_move_iterator(deliveries.begin()),
                                                std::make_move_iterator(deliveries.end()))}));
}

void ShardNode::confirm(const broker::ConfirmTicket& ticket, broker::ConfirmOutcome outcome) {
    if (!ticket) return;
    if (outcome == broker::ConfirmOutcome::taken_to_log)
        durable_confirms_.add(ticket);
    else
        confirms_.add(ticket, outcome != broker::ConfirmOutcome::refused);
}

void ShardNode::reply(const broker::RequestTicket& ticket, broker::QueueReplyBody body) {
    if (ticket.connection)
        send_event(ticket.connection, broker::QueueReply{ticket, std::move(body)});
}

void ShardNode::notify(const broker::ConsumerId& consumer, QueueEvent event) {
    send_event(consumer.connection, std::move(event));
}

void ShardNode::request_turn(QueueMachine& queue) {
    queue.listed.turn = static_cast<std::uint32_t>(turns_.size());
    turns_.push_back(&queue);
}

void ShardNode::request_timer(QueueMachine& queue, Instant when) {
    timers_.set(queue.id(), when);
}

void ShardNode::request_log(QueueMachine& queue) {
    queue.listed.log = static_cast<std::uint32_t>(logging_.size());
    logging_.push_back(&queue);
}

void ShardNode::crowded(const QueueMachine& queue, broker::Crowding crowding) {
    const auto [crowd, is_new] = crowds_.try_emplace(queue.id(), crowding);
    if (is_new) return tell_of_crowd(queue.id(), home_.shard());
    crowd->second.crowding = crowding;
    const std::vector<ShardId> told = crowd->second.told;
    if (crowding == broker::Crowding::none) crowds_.erase(crowd);
    for (const ShardId shard : told)
        dispatch(shard, QueueCrowding{queue.id(), crowding});
}

// Those who publish to it learn of it, and no others: with many shards they would be woken for
// nothing.
void ShardNode::tell_of_crowd(QueueId queue, ShardId publisher) {
    const auto found = crowds_.find(queue);
    if (found == crowds_.end()) return;
    crowds_have_grown_ = true;
    Crowd& crowd = found->second;
    if (std::ranges::find(crowd.told, publisher) != crowd.told.end()) return;
    crowd.told.push_back(publisher);
    dispatch(publisher, QueueCrowding{queue, crowd.crowding});
}

void ShardNode::send_event(ConnectionId to, QueueEvent event) {
    dispatch(to.shard(), std::move(event));
}

void ShardNode::flush_confirms() {
    confirms_.drain(
        [this](const broker::Confirm& range) { send_event(range.first.connection, range); });
}

void ShardNode::defer(std::move_only_function<void()> work) {
    deferred_.push_back(std::move(work));
}

}  // namespace warren::cluster
