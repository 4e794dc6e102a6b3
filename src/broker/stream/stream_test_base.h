#pragma once
// A stream with a log for tests, on a host that writes down what it says. The disk is a model that
// outlives the stream; what was logged is safe when the test says so.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "amqp091/content_header.h"
#include "broker/queue/queue_disk_model.h"
#include "broker/queue/queue_test_messages.h"
#include "broker/stream/delivered_message.h"
#include "broker/stream/stream_queue.h"

namespace warren::broker::testing {

inline ConsumerId reader_id(std::uint64_t connection, std::uint32_t number = 1) {
    return {{connection}, {1}, number};
}

inline MessageRef message_with(const amqp091::FieldTable& headers, std::string_view text) {
    amqp091::HeaderEdit edit;
    edit.set_headers(headers);
    MessageTraits traits;
    traits.has_headers = true;
    return Message::make("exchange", "key", as_bytes(edit.encode(text.size())), as_bytes(text),
                         traits);
}

inline MessageRef filtered_message(std::string_view value, std::string_view text) {
    if (value.empty()) return text_message(text);
    return message_with({{std::string(filter_header_name), amqp091::FieldValue(value)}}, text);
}

class StreamHost final : public QueueHost {
public:
    struct Delivered {
        ConsumerId consumer;
        DeliveryIndex index;
        std::uint64_t offset = 0;
        std::string body;
    };

    Now now() const override { return {clock, {wall_offset_ms + clock.ms}}; }
    void deliver(const ConsumerId& consumer, std::span<Delivery> deliveries) override {
        ASSERT_FALSE(deliveries.empty());
        for (Delivery& delivery : deliveries) {
            const MessageRef message = std::move(delivery.message);
            ASSERT_FALSE(delivery.redelivered);
            const auto header = amqp091::ContentHeader::decode(message->header());
            ASSERT_TRUE(header.has_value());
            const auto offset = header->headers().find(offset_header_name);
            ASSERT_TRUE(offset && offset->type == amqp091::FieldType::int64);
            ASSERT_NE(header->delivery_mode(), 0);
            delivered.push_back({consumer, delivery.index,
                                 static_cast<std::uint64_t>(*offset->as_integer()),
                                 body_text(message)});
        }
    }
    void confirm(const ConfirmTicket& ticket, ConfirmOutcome outcome) override {
        confirmed.emplace_back(ticket.sequence, outcome);
    }
    void reply(const RequestTicket&, QueueReplyBody body) override {
        replies.push_back(std::move(body));
    }
    void notify(const ConsumerId& consumer, QueueEvent event) override {
        if (std::holds_alternative<ConsumerCancelled>(event)) cancelled.push_back(consumer);
    }
    void dead_letter(const QueueMachine&, MessageRef, DeathReason, std::uint64_t) override {
        ADD_FAILURE() << "nothing dies in a stream";
    }
    void delay_passed(const QueueMachine&, MessageRef, std::uint64_t) override {
        ADD_FAILURE() << "nothing is delayed in a stream";
    }
    RaftPlace propose(const QueueMachine&, const RaftPlace& last) override {
        ADD_FAILURE() << "a stream has no Raft group";
        return last;
    }
    void request_turn(QueueMachine&) override { turn_wanted = true; }
    void request_timer(QueueMachine&, Instant when) override { timer = when; }
    void request_log(QueueMachine&) override { log_wanted = true; }
    void damage_found(const QueueMachine&, const std::string& text) override {
        damages.push_back(text);
    }
    void request_delete(QueueMachine&, const RequestTicket&, std::uint64_t messages) override {
        deletes.push_back(messages);
    }

    std::vector<std::uint64_t> take_offsets() {
        std::vector<std::uint64_t> offsets;
        for (const Delivered& one : std::exchange(delivered, {}))
            offsets.push_back(one.offset);
        return offsets;
    }
    template <typename Body>
    Body last_reply() {
        if (replies.empty() || !std::holds_alternative<Body>(replies.back())) {
            ADD_FAILURE() << "another reply, or none";
            return Body{};
        }
        return std::get<Body>(replies.back());
    }

    Instant clock{1'000'000};
    std::int64_t wall_offset_ms = 1'700'000'000'000;
    Instant timer = Instant::never();
    bool turn_wanted = false;
    bool log_wanted = false;
    std::vector<Delivered> delivered;
    std::vector<std::pair<std::uint64_t, ConfirmOutcome>> confirmed;
    std::vector<QueueReplyBody> replies;
    std::vector<ConsumerId> cancelled;
    std::vector<std::string> damages;
    std::vector<std::uint64_t> deletes;
};

using Offsets = std::vector<std::uint64_t>;

class StreamTest : public ::testing::Test {
protected:
    void make(QueueSettings settings = {}) {
        settings.type = QueueType::stream;
        settings.durable = true;
        settings_ = std::move(settings);
        restart();
    }
    // A new process finds what the disk has.
    void restart() {
        host.turn_wanted = host.log_wanted = false;
        host.timer = Instant::never();
        mark_ = 0;
        stream_ = std::make_unique<StreamQueue>(QueueId{7}, "/", "s", settings_, host);
        stream_->attach(
            [&](auto& owner, auto& sink, auto& restored) {
                return disk.open(owner, sink, std::nullopt, restored);
            },
            {});
        stream_->check_invariants();
    }
    StreamQueue& stream() {
        if (stream_ == nullptr) make();
        return *stream_;
    }
    void publish(MessageRef message) { stream().publish(std::move(message), {{1}, {1}, ++sent_}); }
    void publish(std::string_view text) { publish(text_message(text)); }
    // So many batches of one message.
    void publish_batches(int count) {
        for (int number = 0; number < count; ++number) {
            publish("m");
            turn();
        }
    }
    void consume(ConsumerId id, amqp091::FieldTable arguments, std::uint32_t prefetch = 100) {
        ConsumerSpec spec;
        spec.id = id;
        spec.tag = "tag";
        spec.prefetch = prefetch;
        spec.arguments = std::move(arguments);
        stream().apply(Consume{std::move(spec), {{1}, 1}});
    }
    void consume_from(const amqp091::FieldValue& offset, std::uint32_t prefetch = 100) {
        consume(reader_id(1), {{"x-stream-offset", offset}}, prefetch);
    }
    void settle(DeliveryIndex first, DeliveryIndex last, Settlement settlement = Settlement::ack) {
        stream().apply(Settle{first, last, settlement});
    }
    // The end of a turn, without what the disk makes of it.
    void turn_unsafe() {
        while (std::exchange(host.turn_wanted, false))
            stream().work();
        if (std::exchange(host.log_wanted, false)) mark_ = std::max(mark_, stream().log_pending());
        stream().check_invariants();
    }
    void commit() {
        if (mark_ != 0) stream().committed(std::exchange(mark_, 0));
        while (std::exchange(host.turn_wanted, false))
            stream().work();
        stream().check_invariants();
    }
    void turn() {
        turn_unsafe();
        commit();
    }
    void page_out() {
        disk.begin_paging(disk.last_position());
        if (disk.is_paging()) disk.end_paging();
        stream().check_invariants();
    }

    StreamHost host;
    QueueDisk disk;

private:
    QueueSettings settings_;
    std::unique_ptr<StreamQueue> stream_;
    std::uint64_t mark_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace warren::broker::testing
