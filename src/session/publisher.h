#pragma once
// The publishing side of a channel: from a complete content to commands for queues, by RabbitMQ's
// checks in RabbitMQ's order, and back to confirms and returns.
//
// The hot path is a publish that repeats the last exchange and routing key while topology and
// permissions stand still: it asks nobody anything. If it repeats the properties too, it is not
// even taken apart (PublishTemplate). Another key of the same exchange is routed, and nothing else
// is asked.
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
#include "session/publish_template.h"

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
    const ConfirmWindow* window() const { return window_.get(); }

    // The content is complete: checks it and sends it on (or keeps it, in a transaction).
    Handled publish();
    // Takes whole publishes that repeat the last one from the front of the input, which stands at
    // the start of a frame; the bytes they were. No content is being received.
    std::size_t repeat(ByteView input);
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
        bool routed = false;   // `queues` is the whole answer
        bool any_key = false;  // permitted with every other routing key, too
        bool by_key = false;   // where messages go depends on their routing key alone
        const broker::ExchangeRecord* exchange = nullptr;  // once permitted
        std::vector<broker::QueueAddress> queues;
    };

    // True: by what is remembered it is permitted to publish to this address, which is remembered
    // now.
    bool recall();
    // What was found out still holds, for the address it was found out for.
    bool remembered_holds() const;
    // The message at hand needs nothing but its address and properties to be accepted again.
    void learn(const broker::MessageTraits& traits);
    Handled check_exchange();
    void remember_address();
    Handled check_properties(const amqp091::ContentHeader& header, AcceptedMessage& accepted,
                             broker::MessageTraits& traits);
    Handled check_extra_topics(std::span<const std::string> keys);
    Handled read_copies(amqp091::TableView headers, std::string_view name,
                        std::vector<std::string>& keys);
    Handled rewrite(const amqp091::ContentHeader& header, std::string& rewritten);
    void send_remembered(AcceptedMessage&& accepted);
    // False: the message needed more than routing, and is gone.
    bool route_by_key(AcceptedMessage& accepted);
    void route_and_send(AcceptedMessage accepted);
    bool send_to_reply_consumer(const AcceptedMessage& accepted);
    // Messages of this size go to these: how far their consumers are behind says how the connection
    // is read.
    void note_crowds(std::span<const broker::QueueAddress> queues, std::size_t body_bytes);
    void hand_to_queues(std::span<const broker::QueueAddress> queues, broker::MessageRef message);
    void hand_behind(std::span<const broker::QueueAddress> queues,
                     const broker::MessageRef& message);
    void count_received(const broker::ExchangeRecord* exchange, std::uint64_t messages,
                        std::span<const broker::QueueAddress> queues);
    // It reaches no queue.
    void give_up(const broker::ExchangeRecord* exchange, const broker::MessageRef& message,
                 bool mandatory);
    void give_back(const broker::ExchangeRecord* exchange, const broker::MessageRef& message);
    // Null if it has gone.
    const broker::ExchangeRecord* exchange_of(const broker::Message& message) const;
    void send_deduplicated(AcceptedMessage accepted, const broker::ExchangeRecord& exchange);
    // For a message that so many will confirm; without a sequence if the channel has no confirms.
    broker::ConfirmTicket take_ticket(std::size_t confirms);

    Channel& channel_;
    ContentAssembler assembler_;
    std::unique_ptr<ConfirmWindow> window_;
    Remembered last_;
    PublishTemplate template_;     // with the address of last_
    std::string last_properties_;  // flags and properties of the last header
    broker::Route route_;
    std::vector<broker::QueueAddress> targets_;  // working list, kept for its memory
    // Messages have gone by way of the shard that knows duplicates; later ones must not overtake
    // them.
    bool sends_behind_ = false;
};

}  // namespace warren::session
