// What the simulated queue says, and what that must add up to.
#include "tests/integration/quorum_rig.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "amqp091/content_header.h"
#include "broker/queue/queue_test_messages.h"
#include "broker/queue/quorum_ledger.h"

namespace warren::broker::testing {

// The fold of all commands is what the words add up to.
void QuorumRig::check_turn() {
    queue_->check_invariants();
    notice_unsent_letters();
    const QuorumState& state = states_.rbegin()->second;
    std::size_t logged = 0;
    for (const auto& [body, life] : lives_) {
        if (life.position == 0) continue;
        ++logged;
        const auto found = state.entries().find(life.position);
        ASSERT_NE(found, state.entries().end()) << body;
        // What ends the life of a message is not noted any more.
        if (life.state == Life::State::leaving) continue;
        ASSERT_EQ(found->second.note.acquired_count, life.acquired) << body;
        ASSERT_EQ(found->second.note.delivery_count, life.failed) << body;
        ASSERT_EQ(found->second.note.died.has_value(), life.state == Life::State::assured) << body;
    }
    ASSERT_EQ(logged, state.entries().size());
    const QueueStats stats = queue_->stats();
    ASSERT_EQ(stats.ready + stats.unacked + stats.delayed + stats.assured_letters + stats.letters +
                  stats.unconfirmed,
              lives_.size());
    ASSERT_EQ(stats.unacked, out_.size());
}

// No more than so many letters are on their way; of the others only their notes speak.
void QuorumRig::notice_unsent_letters() {
    if (letters_.size() < AssuredLetters::on_their_way_max) return;
    for (const auto& [position, entry] : states_.rbegin()->second.entries())
        if (Life* life = life_at(position);
            entry.note.died && life != nullptr && life->state == Life::State::waiting)
            dies(*life);
}

// ---- what is said ----

void QuorumRig::appended(const ObservedEntry& entry) {
    if (entry.head.level == MessageNotes::log_level) return;
    if (entry.head.level != RaftRecord::log_level) {
        ASSERT_FALSE(accepted_.empty());
        bodies_[entry.head.position] = accepted_.front();
        lives_.at(accepted_.front()).position = entry.head.position;
        accepted_.pop_front();
        return;
    }
    RaftRecord record;
    ASSERT_TRUE(record.restore({entry.head, as_bytes(entry.payload), {}}).has_value());
    ASSERT_EQ(record.place(), proposed_);
    QuorumState state = states_.rbegin()->second;
    const auto command = decode_quorum_command(record.command());
    ASSERT_TRUE(command.has_value());
    ASSERT_TRUE(state.apply(*command).has_value());
    states_[proposed_.index] = std::move(state);
}

void QuorumRig::delivered(const Delivery& delivery, const ConsumerId& consumer, bool auto_ack) {
    const std::string body = body_text(delivery.message);
    const auto found = lives_.find(body);
    ASSERT_NE(found, lives_.end()) << body << " should not be here";
    Life& life = found->second;
    ASSERT_EQ(life.state, Life::State::waiting) << body;
    const auto header = amqp091::ContentHeader::decode(delivery.message->header());
    ASSERT_TRUE(header.has_value());
    const amqp091::FieldTable headers = header->headers().decode();
    const auto count = [&](const char* name) {
        const auto* value = headers.find(name);
        return value == nullptr ? 0 : value->as_integer().value_or(-1);
    };
    ASSERT_EQ(count("x-acquired-count"), life.acquired) << body;
    ASSERT_EQ(count("x-delivery-count"), life.failed) << body;
    ASSERT_TRUE(delivery.redelivered || life.acquired == 0) << body;
    const auto& entries = states_.rbegin()->second.entries();
    if (const auto logged = entries.find(life.position); logged != entries.end()) {
        ASSERT_LE(logged->second.note.delayed_until_ms, now().wall.ms) << body;
    }
    if (auto_ack) return ends(body);
    life.state = Life::State::out;
    out_[delivery.index.value] = {body, consumer};
}

QuorumRig::Life* QuorumRig::life_at(std::uint64_t position) {
    const auto body = bodies_.find(position);
    if (body == bodies_.end()) return nullptr;
    const auto life = lives_.find(body->second);
    return life == lives_.end() ? nullptr : &life->second;
}

void QuorumRig::ends(const std::string& body) {
    ASSERT_EQ(lives_.erase(body), 1u) << body;
}

void QuorumRig::deliver(const ConsumerId& consumer, std::span<Delivery> deliveries) {
    for (Delivery& delivery : deliveries) {
        const MessageRef message = delivery.message.share();
        delivered(delivery, consumer, auto_ack_.at(consumer));
        ++credits_[consumer].messages;
        credits_[consumer].bytes += static_cast<std::uint32_t>(message->body_bytes());
        delivery.message.reset();
    }
}

void QuorumRig::confirm(const ConfirmTicket& ticket, ConfirmOutcome outcome) {
    const std::string body = published_.at(ticket.sequence);
    published_.erase(ticket.sequence);
    Life& life = lives_.at(body);
    ASSERT_EQ(life.state, Life::State::published);
    if (outcome == ConfirmOutcome::taken) {
        ASSERT_NE(life.position, 0u);
        ASSERT_TRUE(states_.at(durable_index_).entries().contains(life.position)) << body;
        life.state = Life::State::waiting;
        return;
    }
    ASSERT_EQ(outcome, ConfirmOutcome::refused);
    ASSERT_EQ(accepted_.back(), body);
    accepted_.pop_back();
    ends(body);
}

void QuorumRig::reply(const RequestTicket& ticket, QueueReplyBody body) {
    if (const auto* got = std::get_if<GetOk>(&body)) {
        delivered(got->delivery, {ticket.connection, {1}, 0}, ticket.number == 1);
    } else if (const auto* purged = std::get_if<Purged>(&body); purged != nullptr) {
        // A disk that is off lets nothing be read.
        if (disk_.is_off()) return;
        const auto erased = std::erase_if(lives_, [](const auto& one) {
            return one.second.state == Life::State::waiting ||
                   one.second.state == Life::State::assured;
        });
        ASSERT_EQ(erased, purged->messages);
    }
}

void QuorumRig::dead_letter(const QueueMachine&, MessageRef, DeathReason, std::uint64_t position) {
    ASSERT_NE(position, 0u);
    if (attaching_)
        early_letters_.push_back(position);
    else
        letter_sent(position);
}

void QuorumRig::letter_sent(std::uint64_t position) {
    ASSERT_EQ(std::ranges::count(letters_, position), 0) << position << " is sent twice";
    letters_.push_back(position);
    Life* life = life_at(position);
    ASSERT_NE(life, nullptr);
    ASSERT_NE(life->state, Life::State::published);
    dies(*life);
}

RaftPlace QuorumRig::propose(const QueueMachine&, const RaftPlace& last) {
    EXPECT_EQ(last, proposed_);
    proposed_ = {last.index + 1, term_};
    return proposed_;
}

void QuorumRig::damage_found(const QueueMachine&, const std::string& text) {
    EXPECT_TRUE(disk_.is_off()) << text;
}

void QuorumRig::damage_found(const std::string& text) {
    EXPECT_TRUE(disk_.is_off()) << text;
}

}  // namespace warren::broker::testing
