#include "http/http_traffic.h"

namespace warren::http {

using session::PublishCounters;

void HttpTraffic::count_published(const broker::ExchangeRecord& exchange, std::uint64_t body_bytes,
                                  std::span<const broker::QueueAddress> queues,
                                  const broker::Topology& topology) {
    const auto traffic = exchanges_.traffic_of(exchange, topology);
    for (PublishCounters* sum : {&totals_.published, &traffic->counters}) {
        ++sum->received;
        ++sum->received_confirm;
        sum->copies += queues.size();
    }
    totals_.sizes.add(body_bytes);
    for (const auto& queue : queues)
        if (const auto copies = exchanges_.copies_to(*traffic, queue.queue, topology)) ++*copies;
}

void HttpTraffic::count_confirmed(broker::ExchangeId exchange) {
    count(exchange, &PublishCounters::confirmed);
}

void HttpTraffic::count_returned(broker::ExchangeId exchange) {
    count(exchange, &PublishCounters::returned);
}

void HttpTraffic::count(broker::ExchangeId exchange, std::uint64_t PublishCounters::* what) {
    ++(totals_.published.*what);
    if (auto* traffic = exchanges_.find(exchange)) ++(traffic->counters.*what);
}

void HttpTraffic::count_got(broker::QueueType type, bool auto_ack,
                            const broker::Delivery& delivery) {
    session::DeliveryCounters& counters = totals_.delivered_from(type);
    ++(auto_ack ? counters.got_auto_ack : counters.got);
    if (delivery.redelivered) ++counters.redelivered;
}

}  // namespace warren::http
