#include "broker/queue/queue_model.h"

#include <algorithm>

#include "base/limits.h"

namespace warren::broker::testing {

std::string words(const ConsumerId& id) {
    return std::to_string(id.connection.value) + "." + std::to_string(id.channel.value) + "." +
           std::to_string(id.number);
}

std::string words(DeathReason reason) {
    switch (reason) {
        case DeathReason::rejected:
            return "rejected";
        case DeathReason::expired:
            return "expired";
        case DeathReason::maxlen:
            return "maxlen";
        case DeathReason::delivery_limit:
            return "delivery_limit";
    }
    return "?";
}

std::string words(ConfirmOutcome outcome) {
    switch (outcome) {
        case ConfirmOutcome::refused:
            return "nack";
        case ConfirmOutcome::taken:
            return "ack";
        case ConfirmOutcome::taken_to_log:
            return "ack when logged";
    }
    return "?";
}

std::string words(const QueueReplyBody& reply) {
    struct Words {
        std::string operator()(QueueRefusal refusal) {
            return "refused " + std::to_string(static_cast<int>(refusal));
        }
        std::string operator()(const ConsumeOk&) { return "consume-ok"; }
        std::string operator()(const GetOk& ok) {
            return "got " + std::string(as_text(ok.delivery.message->body())) +
                   (ok.delivery.redelivered ? "*" : "") + " left " + std::to_string(ok.ready_left);
        }
        std::string operator()(const GetEmpty&) { return "empty"; }
        std::string operator()(const Purged& purged) {
            return "purged " + std::to_string(purged.messages);
        }
        std::string operator()(const Deleted& deleted) {
            return "deleted " + std::to_string(deleted.messages);
        }
        std::string operator()(const Counts& counts) {
            return "counts " + std::to_string(counts.ready) + " " +
                   std::to_string(counts.consumers);
        }
        std::string operator()(const Boxed<Peeked>& peeked) {
            std::string seen = "peeked";
            for (const PeekedMessage& message : (*peeked).messages)
                seen += " " + std::string(as_text(message.message->body()));
            return seen;
        }
        std::string operator()(const Taken& taken) {
            return "taken " + std::to_string(taken.deliveries.size());
        }
    };
    return std::visit(Words{}, reply);
}

QueueModel::Position QueueModel::front() {
    return std::min_element(ready_.begin(), ready_.end(), [](const auto& a, const auto& b) {
        return a.level != b.level ? a.level > b.level : a.position < b.position;
    });
}

std::uint64_t QueueModel::ready_bytes() const {
    std::uint64_t bytes = 0;
    for (const ModelMessage& message : ready_)
        bytes += message.body.size();
    return bytes;
}

std::uint64_t QueueModel::delivered_through() const {
    std::uint64_t through = redelivered_through_;
    for (const ModelMessage& message : ready_)
        if (message.redelivered) through = std::max(through, message.position);
    for (const auto& [index, entry] : unacked_)
        through = std::max(through, entry.message.position);
    for (const auto& [position, letter] : letters_)
        if (letter.redelivered) through = std::max(through, position);
    return through;
}

std::vector<ModelMessage> QueueModel::messages() const {
    std::vector<ModelMessage> all = ready_;
    for (const auto& [index, entry] : unacked_)
        all.push_back(entry.message);
    for (const auto& [position, letter] : letters_)
        all.push_back(letter);
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.position < b.position; });
    return all;
}

bool QueueModel::exceeded(std::uint64_t more_messages, std::uint64_t more_bytes) const {
    return (settings_.length_max && ready_.size() + more_messages > *settings_.length_max) ||
           (settings_.length_bytes_max && ready_bytes() + more_bytes > *settings_.length_bytes_max);
}

void QueueModel::drop_excess() {
    while (settings_.overflow == Overflow::drop_head && exceeded(0, 0)) {
        die(*front(), DeathReason::maxlen);
        ready_.erase(front());
    }
}

void QueueModel::die(const ModelMessage& message, DeathReason reason) {
    if (!settings_.dead_letter_exchange || leaving_) return;
    say("dead " + message.body + " " + words(reason));
    // One that was refused has no place.
    if (!message.kept || message.position == 0) return;
    ModelMessage& letter = letters_[message.position] = message;
    letter.redelivered |= reason == DeathReason::rejected;
}

void QueueModel::expire(Instant until) {
    while (true) {
        const auto first =
            std::min_element(ready_.begin(), ready_.end(), [](const auto& a, const auto& b) {
                return std::pair(a.deadline, a.position) < std::pair(b.deadline, b.position);
            });
        if (first == ready_.end() || first->deadline > until) return;
        die(*first, DeathReason::expired);
        ready_.erase(first);
    }
}

std::uint32_t QueueModel::held_by(const ConsumerId& id) const {
    return static_cast<std::uint32_t>(
        std::count_if(unacked_.begin(), unacked_.end(),
                      [&](const auto& one) { return one.second.holder == id; }));
}

void QueueModel::relist(const ConsumerId& id) {
    const ModelConsumer& consumer = consumers_.at(id);
    const bool able = consumer.active &&
                      (consumer.spec.prefetch == 0 || held_by(id) < consumer.spec.prefetch) &&
                      consumer.passing_messages < limits::delivery_window_messages &&
                      consumer.passing_bytes < limits::delivery_window_bytes;
    const auto place = std::find(line_.begin(), line_.end(), id);
    if (able && place == line_.end()) line_.push_back(id);
    if (!able && place != line_.end()) line_.erase(place);
}

ConsumerId* QueueModel::next_taker() {
    std::vector<ConsumerId> turns = line_;
    std::stable_sort(turns.begin(), turns.end(), [&](const auto& a, const auto& b) {
        return consumers_.at(a).spec.priority > consumers_.at(b).spec.priority;
    });
    for (const ConsumerId& id : turns) {
        ModelConsumer& consumer = consumers_.at(id);
        const auto place = std::find(line_.begin(), line_.end(), id);
        if (consumer.spec.shared_limit && !consumer.spec.auto_ack && consumer.grants == 0) {
            if (!std::exchange(consumer.asked, true)) say("grant wanted " + words(id));
        } else {
            return &*place;
        }
    }
    return nullptr;
}

std::string QueueModel::hand_out(const ModelMessage& message, const ConsumerId& holder,
                                 bool auto_ack) {
    std::string text = message.body + (message.redelivered ? "*" : "");
    if (auto_ack) return text;
    text += " #" + std::to_string(next_index_);
    unacked_[next_index_++] = {message, holder};
    return text;
}

void QueueModel::match() {
    std::vector<std::pair<ConsumerId, std::string>> batches;
    while (!ready_.empty()) {
        const ConsumerId* taker = next_taker();
        if (taker == nullptr) break;
        const ConsumerId id = *taker;
        ModelConsumer& consumer = consumers_.at(id);
        auto batch = std::find_if(batches.begin(), batches.end(),
                                  [&](const auto& one) { return one.first == id; });
        if (batch == batches.end()) batch = batches.insert(batch, {id, ""});
        batch->second += " | " + hand_out(*front(), id, consumer.spec.auto_ack);
        ++consumer.passing_messages;
        consumer.passing_bytes += front()->body.size();
        if (consumer.spec.shared_limit && !consumer.spec.auto_ack) --consumer.grants;
        ready_.erase(front());
        line_.erase(std::find(line_.begin(), line_.end(), id));
        relist(id);
    }
    for (const auto& [id, bodies] : batches)
        say("deliver " + words(id) + bodies);
}

void QueueModel::catch_up() {
    if (ready_.empty() || leaving_) return;
    expire(now.plus_ms(-1));
    match();
    expire(now);
}

void QueueModel::work() {
    if (leaving_) return;
    catch_up();
    if (!ready_.empty()) return;
    for (auto& [id, consumer] : consumers_)
        if (const auto unused = std::exchange(consumer.grants, 0); unused != 0)
            say("grants returned " + words(id) + " " + std::to_string(unused));
}

void QueueModel::on_timer() {
    if (leaving_) return;
    if (settings_.expires_ms && consumers_.empty() &&
        last_use_.plus_ms(static_cast<std::int64_t>(*settings_.expires_ms)) <= now) {
        leaving_ = true;
        return say("delete " + std::to_string(ready_.size()));
    }
    work();
}

Instant QueueModel::earliest_event() const {
    Instant earliest = Instant::never();
    for (const ModelMessage& message : ready_)
        earliest = std::min(earliest, message.deadline);
    if (settings_.expires_ms && consumers_.empty())
        earliest =
            std::min(earliest, last_use_.plus_ms(static_cast<std::int64_t>(*settings_.expires_ms)));
    return earliest;
}

}  // namespace warren::broker::testing
