#include "http/question_desk.h"

#include <utility>

#include "base/ensure.h"
#include "broker/routing/route_message.h"
#include "cluster/shard_node.h"

namespace warren::http {

ConnectionId QuestionDesk::connection() const {
    return ConnectionId::make(this_shard(), 1);
}

broker::RequestTicket QuestionDesk::expect(Continuation then) {
    // 0 means that nobody wants to know.
    do {
        ++last_ticket_;
    } while (last_ticket_ == 0 || awaited_.contains(last_ticket_));
    awaited_.emplace(last_ticket_, Awaited{std::move(then), actor_});
    return {connection(), last_ticket_};
}

template <typename Answer>
void QuestionDesk::go_on(const broker::RequestTicket& ticket, Answer answer) {
    auto found = awaited_.extract(ticket.number);
    ENSURE(!found.empty());
    auto before = act_for(std::move(found.mapped().actor));
    std::get<Then<Answer>>(found.mapped().then)(std::move(answer));
    act_for(std::move(before));
}

void QuestionDesk::submit(broker::TopologyCommandBody command, Then<broker::TopologyOutcome> then) {
    node_->submit({std::move(command)}, expect(std::move(then)), broker::AnswerWhen::safe, actor_);
}

void QuestionDesk::submit_user(auth::UserCommand command, Then<broker::TopologyOutcome> then) {
    node_->submit_user(std::move(command), expect(std::move(then)), actor_);
}

void QuestionDesk::send(const broker::QueueAddress& queue, broker::QueueCommandBody command) {
    node_->send(queue, std::move(command));
}

ChannelId QuestionDesk::next_channel() {
    do {
        ++last_channel_;
    } while (last_channel_ == 0 || readers_.contains(last_channel_));
    return {last_channel_};
}

broker::ConsumerId QuestionDesk::consume(const broker::QueueAddress& queue, Reader reader) {
    const broker::ConsumerId id{connection(), next_channel(), 1};
    readers_.emplace(id.channel.value, std::move(reader));
    broker::Consume command;
    command.consumer.id = id;
    command.consumer.auto_ack = true;
    command.ticket = expect([this, id](const broker::QueueReplyBody& reply) {
        if (std::holds_alternative<broker::QueueRefusal>(reply)) reader_gone(id);
    });
    send(queue, std::move(command));
    return id;
}

void QuestionDesk::stop_consuming(const broker::QueueAddress& queue,
                                  const broker::ConsumerId& consumer) {
    readers_.erase(consumer.channel.value);
    send(queue, broker::Release{consumer.connection, consumer.channel});
}

void QuestionDesk::reader_gone(const broker::ConsumerId& consumer) {
    auto reader = readers_.extract(consumer.channel.value);
    if (!reader.empty()) reader.mapped().gone();
}

void QuestionDesk::on_deliver(const broker::ConsumerId& consumer,
                              std::span<broker::Delivery> deliveries) {
    const auto reader = readers_.find(consumer.channel.value);
    if (reader != readers_.end()) reader->second.deliver(deliveries);
}

void QuestionDesk::publish(const std::vector<broker::QueueAddress>& queues,
                           broker::MessageRef message, Then<bool> then) {
    if (queues.empty()) return then(true);
    const std::uint64_t sequence = ++last_sequence_;
    publishing_.emplace(sequence, Publishing{queues.size(), true, std::move(then)});
    for (const auto& queue : queues)
        node_->publish(queue, message.share(), {connection(), {1}, sequence});
}

void QuestionDesk::publish_deduplicated(const broker::ExchangeRecord& exchange,
                                        broker::MessageRef message, Then<bool> then) {
    const std::uint64_t sequence = ++last_sequence_;
    publishing_.emplace(sequence, Publishing{1, true, std::move(then)});
    broker::DeduplicatedPublish publish;
    publish.vhost = exchange.vhost->name;
    publish.exchange = exchange.name;
    publish.exchange_number = exchange.number;
    publish.extra_keys = broker::extra_keys_of(*message);
    publish.message = std::move(message);
    publish.ticket = {connection(), {1}, sequence};
    // What comes back is told by the sequence that its publisher seems to be.
    publish.publisher = {connection(), {1}, static_cast<std::uint32_t>(sequence)};
    publish.mandatory = true;
    node_->publish_deduplicated(*exchange.vhost, std::move(publish));
}

void QuestionDesk::on_unroutable(const broker::DeduplicatedPublish::Publisher& publisher,
                                 const broker::MessageRef&) {
    for (auto& [sequence, publishing] : publishing_)
        if (static_cast<std::uint32_t>(sequence) == publisher.incarnation)
            publishing.accepted = false;
}

void QuestionDesk::on_topology_outcome(const broker::RequestTicket& ticket,
                                       broker::TopologyOutcome outcome) {
    go_on(ticket, std::move(outcome));
}

void QuestionDesk::on_event(broker::QueueEvent event) {
    if (auto* reply = std::get_if<broker::QueueReply>(&event))
        return go_on(reply->ticket, std::move(reply->body));
    if (const auto* cancelled = std::get_if<broker::ConsumerCancelled>(&event))
        return reader_gone(cancelled->consumer);
    const auto* confirm = std::get_if<broker::Confirm>(&event);
    if (confirm == nullptr) return;
    for (std::uint64_t sequence = confirm->first.sequence; sequence <= confirm->last; ++sequence) {
        const auto found = publishing_.find(sequence);
        if (found == publishing_.end()) continue;
        found->second.accepted &= confirm->accepted;
        if (--found->second.queues_left != 0) continue;
        Publishing done = std::move(found->second);
        publishing_.erase(found);
        done.then(done.accepted);
    }
}

}  // namespace warren::http
