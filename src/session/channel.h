#pragma once
// One channel: what the client has said on it so far that later commands depend on. Lives from
// channel.open until close-ok, or until its connection goes. Handlers (handlers/) do the commands;
// the channel keeps the state they share.
//
// States: open -> closing (channel.close sent: everything but close and close-ok is ignored) ->
// removed. What it holds at a time:
//   unacked     deliveries and gets that wait for ack, nack or reject, by delivery tag
//   publisher   content being received, the confirm window or the transaction
//   consumers   by number (as queues know them) and by tag (as the client does)
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "amqp091/frame_reader.h"
#include "amqp091/reply_code.h"
#include "auth/access_cache.h"
#include "base/ids.h"
#include "base/sliding_map.h"
#include "broker/shard_services.h"
#include "broker/topology/topology.h"
#include "session/channel_traffic.h"
#include "session/connection.h"
#include "session/decode_and.h"
#include "session/prefetch_limit.h"
#include "session/publisher.h"
#include "session/settle_batch.h"
#include "session/transaction.h"
#include "session/unacked_delivery.h"

namespace warren::session {

// A consumer as its channel sees it.
struct ChannelConsumer {
    std::string tag;
    broker::QueueAddress queue;
    broker::QueueType queue_type = broker::QueueType::classic;
    bool auto_ack = false;
    bool shared_limit = false;  // delivered against grants
    bool credit_due = false;    // listed in Channel::credit_due_
    // Passed on since the last Credit command.
    std::uint32_t uncredited_messages = 0;
    std::uint32_t uncredited_bytes = 0;
};

// The reply consumer of direct reply-to (RabbitMQ: amq.rabbitmq.reply-to).
struct ReplyConsumer {
    std::string tag;
    std::string routing_key;  // the name that requests carry and replies are published to
    std::uint32_t number = 0;
};

class Channel {
public:
    Channel(Connection& connection, ChannelId id, std::uint32_t incarnation);
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    // ---- frames, by the connection ----
    Handled on_method(amqp091::MethodId method, ByteView arguments);
    Handled on_header(ByteView payload);
    Handled on_body(ByteView payload);
    // The end of a body frame whose payload has gone to the assembler in parts.
    Handled on_body_end();
    // Takes publishes that repeat the last one from the front of the input; the bytes they were.
    std::size_t repeat_publishes(ByteView input);
    bool awaits_content() const { return publisher_.assembler().active(); }

    // ---- events ----
    void on_deliver(const broker::ConsumerId& consumer, std::span<broker::Delivery> deliveries);
    void on_direct_reply(const broker::MessageRef& message);
    void on_confirm(const broker::Confirm& confirm);
    void on_consumer_cancelled(const broker::ConsumerId& consumer);
    void on_grant_wanted(const broker::GrantWanted& wanted);
    void on_grant_returned(const broker::GrantReturned& returned);

    // Confirms, settlements and credit that have gathered go out. Once a turn, and before anything
    // that must see them.
    void flush();
    void flush_settlements() { settlements_.flush(shard(), traffic_); }

    // ---- state, for handlers ----
    ChannelId id() const { return id_; }
    // Counts the channels of a connection: tells this one from those that had the same id before.
    std::uint32_t incarnation() const { return incarnation_; }
    Connection& connection() const { return connection_; }
    broker::ShardServices& shard() const { return connection_.shard(); }
    const std::string& vhost_name() const { return connection_.vhost_name(); }
    bool open() const { return open_; }
    Publisher& publisher() { return publisher_; }
    const Publisher& publisher() const { return publisher_; }
    ChannelTraffic& traffic() { return traffic_; }
    PrefetchLimit& prefetch_limit() { return prefetch_limit_; }
    Transaction* transaction() { return transaction_.get(); }
    void start_transaction() { transaction_ = std::make_unique<Transaction>(); }
    auth::AccessCache& access_cache() { return access_cache_; }

    template <typename Method>
    void send(const Method& method) {
        if (open_) connection_.send_method(id_, method);
    }
    // For what goes wrong after the handler has returned; errors without class and method get those
    // of the last method.
    void raise(amqp091::AmqpError error);
    amqp091::MethodId current_method() const { return current_method_; }
    // A method of earlier is gone on with.
    void resume(amqp091::MethodId method) { current_method_ = method; }

    // Prefetch that basic.qos set for consumers to come.
    std::uint32_t consumer_prefetch = 0;
    // The name that an empty queue name stands for.
    std::string last_queue;

    // ---- consumers ----
    const ChannelConsumer* find_consumer(std::string_view tag) const;
    bool consumer_tag_taken(std::string_view tag) const;
    broker::ConsumerId next_consumer_id();
    void add_consumer(std::uint32_t number, ChannelConsumer consumer);
    // Goes on once no further delivery can come; at once if there is no consumer of that tag. Its
    // unacked deliveries stay.
    void cancel_consumer(std::string_view tag, std::move_only_function<void()> then);
    bool has_consumers() const { return !consumers_.empty(); }
    std::unique_ptr<ReplyConsumer> reply_consumer;

    // ---- deliveries ----
    // Next delivery tag; `unacked` is kept under it unless it is vacant (automatic
    // acknowledgement).
    DeliveryTag add_delivery(const UnackedDelivery& unacked);
    void note_use(const broker::QueueAddress& queue) { queues_used_.insert(queue); }
    // Settles `tag`, or all up to it; 406 for a tag that is not outstanding.
    Handled settle(DeliveryTag tag, bool multiple, broker::Settlement settlement);
    // Undoes the taking, when a transaction is rolled back.
    void restore_unacked(DeliveryTag tag, const UnackedDelivery& delivery);
    void settle_now(const UnackedDelivery& delivery, broker::Settlement settlement);
    void requeue_all();
    std::size_t unacked_count() const { return unacked_.size(); }
    ChannelReport report(ConnectionFactsRef facts, ConnectionState state, Details details);

    // ---- the firehose (channel_tracing.cpp) ----
    // Somewhere messages are traced: perhaps those of this channel.
    bool may_be_traced() const { return shard().topology().traced_vhosts() != 0; }
    void trace_publish(const broker::Message& message, std::span<const std::string> extra_keys,
                       const std::vector<std::string>& queues);
    void trace_delivery(std::string_view queue, const broker::Delivery& delivery);
    void trace_delivery(const broker::QueueAddress& queue, const broker::Delivery& delivery);

    // Header and body frames of a message, behind basic.return or basic.get-ok.
    void send_content(const broker::MessageRef& message);

    // Everything it holds is given back to the queues. After this the channel only waits for its
    // close-ok.
    void release();

private:
    Handled finish_content();
    void deliver_one(const ChannelConsumer& consumer, const broker::Delivery& delivery,
                     DeliveryTag tag);
    void send_cancel_notices();
    bool still_owes_credit(std::uint32_t number, ChannelConsumer& consumer);
    broker::ConsumerId consumer_id(std::uint32_t number) const;

    Connection& connection_;
    ChannelId id_;
    std::uint32_t incarnation_;
    bool open_ = true;
    amqp091::MethodId current_method_{};

    ChannelTraffic traffic_;
    Publisher publisher_;
    std::unique_ptr<Transaction> transaction_;
    auth::AccessCache access_cache_;
    PrefetchLimit prefetch_limit_;

    SlidingMap<UnackedDelivery> unacked_;  // by delivery tag
    SettleBatch settlements_;
    std::unordered_map<std::uint32_t, ChannelConsumer> consumers_;
    std::vector<std::uint32_t> credit_due_;  // consumers with uncredited deliveries
    std::vector<std::string> cancelled_;     // tags whose consumers the client is to be told of
    std::set<broker::QueueAddress> queues_used_;  // told when the channel goes
};

}  // namespace warren::session
