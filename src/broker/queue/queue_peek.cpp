// Messages that an operator looks at, and those that he takes out of the middle.
#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "broker/queue/queue.h"

namespace warren::broker {

// As consumers would get them, but for nothing being counted or marked.
void Queue::peek(const Peek& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    auto glance =
        ready_.peek(command.from, std::min<std::size_t>(command.messages, peeked_messages_max));
    Peeked answer{.messages = {}, .next = glance.next, .at_end = glance.at_end};
    answer.messages.reserve(glance.messages.size());
    for (ReadyMessage& ready : glance.messages) {
        PeekedMessage seen{.message = {},
                           .place = {ready.level, ready.position},
                           .redelivered = ready.redelivered};
        const MessageNote* note =
            quorum_ == nullptr ? nullptr : quorum_->notes.find(ready.position);
        seen.message =
            note == nullptr ? std::move(ready.message) : with_counts(*ready.message, *note);
        answer.messages.push_back(std::move(seen));
    }
    host_.reply(command.ticket, Boxed<Peeked>(std::move(answer)));
}

void Queue::take(const Take& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    last_active_ = host_.now().instant;
    lease_.use(last_active_);
    catch_up();
    if (log_asked_ && !command.auto_ack) log_arrivals();
    Taken answer;
    const std::size_t count = std::min(command.places.size(), peeked_messages_max);
    for (const MessagePlace& place : std::span(command.places).first(count)) {
        auto ready = ready_.take_from(place);
        if (!ready) continue;
        ++(command.auto_ack ? counters_.got_auto_ack : counters_.got);
        Consumer* holder = command.auto_ack ? nullptr : &consumers_.holder(command.holder);
        answer.deliveries.push_back(hand_out(std::move(*ready), holder));
    }
    host_.reply(command.ticket, std::move(answer));
    look_at_ages(last_active_);
    arm_timer();
}

}  // namespace warren::broker
