#pragma once
// A shard for simulations of one queue: all that the queue says is written down in words, to be
// compared with those of the model.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/queue/queue.h"
#include "broker/queue/queue_model.h"

namespace warren::broker::testing {

class LoggingHost final : public QueueHost {
public:
    Now now() const override { return {clock, {wall_offset_ms + clock.ms}}; }
    void deliver(const ConsumerId& consumer, std::span<Delivery> deliveries) override {
        std::string line = "deliver " + words(consumer);
        for (Delivery& delivery : deliveries) {
            const MessageRef message = std::move(delivery.message);
            line += " | " + std::string(as_text(message->body()));
            if (delivery.redelivered) line += "*";
            if (delivery.index) line += " #" + std::to_string(delivery.index.value);
        }
        log.push_back(std::move(line));
    }
    void confirm(const ConfirmTicket& ticket, ConfirmOutcome outcome) override {
        log.push_back("confirm " + std::to_string(ticket.sequence) + " " + words(outcome));
    }
    void reply(const RequestTicket&, QueueReplyBody body) override {
        log.push_back("reply " + words(body));
    }
    void notify(const ConsumerId& consumer, QueueEvent event) override {
        if (std::holds_alternative<GrantWanted>(event)) {
            log.push_back("grant wanted " + words(consumer));
            wanting.push_back(consumer);
        } else if (const auto* returned = std::get_if<GrantReturned>(&event)) {
            log.push_back("grants returned " + words(consumer) + " " +
                          std::to_string(returned->messages));
        } else {
            ADD_FAILURE() << "an event that nothing calls for";
        }
    }
    void dead_letter(const QueueMachine&, MessageRef message, DeathReason reason,
                     std::uint64_t position) override {
        log.push_back("dead " + std::string(as_text(message->body())) + " " + words(reason));
        if (position != 0) letters.push_back(position);
    }
    void delay_passed(const QueueMachine&, MessageRef message, std::uint64_t position) override {
        log.push_back("due " + std::string(as_text(message->body())));
        if (position != 0) letters.push_back(position);
    }
    RaftPlace propose(const QueueMachine&, const RaftPlace& last) override {
        return {last.index + 1, 1};
    }
    void request_turn(QueueMachine&) override { turn_wanted = true; }
    void request_timer(QueueMachine&, Instant when) override { timer = when; }
    void request_log(QueueMachine&) override { log_wanted = true; }
    void damage_found(const QueueMachine&, const std::string& text) override {
        ADD_FAILURE() << text;
    }
    void request_delete(QueueMachine&, const RequestTicket&, std::uint64_t messages) override {
        log.push_back("delete " + std::to_string(messages));
    }

    Instant clock{1'000'000};
    std::int64_t wall_offset_ms = 1'700'000'000'000;
    Instant timer = Instant::never();
    bool turn_wanted = false;
    bool log_wanted = false;
    std::vector<std::string> log;
    std::vector<ConsumerId> wanting;     // asked for grants that were not given yet
    std::vector<std::uint64_t> letters;  // sent off, and the queue waits for news of them
};

}  // namespace warren::broker::testing
