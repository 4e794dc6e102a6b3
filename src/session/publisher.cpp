#include "session/publisher.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "broker/routing/route_message.h"
#include "broker/topology/topology.h"
#include "broker/trace/trace.h"
#include "session/channel.h"
#include "session/direct_reply.h"

namespace warren::session {

using amqp091::ContentHeader;
using amqp091::ReplyCode;

void Publisher::start_confirms() {
    constexpr int sequence_bits = 40;
    if (!window_)
        window_ =
            std::make_unique<ConfirmWindow>(std::uint64_t{channel_.incarnation()} << sequence_bits);
}

Handled Publisher::publish() {
    channel_.connection().note_publish();
    // What was settled before on this channel takes effect before.
    channel_.flush_settlements();
    const bool remembered = recall();
    if (!remembered)
        if (auto checked = check_exchange(); !checked) return checked;

    auto header = ContentHeader::decode(assembler_.header());
    if (!header)
        return fail(error_of(amqp091::MethodId::basic_publish, ReplyCode::syntax_error,
                             fmt::format("content header {}", amqp091::describe(header.error()))));
    channel_.connection().context().traffic.sizes.add(assembler_.body_bytes());
    AcceptedMessage accepted;
    accepted.mandatory = assembler_.mandatory();
    broker::MessageTraits traits;
    if (auto checked = check_properties(*header, accepted, traits); !checked) return checked;
    std::string rewritten;
    if (auto checked = rewrite(*header, rewritten); !checked) return checked;
    if (auto checked = check_extra_topics(accepted.extra_keys); !checked) return checked;

    if (remembered && last_.routed && accepted.extra_keys.empty() && rewritten.empty())
        learn(traits);
    accepted.message =
        assembler_.take(rewritten.empty() ? assembler_.header() : as_bytes(rewritten), traits);
    // Dead-lettering routes by these too, though nobody is shown them.
    if (accepted.extra_keys.size() > accepted.visible_keys)
        accepted.message = accepted.message->with_hidden_keys(
            std::span(accepted.extra_keys).subspan(accepted.visible_keys));
    if (auto* transaction = channel_.transaction())
        transaction->messages.push_back(std::move(accepted));
    else if (remembered && accepted.extra_keys.empty() && (last_.routed || last_.by_key))
        send_remembered(std::move(accepted));
    else
        send(std::move(accepted));
    return {};
}

namespace {

// Messages of one size one after the other are counted together.
class SizeRun {
public:
    explicit SizeRun(MessageSizes& sizes) : sizes_(sizes) {}
    SizeRun(const SizeRun&) = delete;
    SizeRun& operator=(const SizeRun&) = delete;
    ~SizeRun() { sizes_.add(size_, messages_); }

    void add(std::uint64_t size) {
        if (size != size_) {
            sizes_.add(size_, messages_);
            messages_ = 0;
            size_ = size;
        }
        ++messages_;
    }

private:
    MessageSizes& sizes_;
    std::uint64_t size_ = 0;
    std::uint64_t messages_ = 0;
};

}  // namespace

std::size_t Publisher::repeat(ByteView input) {
    if (!template_.known() || !last_.routed || !remembered_holds() ||
        channel_.transaction() != nullptr)
        return 0;
    PublishTemplate::Match match = template_.match(input);
    if (match.total_bytes == 0) return 0;
    channel_.connection().note_publish();
    channel_.flush_settlements();
    std::size_t used = 0;
    std::size_t messages = 0;
    SizeRun sizes(channel_.connection().context().traffic.sizes);
    note_crowds(last_.queues, match.body.size());
    // Nothing that publishing does changes what is remembered before the turn ends, or who is
    // behind.
    do {
        hand_to_queues(last_.queues, broker::Message::make(match.address, match.header, match.body,
                                                           template_.traits()));
        sizes.add(match.body.size());
        used += match.total_bytes;
        ++messages;
        match = template_.match(input.subspan(used));
    } while (match.total_bytes != 0 && !channel_.connection().rests());
    count_received(last_.exchange, messages, last_.queues);
    return used;
}

bool Publisher::recall() {
    if (!remembered_holds()) return false;
    const std::string_view address = as_text(assembler_.address());
    if (last_.address == address) return true;
    const std::size_t exchange_bytes = 1 + last_.exchange->name.size();
    if (!last_.any_key ||
        !address.starts_with(std::string_view(last_.address).substr(0, exchange_bytes)))
        return false;
    remember_address();
    return true;
}

void Publisher::remember_address() {
    template_.forget();
    last_.address = as_text(assembler_.address());
    last_.routed = false;
}

bool Publisher::remembered_holds() const {
    const auto& connection = channel_.connection();
    return last_.permitted && last_.topology_version == channel_.shard().topology().version() &&
           last_.access_version == connection.context().access.version();
}

// Only what has come twice is learned: properties that differ from message to message cost little.
void Publisher::learn(const broker::MessageTraits& traits) {
    const ByteView header = assembler_.header();
    if (last_.queues.empty() || header.size() > PublishTemplate::header_bytes_max) return;
    const auto properties = as_text(header.subspan(ContentHeader::preamble_bytes));
    if (last_properties_ != properties) {
        last_properties_ = properties;
        return;
    }
    const std::uint64_t body_bytes_max = std::min<std::uint64_t>(
        limits::inline_body_bytes_max, channel_.connection().settings().message_bytes_max);
    template_.learn(channel_.id(), assembler_.address(), assembler_.mandatory(), header, traits,
                    body_bytes_max);
}

void Publisher::count_received(const broker::ExchangeRecord* exchange, std::uint64_t messages,
                               std::span<const broker::QueueAddress> queues) {
    channel_.traffic().count_published(exchange, messages, queues, window_ != nullptr);
}

void Publisher::give_up(const broker::ExchangeRecord* exchange, const broker::MessageRef& message,
                        bool mandatory) {
    if (mandatory)
        give_back(exchange, message);
    else
        channel_.traffic().count(exchange, &PublishCounters::dropped);
}

const broker::ExchangeRecord* Publisher::exchange_of(const broker::Message& message) const {
    const auto* vhost = channel_.connection().vhost();
    return vhost == nullptr ? nullptr : vhost->find_exchange(message.exchange());
}

void Publisher::send(AcceptedMessage accepted) {
    if (send_to_reply_consumer(accepted)) return;
    route_and_send(std::move(accepted));
}

void Publisher::send_remembered(AcceptedMessage&& accepted) {
    if (!last_.routed && !route_by_key(accepted)) return;
    count_received(last_.exchange, 1, last_.queues);
    if (last_.queues.empty()) give_up(last_.exchange, accepted.message, accepted.mandatory);
    note_crowds(last_.queues, accepted.message->body_bytes());
    hand_to_queues(last_.queues, std::move(accepted.message));
}

bool Publisher::route_by_key(AcceptedMessage& accepted) {
    if (sends_behind_) {
        send(std::move(accepted));
        return false;
    }
    if (send_to_reply_consumer(accepted)) return false;
    broker::route(channel_.shard().topology(), *last_.exchange,
                  {.routing_key = accepted.message->routing_key(), .extra_keys = {}}, route_);
    last_.queues.clear();
    for (const auto* queue : route_.queues())
        last_.queues.push_back({queue->id(), queue->shard});
    last_.routed = true;
    return true;
}

void Publisher::route_and_send(AcceptedMessage accepted) {
    const auto& topology = channel_.shard().topology();
    const broker::Message& message = *accepted.message;
    const auto* vhost = channel_.connection().vhost();
    const auto* exchange = vhost == nullptr ? nullptr : vhost->find_exchange(message.exchange());
    if (exchange != nullptr && broker::passes_deduplication(topology, *exchange))
        return send_deduplicated(std::move(accepted), *exchange);
    targets_.clear();
    bool reached = false;
    if (exchange != nullptr) {
        broker::route_message(topology, *exchange, message, accepted.extra_keys,
                              channel_.shard().random(), route_);
        for (const auto* queue : route_.queues())
            targets_.push_back({queue->id(), queue->shard});
        reached = route_.reached_any();
        for (const auto* remembering : route_.remembering())
            channel_.shard().remember(*remembering, accepted.message.share());
        if (channel_.may_be_traced())
            channel_.trace_publish(message, accepted.extra_keys,
                                   broker::traced_queues(route_, message, accepted.extra_keys));
    }
    count_received(exchange, 1, targets_);
    if (!reached) give_up(exchange, accepted.message, accepted.mandatory);
    const bool same_address = last_.permitted && accepted.extra_keys.empty() &&
                              last_.address == as_text(message.address());
    if (sends_behind_ && exchange != nullptr) return hand_behind(targets_, accepted.message);
    if (same_address && exchange != nullptr && last_.topology_version == topology.version() &&
        !vhost->is_traced && broker::depends_only_on_key(topology, *exchange)) {
        last_.queues = targets_;
        last_.routed = true;
    }
    note_crowds(targets_, accepted.message->body_bytes());
    hand_to_queues(targets_, std::move(accepted.message));
}

void Publisher::note_crowds(std::span<const broker::QueueAddress> queues, std::size_t body_bytes) {
    for (const auto& queue : queues)
        if (const auto crowding = channel_.shard().crowding_of(queue.queue);
            crowding != broker::Crowding::none)
            channel_.connection().note_crowd(crowding, body_bytes);
}

// Replies to a direct reply-to name go to the waiting channel without a queue.
bool Publisher::send_to_reply_consumer(const AcceptedMessage& accepted) {
    const broker::Message& message = *accepted.message;
    if (!message.exchange().empty() || !message.routing_key().starts_with(direct_reply_prefix))
        return false;
    const auto consumer = direct_reply_consumer(message.routing_key());
    if (!consumer) return false;
    const auto* exchange = exchange_of(message);
    count_received(exchange, 1, {});
    channel_.traffic().count(exchange, &PublishCounters::copies);
    channel_.shard().reply_directly(*consumer, accepted.message.share());
    if (channel_.may_be_traced())
        channel_.trace_publish(message, accepted.extra_keys, {std::string(message.routing_key())});
    if (window_) window_->expect(0);
    channel_.connection().request_attention();
    return true;
}

void Publisher::hand_to_queues(std::span<const broker::QueueAddress> queues,
                               broker::MessageRef message) {
    const broker::ConfirmTicket ticket = take_ticket(queues.size());
    if (queues.empty()) return;
    if (queues.size() > 1) channel_.connection().note_copies(queues.size());
    broker::ShardServices& shard = channel_.shard();
    for (const auto& queue : queues.first(queues.size() - 1))
        shard.publish(queue, message.share(), ticket);
    shard.publish(queues.back(), std::move(message), ticket);
}

void Publisher::hand_behind(std::span<const broker::QueueAddress> queues,
                            const broker::MessageRef& message) {
    const broker::ConfirmTicket ticket = take_ticket(queues.size());
    channel_.connection().note_copies(queues.size());
    const broker::Vhost& vhost = *channel_.connection().vhost();
    for (const auto& queue : queues)
        channel_.shard().send_behind(vhost, queue, broker::Publish{message.share(), ticket});
}

broker::ConfirmTicket Publisher::take_ticket(std::size_t confirms) {
    if (!window_) return {};
    const broker::ConfirmTicket ticket{channel_.connection().id(), channel_.id(),
                                       window_->next_sequence()};
    window_->expect(static_cast<std::uint32_t>(confirms));
    channel_.connection().request_attention();
    return ticket;
}

// The shard that knows duplicates does the rest, and returns the message if it must be.
void Publisher::send_deduplicated(AcceptedMessage accepted,
                                  const broker::ExchangeRecord& exchange) {
    channel_.connection().publishes_deduplicated();
    sends_behind_ = true;
    last_.routed = false;
    // Where it goes is found out elsewhere.
    if (channel_.may_be_traced())
        channel_.trace_publish(*accepted.message, accepted.extra_keys, {});
    broker::DeduplicatedPublish publish;
    publish.vhost = exchange.vhost->name;
    publish.exchange = exchange.name;
    publish.exchange_number = exchange.number;
    publish.message = std::move(accepted.message);
    publish.extra_keys = std::move(accepted.extra_keys);
    publish.ticket = take_ticket(1);
    publish.publisher = {channel_.connection().id(), channel_.id(), channel_.incarnation()};
    publish.mandatory = accepted.mandatory;
    // As far as is known here.
    count_received(&exchange, 1, {});
    channel_.traffic().count(&exchange, &PublishCounters::copies);
    channel_.shard().publish_deduplicated(*exchange.vhost, std::move(publish));
}

void Publisher::return_unroutable(const broker::MessageRef& message) {
    give_back(exchange_of(*message), message);
}

void Publisher::give_back(const broker::ExchangeRecord* exchange,
                          const broker::MessageRef& message) {
    channel_.traffic().count(exchange, &PublishCounters::returned);
    channel_.send(
        amqp091::BasicReturn{.reply_code = static_cast<std::uint16_t>(ReplyCode::no_route),
                             .reply_text = amqp091::reply_code_name(ReplyCode::no_route),
                             .exchange = message->exchange(),
                             .routing_key = message->routing_key()});
    channel_.send_content(message);
}

void Publisher::flush_confirms() {
    if (!window_ || !window_->has_news() || !channel_.open() || channel_.transaction() != nullptr)
        return;
    channel_.traffic().count_confirmed(window_->accepted());
    window_->drain([this](std::uint64_t sequence, bool multiple, bool accepted) {
        if (accepted)
            channel_.send(amqp091::BasicAck{.delivery_tag = sequence, .multiple = multiple});
        else
            channel_.send(amqp091::BasicNack{
                .delivery_tag = sequence, .multiple = multiple, .requeue = true});
    });
}

}  // namespace warren::session
