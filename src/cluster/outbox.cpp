#include "cluster/outbox.h"

namespace warren::cluster {

namespace {

// The publish that this message is, if it is a single one.
broker::Publish* single_publish(ShardMessage& message, QueueId queue) {
    auto* const command = std::get_if<broker::QueueCommand>(&message);
    return command != nullptr && command->queue == queue
               ? std::get_if<broker::Publish>(&command->body)
               : nullptr;
}

bool same_channel(const broker::ConfirmTicket& ticket, const PublishRun& run) {
    return ticket.connection == run.connection && ticket.channel == run.channel;
}

}  // namespace

void Outbox::add_publish(QueueId queue, broker::MessageRef message,
                         const broker::ConfirmTicket& ticket) {
    if (!batch_.empty()) {
        auto* run = std::get_if<PublishRun>(&batch_.back());
        if (run == nullptr) {
            // The second message in a row makes it a run; a single one needs no memory of its own.
            if (broker::Publish* const first = single_publish(batch_.back(), queue)) {
                PublishRun started{queue, first->ticket.connection, first->ticket.channel, {}};
                if (same_channel(ticket, started)) {
                    started.items.push_back({std::move(first->message), first->ticket.sequence});
                    run = &batch_.back().emplace<PublishRun>(std::move(started));
                }
            }
        }
        if (run != nullptr && run->queue == queue && same_channel(ticket, *run)) {
            run->items.push_back({std::move(message), ticket.sequence});
            return;
        }
    }
    add(broker::QueueCommand{queue, broker::Publish{std::move(message), ticket}});
}

std::size_t Outbox::count() const {
    std::size_t messages = batch_.size();
    for (const ShardMessage& message : batch_)
        if (const auto* run = std::get_if<PublishRun>(&message)) messages += run->items.size() - 1;
    return messages;
}

}  // namespace warren::cluster
