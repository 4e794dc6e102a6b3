#pragma once
// What goes through exchanges and queues because somebody has asked for it over HTTP. RabbitMQ's
// API publishes and gets on a channel with confirms, so it counts like a session's work: in the
// totals of the node, and in those of exchanges and virtual hosts. Lives on the observer's shard.
#include <cstdint>
#include <span>

#include "broker/queue/queue_commands.h"
#include "broker/shard_services.h"
#include "session/exchange_traffic.h"

namespace warren::http {

class HttpTraffic {
public:
    const session::SessionTraffic& totals() const { return totals_; }
    const session::ExchangeTable& exchanges() const { return exchanges_; }

    // A message has come for the exchange, and goes to these queues.
    void count_published(const broker::ExchangeRecord& exchange, std::uint64_t body_bytes,
                         std::span<const broker::QueueAddress> queues,
                         const broker::Topology& topology);
    // What has become of it; the exchange may have gone.
    void count_confirmed(broker::ExchangeId exchange);
    void count_returned(broker::ExchangeId exchange);
    // A get has found this, or nothing.
    void count_got(broker::QueueType type, bool auto_ack, const broker::Delivery& delivery);
    void count_got_empty(broker::QueueType type) { ++totals_.delivered_from(type).got_empty; }

private:
    void count(broker::ExchangeId exchange, std::uint64_t session::PublishCounters::* what);

    session::SessionTraffic totals_;
    session::ExchangeTable exchanges_;
};

}  // namespace warren::http
