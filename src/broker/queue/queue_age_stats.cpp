// How long messages have been where they are.
#include "amqp091/content_header.h"
#include "broker/queue/queue.h"

namespace warren::broker {

void Queue::note_ages(Instant now) {
    if (ages_ == nullptr) ages_ = std::make_unique<QueueAges>();
    // What is unacknowledged may come back, and is no younger then.
    ages_->waiting.note(!ready_.empty() || !unacked_.empty(), next_position_, now);
    ages_->unacked.note(!unacked_.empty(), unacked_.next_index().value, now);
}

void Queue::tell_ages(QueueStats& stats) const {
    if (const Message* head = head_message(); head != nullptr)
        if (const auto header = amqp091::ContentHeader::decode(head->header());
            header && header->has(amqp091::Property::timestamp))
            stats.head_timestamp_s = header->timestamp();
    if (ages_ == nullptr) return;
    const Instant now = host_.now().instant;
    stats.ages = ages_->counts;
    if (const auto position = ready_.oldest_position())
        stats.oldest_ready_ms = ages_->waiting.age_ms(*position, now);
    const auto index = unacked_.oldest();
    if (!index) return;
    const ConsumerSpec& holder = consumers_.at(unacked_.find(*index)->holder).spec;
    stats.oldest_unacked = OldestUnacked{.age_ms = ages_->unacked.age_ms(index->value, now),
                                         .holder = holder.id,
                                         .consumer_tag = holder.tag};
}

}  // namespace warren::broker
