// Messages on their way through exchanges of type x-message-deduplication: to the home shard, and
// the answers back.
#include "broker/deduplication/key_log.h"
#include "broker/routing/route.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

void ShardNode::publish_deduplicated(const broker::Vhost& vhost,
                                     broker::DeduplicatedPublish message) {
    dispatch(broker::deduplication_home(vhost, shard_count()),
             RouteDeduplicated{std::move(message)});
}

void ShardNode::send_behind(const broker::Vhost& vhost, const broker::QueueAddress& queue,
                            broker::QueueCommandBody command) {
    dispatch(broker::deduplication_home(vhost, shard_count()), SendOn{queue, std::move(command)});
}

void ShardNode::handle(RouteDeduplicated&& message) {
    // Its creation is still on its way to this shard.
    if (message.publish.exchange_number > newest_number_)
        early_publishes_.push_back(std::move(message));
    else
        deduplication_.publish(std::move(message.publish));
}

void ShardNode::handle(SendOn&& message) {
    send(message.to, std::move(message.command));
}

void ShardNode::handle(MessageReturned&& message) {
    sessions_.on_unroutable(message.publisher, message.message);
}

void ShardNode::published(const broker::ConfirmTicket& ticket, bool accepted) {
    confirms_.add(ticket, accepted);
}

void ShardNode::unroutable(const broker::DeduplicatedPublish::Publisher& publisher,
                           const broker::MessageRef& message) {
    dispatch(publisher.connection.shard(), MessageReturned{publisher, message.share()});
}

void ShardNode::add_deduplicating(const broker::ExchangeRecord& exchange) {
    if (broker::deduplication_home(*exchange.vhost, shard_count()) != home_.shard()) return;
    const bool kept = engine_ != nullptr && exchange.durable &&
                      broker::deduplication_settings(exchange).persistent;
    deduplication_.add(exchange, kept ? open_log(broker::key_log_of({exchange.number})) : nullptr);
}

}  // namespace warren::cluster
