// How a queue looks for duplicates (x-message-deduplication). The plug-in that RabbitMQ's users
// know decides, and RabbitMQ, since 4.1, treats a duplicate as a message beyond a length limit that
// is refused and dead-lettered.
#include <algorithm>

#include "base/ensure.h"
#include "broker/queue/queue.h"

namespace warren::broker {

void Queue::attach_keys(const OpenLog& open_log) {
    ENSURE(home_.is_here());
    ENSURE(store_ == nullptr && keys_ != nullptr);
    keys_->attach(open_log);
}

bool Queue::admit_key(MessageRef& message, const ConfirmTicket& ticket, bool kept) {
    if (keys_->admit(*message, next_position_, kept)) return true;
    // RabbitMQ would have delivered the original by now, or found it expired.
    catch_up();
    // Messages that the disk has lost have left their keys.
    if (ready_.empty() && holdings_.footprint_bytes == 0) keys_->leave_all_but({});
    if (keys_->admit(*message, next_position_, kept)) return true;
    ++counters_.duplicates;
    bury_refused(std::move(message));
    if (ticket) host_.confirm(ticket, ConfirmOutcome::refused);
    return false;
}

void Queue::drop_ready_keys() {
    std::vector<std::uint64_t> held;
    unacked_.for_each([&](const UnackedMessage& entry) { held.push_back(entry.position); });
    std::ranges::sort(held);
    keys_->leave_all_but(held);
}

// A policy has changed. Keys of messages that are here already are not looked for, nor are those of
// messages that come now found again after a restart: the keys get a log when the queue is made.
void Queue::switch_deduplication() {
    if (keys_ == nullptr) {
        keys_ = std::make_unique<QueueKeys>();
        return;
    }
    keys_->remove();
    keys_.reset();
}

}  // namespace warren::broker
