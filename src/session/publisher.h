#pragma once
// The publishing side of a channel: from a complete content to commands for queues, by RabbitMQ's
// checks in RabbitMQ's order, and back to confirms and returns.
//
// The hot path is a publish that repeats the last exchange and routing key while topology and
// permissions stand still: it asks nobody anything.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "amqp091/content_header.h"
#include "amqp091/methods.h"
#include "broker/routing/route.h"
#include "broker/shard_services.h"
#include "session/confirm_window.h"
#include "session/content_assembler.h"

namespace warren::session {

class Channel;

// A message that has passed all checks.
struct AcceptedMessage {
    broker::MessageRef message;
    std::vector<std::string> extra_keys;  // from CC, then from BCC
    std::size_t visible_keys = 0;         // how many of them are from CC
    bool mandatory = false;
};

class Publisher {
public:
    explicit Publisher(Channel& channel) : channel_(channel) {}

    ContentAssembler& assembler() { return assembler_; }
    const ContentAssembler& assembler() const { return assembler_; }
    // confirm.select: from the next message on. Idempotent.
    void start_confirms();
    bool confirms() const { return window_ != nullptr; }
    ConfirmWindow* window() { return window_.get(); }

    // The content is complete: checks it and sends it on (or keeps it, in a transaction).
    Handled publish();
    // Routes to queues; unroutable mandatory messages go back first. Counts in the confirm window
    // if there is one.
    void send(AcceptedMessage accepted);
    // Sends the acks and nacks that are due.
    void flush_confirms();
    void return_unroutable(const broker::MessageRef& message);

private:
    // What the last publish found out, good for the same address and unchanged versions.
    struct Remembered {
        std::string address;
        std::uint64_t topology_version = 0;
        std::uint64_t access_version = 0;
        bool permitted = false;
        bool routed = false;  // `queues` is the whole answer
        std::vector<broker::QueueAddress> queues;
    };

    bool remembers() const;
    Handled check_exchange(const broker::ExchangeRecord*& exchange);
    Handled check_properties(const amqp091::ContentHeader& header, AcceptedMessage& accepted,
                             broker::MessageTraits& traits);
    Handled check_extra_topics(std::span<const std::string> keys);
    Handled read_copies(amqp091::TableView headers, std::string_view name,
                        std::vector<std::string>& keys);
    Handled rewrite(const amqp091::ContentHeader& header, std::string& rewritten);
    void send_remembered(AcceptedMessage accepted);
    void route_and_send(AcceptedMessage accepted);
    bool send_to_reply_consumer(const AcceptedMessage& accepted);
    void hand_to_queues(std::span<const broker::QueueAddress> queues, broker::MessageRef message);
    void hand_behind(std::span<const broker::QueueAddress> queues,
                     const broker::MessageRef& message);
    void send_deduplicated(AcceptedMessage accepted, const broker::ExchangeRecord& exchange);
    // For a message that so many will confirm; without a sequence if the channel has no confirms.
    broker::ConfirmTicket take_ticket(std::size_t confirms);

    Channel& channel_;
    ContentAssembler assembler_;
    std::unique_ptr<ConfirmWindow> window_;
    Remembered last_;
    broker::Route route_;
    std::vector<broker::QueueAddress> targets_;  // working list, kept for its memory
    // Messages have gone by way of the shard that knows duplicates; later ones must not overtake
    // them.
    bool sends_behind_ = false;
};

}  // namespace warren::session
